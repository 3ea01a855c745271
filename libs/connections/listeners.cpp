#include "connections/listeners.hpp"

#include <map>
#include <tuple>

namespace monitron::connections {

std::vector<Listener> listeners_of(const Gauges& gauges) {
  std::map<std::tuple<std::string, std::string, std::string>, Listener> all;
  for (const auto& gauge : gauges) {
    const auto& labels = gauge.first;
    const auto text = [&](const char* name) { return std::string(labels.get(name)); };
    auto& one = all[{text("server_id"), text("address"), text("port")}];
    one.server_id = text("server_id");
    one.hostname = text("instance");
    one.address = text("address");
    one.port = text("port");
    one.service_type = text("service_type");
    const auto metric = labels.get(promql::kMetricName);
    if (metric == "connection_listener_up") one.up = gauge.second != 0;
    if (metric == "connection_listener_waiting") one.waiting = gauge.second;
    if (metric == "connection_listener_waiting_limit") one.most_waiting = gauge.second;
    if (metric != "connection_listener_process_info") continue;
    one.process = text("process");
    one.user = text("user");
    one.container = text("container");
    one.unit = text("unit");
  }
  std::vector<Listener> listeners;
  listeners.reserve(all.size());
  for (auto& [key, one] : all) listeners.push_back(std::move(one));
  return listeners;
}

}  // namespace monitron::connections
