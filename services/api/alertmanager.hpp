#pragma once
// Routes about Alertmanager: its silences, and what its webhook tells.

#include "api/context.hpp"
#include "http/router.hpp"

#include <cstddef>

namespace monitron::api {

void add_silence_routes(http::Router& router, Context& context);
// A storm's notification may be larger than what people send.
inline constexpr const char* kNotificationsPath = "/api/v1/alertmanager/notifications";
inline constexpr std::size_t kLongestNotification = 16u << 20;
// Takes what Alertmanager has told its receivers; off without a token.
void add_notification_routes(http::Router& router, Context& context);

}  // namespace monitron::api
