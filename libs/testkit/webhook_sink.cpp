#include "testkit/webhook_sink.hpp"

#include <algorithm>
#include <stdexcept>

namespace monitron::testkit {

WebhookSink::WebhookSink()
    : server_(http::ServerConfig{},
              [this](const http::Request& request, http::Responder responder) {
                auto body = nlohmann::json::parse(request.body, nullptr, false);
                {
                  const std::lock_guard lock(mutex_);
                  if (body.is_object()) bodies_.push_back(std::move(body));
                }
                responder.send({.status = 200});
              }) {
  if (!server_.start()) throw std::runtime_error("the webhook's server does not start");
}

std::string WebhookSink::url() const {
  return "http://127.0.0.1:" + std::to_string(server_.port()) + "/";
}

std::vector<nlohmann::json> WebhookSink::told(const std::string& status, const std::string& label,
                                              const std::string& value) const {
  const std::lock_guard lock(mutex_);
  std::vector<nlohmann::json> found;
  for (const auto& body : bodies_) {
    const auto& alerts = body["alerts"];
    const bool about = std::any_of(alerts.begin(), alerts.end(), [&](const auto& alert) {
      return alert["status"] == status && alert["labels"].value(label, "") == value;
    });
    if (about) found.push_back(body);
  }
  return found;
}

}  // namespace monitron::testkit
