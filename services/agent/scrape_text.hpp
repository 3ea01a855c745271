#pragma once
// What a program on this host says of itself in Prometheus's text form, as measurements. Pure.
//
// As Prometheus has it: each series gets the label `job`; labels `job` and `instance` of its own
// become exported_job and exported_instance. Times that it tells are left out: all of it is of when
// it was asked. https://prometheus.io/docs/instrumenting/exposition_formats/

#include "agent/measurements.hpp"

namespace monitron::agent {

inline constexpr std::size_t kMostScraped = 10'000;  // samples of a text

// Sorted by series, each once. Fault: invalid, naming the line; all or nothing.
Result<std::vector<Measurement>> read_scraped(std::string_view text, const std::string& job,
                                              const Labels& own,
                                              std::vector<domain::MetricMetadata>& metadata);

}  // namespace monitron::agent
