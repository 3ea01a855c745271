#pragma once
// What comments of Prometheus's text form tell of metrics:
//
//   # HELP name text        # TYPE name type        # UNIT name unit
//
// Any other comment is one, and so is what cannot be kept: it takes nothing from the samples. Pure;
// one thread.

#include "contracts/telemetry.hpp"

#include <map>

namespace monitron::exposition {

struct MetadataLimits {
  std::size_t bytes = 512u << 10;  // of a text; of what comes then nothing is kept
  contracts::Limits each{};
};

class MetadataReader {
 public:
  explicit MetadataReader(bool openmetrics, const MetadataLimits& limits = {})
      : openmetrics_(openmetrics), limits_(limits) {}

  void read(std::string_view comment);  // a line that begins with #
  // By name, each once: of what is told twice the last counts.
  std::vector<domain::MetricMetadata> take();

 private:
  domain::MetricMetadata* place_of(std::string_view name, std::size_t bytes);

  const bool openmetrics_;
  const MetadataLimits limits_;
  std::size_t bytes_ = 0;
  std::map<std::string, domain::MetricMetadata, std::less<>> found_;
};

}  // namespace monitron::exposition
