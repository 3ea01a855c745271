#pragma once
// Private to this room: what the two halves of SampleSource share.

#include "promql/rows.hpp"
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

  // What is found, of these sources, is held by `hold`.
  Result<std::vector<FoundSeries>> find(const std::vector<promql::Matcher>& matchers,
                                        const Only& only, promql::Budget& budget,
                                        promql::Hold& hold);
  // Those of a scope, each once.
  Result<std::vector<FoundSeries>> find(const Scope& scope, const Only& only,
                                        promql::Budget& budget, promql::Hold& hold);

  Result<std::set<std::string>> texts_of_all(
      const Scope& scope, promql::Budget& budget, const std::string& own,
      const std::function<std::string(const promql::Labels::Pair&)>& given);

  // Nothing, when that takes more than `room` bytes. Threads: any.
  Result<std::optional<SampleBatch>> read(std::span<const FoundSeries> found,
                                          const StoredRange& range, std::string_view function,
                                          const promql::Budget& budget, std::size_t room);

  SourceConfig config;
  SessionPool pool;
  Directory directory{};
  RunReader reader{};
};

}  // namespace monitron::series
