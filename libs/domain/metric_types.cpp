#include "domain/metric_types.hpp"

#include <array>
#include <utility>

namespace monitron::domain {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::array kPrefixes = {
    Entry{"node_cpu", "cpu"},          Entry{"node_load", "cpu"},
    Entry{"node_memory", "memory"},    Entry{"node_filesystem", "disk"},
    Entry{"node_disk", "disk"},        Entry{"node_network", "network"},
    Entry{"node_netstat", "network"},  Entry{"node_sockstat", "network"},
    Entry{"node_process", "process"},  Entry{"process_", "process"},
    Entry{"namedprocess_", "process"}, Entry{"probe_", "check"},
    Entry{"monitron_", "monitron"},    Entry{"node_", "system"}};

}  // namespace

std::string_view metric_type_of(std::string_view metric_name) {
  for (const auto& [prefix, type] : kPrefixes) {
    if (metric_name.starts_with(prefix)) return type;
  }
  return "other";
}

std::string_view canonical_metric_type(std::string_view type) {
  return type == "ram" ? "memory" : type;
}

}  // namespace monitron::domain
