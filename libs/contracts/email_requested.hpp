#pragma once
// One letter to one recipient, on mon.jobs: email.requested (key email.low) asked for by report,
// alert_email.requested (key email.high) by the notifier, account_email.requested (the same key:
// the person waits for it) by api. The notifier sends them all. The same JSON body. Files travel by
// id: the sender reads them from report_files.

#include "base/ids.hpp"
#include "contracts/contract.hpp"

#include <string>
#include <vector>

namespace monitron::contracts {

struct EmailRequested {
  static constexpr Contract contract{.type = "email.requested", .version = 1, .owner = "report"};
  static constexpr Contract alert_contract{
      .type = "alert_email.requested", .version = 1, .owner = "notifier"};
  static constexpr Contract account_contract{
      .type = "account_email.requested", .version = 1, .owner = "api"};

  struct Attachment {
    Uuid file_id;  // of report_files
    std::string name;
    std::string content_type;
    bool operator==(const Attachment&) const = default;
  };

  // What makes this letter this letter ("report.<run>.<recipient>"): asked for twice, it is sent
  // once. Its hash becomes the Message-ID.
  std::string delivery_key;
  std::string to;       // an address, or Name <address>
  std::string subject;  // any UTF-8
  std::string text;
  std::string html;    // may be empty
  std::string thread;  // letters with the same value are shown as one conversation; may be empty
  std::vector<Attachment> attachments;
  bool operator==(const EmailRequested&) const = default;
};

std::string encode(const EmailRequested& email);
// Fault: invalid, naming the member.
Result<EmailRequested> decode_email_requested(std::string_view body);
Message to_message(const EmailRequested& email);
Message to_alert_message(const EmailRequested& email);
Message to_account_message(const EmailRequested& email);

}  // namespace monitron::contracts
