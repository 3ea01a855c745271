#pragma once
// Takes Alertmanager's webhook, as a pager would, and keeps what it was told.

#include "http/server.hpp"

#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace monitron::testkit {

class WebhookSink {
 public:
  WebhookSink();

  std::string url() const;
  // Notifications with this status, about an alert with this label.
  std::vector<nlohmann::json> told(const std::string& status, const std::string& label,
                                   const std::string& value) const;

 private:
  mutable std::mutex mutex_;
  std::vector<nlohmann::json> bodies_;  // guarded by mutex_
  http::Server server_;
};

}  // namespace monitron::testkit
