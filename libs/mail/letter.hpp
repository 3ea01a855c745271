#pragma once
// A letter and its headers (RFC 5322, RFC 2047). Nothing that comes from outside can make a header
// of its own: line breaks are refused in addresses and vanish in subjects.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <string>
#include <vector>

namespace monitron::mail {

struct Address {
  std::string name;  // any UTF-8; may be empty
  std::string mailbox;
  std::string domain() const { return mailbox.substr(mailbox.find('@') + 1); }
};
// "a@b.c" or "Name <a@b.c>". Fault: invalid.
Result<Address> parse_address(std::string_view text);

struct File {
  std::string name;
  std::string content_type;
  std::string bytes;
};

struct Letter {
  Address from;
  Address to;
  std::string subject;
  std::string text;
  std::string html;  // may be empty
  std::vector<File> files;
  std::string message_id;  // without < >
  std::string thread_id;   // of the first letter of the conversation; empty or equal: none before
  Instant date;
};

// "Name: value" lines, each folded as RFC 5322 asks.
std::vector<std::string> headers_of(const Letter& letter);

// The header of a file's part, its name by RFC 2231 when it is not plain.
std::string disposition_of(const File& file);

// "=?UTF-8?B?…?=" words of at most 75 characters; plain ASCII stays as it is.
std::string encoded_words(std::string_view text);

// From what makes a letter this letter: the same one again has the same id.
std::string message_id_of(std::string_view delivery_key, const Address& from);

}  // namespace monitron::mail
