#pragma once
// Private to this room: what the two halves of SampleSource share.

#include "series/run_reader.hpp"
#include "series/sample_batch.hpp"
#include "series/sample_source.hpp"
#include "series/session_pool.hpp"

#include <algorithm>

namespace monitron::series {

struct SampleSource::State {
  explicit State(SourceConfig given)
      : config(std::move(given)),
        pool(config.database_url, config.application_name, std::max(config.connections, 1)) {}

  Result<std::vector<FoundSeries>> find(const std::vector<promql::Matcher>& matchers,
                                        promql::Budget& budget);
  // Those of a scope, each once.
  Result<std::vector<FoundSeries>> find(const Scope& scope, promql::Budget& budget);

  Result<SampleBatch> read(std::span<const FoundSeries> found, const StoredRange& range,
                           std::string_view function, const promql::Budget& budget);

  SourceConfig config;
  SessionPool pool;
  Directory directory{};
  RunReader reader{};
};

}  // namespace monitron::series
