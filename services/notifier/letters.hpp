#pragma once
// What people read: an alert as a letter, plain and as simple HTML. Pure.

#include "contracts/alert_changed.hpp"
#include "contracts/email_requested.hpp"

namespace monitron::notifier {

// The page of the incident.
std::string incident_url(const contracts::AlertChanged& alert, const std::string& public_url);

contracts::EmailRequested alert_letter(const contracts::AlertChanged& alert,
                                       const std::string& recipient, const std::string& public_url);

}  // namespace monitron::notifier
