#pragma once
// What a notification says, and the letter that it is. Pure.

#include "notifier/letters.hpp"
#include "store/notifications.hpp"

namespace monitron::notifier {

// "<channel>.<incident>.<transition>"
std::string key_of(const Uuid& channel, const contracts::AlertChanged& alert);

// What it tells of: one alert, all of a digest, nothing of a trial. What cannot be read is left
// out.
std::vector<contracts::AlertChanged> alerts_of(const store::Notification& notification);
// Of a digest: the worst first, else as they came. What cannot be read is left out.
std::string digest_content(const std::vector<store::Notification>& members);
bool is_readable(const store::Notification& notification);  // as far as it has to be

// To one channel; letters about an incident are one conversation there. It must be readable.
contracts::EmailRequested letter_of(const store::DueNotification& due,
                                    const std::string& public_url);

}  // namespace monitron::notifier
