#pragma once
// What people read: an alert as a letter, plain and as simple HTML. Pure.

#include "contracts/alert_changed.hpp"
#include "contracts/email_requested.hpp"

namespace monitron::notifier {

// The page of the incident.
std::string incident_url(const contracts::AlertChanged& alert, const std::string& public_url);

// To whom, and what makes it this letter.
struct Envelope {
  std::string to{};
  std::string key{};     // as EmailRequested::delivery_key
  std::string thread{};  // the key of the first letter of the conversation
};
// Of one who is told of all alerts.
Envelope envelope_of(const contracts::AlertChanged& alert, const std::string& recipient);

enum class LetterKind { news, reminder };
contracts::EmailRequested alert_letter(const contracts::AlertChanged& alert,
                                       const Envelope& envelope, const std::string& public_url,
                                       LetterKind kind = LetterKind::news);

// All of them in one, in their order.
contracts::EmailRequested digest_letter(const std::vector<contracts::AlertChanged>& alerts,
                                        const Envelope& envelope, const std::string& public_url);

// A trial: nothing is wrong.
contracts::EmailRequested trial_letter(const std::string& channel_name, const Envelope& envelope);

}  // namespace monitron::notifier
