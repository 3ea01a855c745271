#pragma once
// Takes Alertmanager's webhook, as a pager would, and keeps what it was told.

#include "testkit/hook_collector.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace monitron::testkit {

class WebhookSink {
 public:
  std::string url() const { return hooks_.url("/"); }
  // Notifications with this status, about an alert with this label.
  std::vector<nlohmann::json> told(const std::string& status, const std::string& label,
                                   const std::string& value) const;

 private:
  HookCollector hooks_;
};

}  // namespace monitron::testkit
