#pragma once
// What is asked of connections, and the series that answer it.

#include "api/listing.hpp"
#include "connections/graph.hpp"
#include "connections/listeners.hpp"
#include "promql/source.hpp"

namespace monitron::api {

// A time, how far back it goes from there, and of what.
struct ConnectionQuery {
  std::int64_t at_ms = 0;
  std::int64_t window_ms = 0;
  std::vector<promql::Matcher> matchers{};  // on labels
  std::string limited_by{};                 // "": whatever limits it
  std::string process{};                    // "": whatever process
};

// at=, window=, label=, and those of `labels` (query parameters named as the label is).
Outcome<ConnectionQuery> connection_query(const http::Request& request, Instant now,
                                          std::initializer_list<const char*> labels);

Result<std::vector<connections::Edge>> read_edges(const ConnectionQuery& query,
                                                  promql::Source& source, promql::Budget& budget);

// The last sample of each series of a metric, as far as it is one of the last round of its agent.
Result<connections::Gauges> read_gauges(std::string_view metrics, const ConnectionQuery& query,
                                        promql::Source& source, promql::Budget& budget);

}  // namespace monitron::api
