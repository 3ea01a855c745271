#include "mail/letter.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace monitron::mail {
namespace {

constexpr std::size_t kWordBytes = 42;  // encoded with its frame below 75 characters
constexpr std::size_t kMaxSubject = 300;

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_mailbox(std::string_view text) {
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > 254) {
    return false;
  }
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos;
  };
  return std::all_of(text.begin(), text.begin() + static_cast<long>(at), fine) &&
         std::all_of(text.begin() + static_cast<long>(at) + 1, text.end(), fine);
}

// Control characters become blanks: a line break would begin another header.
std::string one_line(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c >= 0 && c < 0x20; }, ' ');
  return out;
}

std::string shown(const Address& address) {
  if (address.name.empty()) return address.mailbox;
  const auto name = one_line(address.name);
  if (!is_plain(name)) return encoded_words(name) + " <" + address.mailbox + ">";
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\" <" + address.mailbox + ">";
}

// RFC 5322 date, always in English.
std::string date_of(Instant instant) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(to_ms(instant) / 1000);
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                days[static_cast<std::size_t>(tm.tm_wday)], tm.tm_mday,
                months[static_cast<std::size_t>(tm.tm_mon)], tm.tm_year + 1900, tm.tm_hour,
                tm.tm_min, tm.tm_sec);
  return text.data();
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  Address address;
  auto mailbox = trim(text);
  if (mailbox.ends_with('>')) {
    const auto open = mailbox.rfind('<');
    if (open == std::string_view::npos) return fail(Fault::invalid, "no < before >");
    auto name = trim(mailbox.substr(0, open));
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
      name = name.substr(1, name.size() - 2);
    }
    address.name = std::string(name);
    mailbox = mailbox.substr(open + 1, mailbox.size() - open - 2);
  }
  if (!is_mailbox(mailbox)) {
    return fail(Fault::invalid, "is no e-mail address: " + one_line(mailbox.substr(0, 100)));
  }
  if (!is_valid_utf8(address.name)) return fail(Fault::invalid, "the name is not UTF-8");
  address.mailbox = std::string(mailbox);
  return address;
}

std::string encoded_words(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    auto size = std::min(kWordBytes, text.size());
    // Not in the middle of a character.
    while (size < text.size() && size > 1 &&
           (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
      --size;
    }
    out +=
        (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + to_base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string disposition_of(const File& file) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string plain, encoded;
  for (const char c : file.name) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_';
    const auto byte = static_cast<unsigned char>(c);
    plain += fine ? c : '_';
    if (fine) {
      encoded += c;
    } else {
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  if (plain == file.name) return "Content-Disposition: attachment; filename=\"" + plain + "\"";
  return "Content-Disposition: attachment; filename*=UTF-8''" + encoded;
}

std::string message_id_of(std::string_view delivery_key, const Address& from) {
  return to_hex(sha256(delivery_key)).substr(0, 32) + "@" + from.domain();
}

std::vector<std::string> headers_of(const Letter& letter) {
  auto subject = one_line(letter.subject);
  if (subject.size() > kMaxSubject) {
    auto size = kMaxSubject;
    while (size > 0 && (static_cast<unsigned char>(subject[size]) & 0xC0) == 0x80) --size;
    subject = subject.substr(0, size) + "…";
  }
  std::vector<std::string> headers{"Date: " + date_of(letter.date),
                                   "From: " + shown(letter.from),
                                   "To: " + shown(letter.to),
                                   "Subject: " + encoded_words(subject),
                                   "Message-ID: <" + letter.message_id + ">",
                                   "Auto-Submitted: auto-generated"};
  if (!letter.thread_id.empty() && letter.thread_id != letter.message_id) {
    headers.push_back("In-Reply-To: <" + letter.thread_id + ">");
    headers.push_back("References: <" + letter.thread_id + ">");
  }
  return headers;
}

}  // namespace monitron::mail
