#pragma once
// What a metric is, for people and their tools: what HELP, TYPE and UNIT of Prometheus's text form
// tell. Pure; Threads: any.

#include <string>
#include <string_view>

namespace monitron::domain {

struct MetricMetadata {
  std::string name{};  // of a family: of a histogram without _bucket, _sum and _count
  std::string type = "unknown";
  std::string help{};
  std::string unit{};
  bool operator==(const MetricMetadata&) const = default;
};

// Of what agents and checks measure; null for all other names.
const MetricMetadata* own_metadata(std::string_view metric);

// The family whose part a series of this name could be: without _bucket, _total and the like; ""
// when it has no such ending.
std::string_view family_of(std::string_view metric);

}  // namespace monitron::domain
