#include "testkit/webhook_sink.hpp"

#include <algorithm>

namespace monitron::testkit {

std::vector<nlohmann::json> WebhookSink::told(const std::string& status, const std::string& label,
                                              const std::string& value) const {
  std::vector<nlohmann::json> found;
  for (const auto& call : hooks_.taken("/")) {
    auto body = nlohmann::json::parse(call.body, nullptr, false);
    if (!body.is_object()) continue;
    const auto& alerts = body["alerts"];
    const bool about = std::any_of(alerts.begin(), alerts.end(), [&](const auto& alert) {
      return alert["status"] == status && alert["labels"].value(label, "") == value;
    });
    if (about) found.push_back(std::move(body));
  }
  return found;
}

}  // namespace monitron::testkit
