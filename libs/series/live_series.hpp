#pragma once
// Which series have samples in a range of time, as far as chunks and staged rows tell without being
// decoded: a chunk that reaches into the range counts, and so does a series of a staged row that
// has no value for it. Private to this room.

#include "series/run_reader.hpp"

namespace monitron::series {

struct LiveQuery {
  const std::vector<WantedSeries>* candidates = nullptr;  // nullptr: all series
  StoredRange range{};
};
Result<std::set<std::int32_t>> live_series(Session& session, const LiveQuery& query);

}  // namespace monitron::series
