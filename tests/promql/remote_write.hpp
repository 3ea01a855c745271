#pragma once
// https://prometheus.io/docs/specs/prw/remote_write_spec/

#include "promql/query.hpp"

namespace monitron::promql {

// The body of a request: protobuf in the framing of snappy, not compressed.
std::string write_request(const std::vector<Series>& series);

}  // namespace monitron::promql
