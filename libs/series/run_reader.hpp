#pragma once
// Reads what is stored of some series, over a session of bare libpq. Private to this room. Threads:
// any, each with a session of its own.

#include "series/layout_book.hpp"
#include "series/stored_runs.hpp"

#include <functional>
#include <set>

namespace monitron::series {

// Raw samples, and rollups for the times that have none any more.
struct ReadRuns {
  std::size_t bytes() const;  // held

  StoredRuns raw;
  std::vector<StoredRuns> rolled{};
};

class RunReader {
 public:
  struct Bounds {
    std::chrono::milliseconds time{30'000};
    // Asked now and then, with what is held by then; its fault ends the reading.
    std::function<Result<void>(std::size_t bytes)> check{};
  };
  // Outside of any transaction of the session. After a failure the session is of no more use.
  Result<ReadRuns> read(Session& session, const std::vector<WantedSeries>& wanted,
                        const StoredRange& range, const Bounds& bounds);

 private:
  Result<std::string> locks(Session& session, const std::vector<WantedSeries>& wanted, bool rolled);
  Result<bool> is_there(Session& session, int tier);
  // `runs` is of `read`. `before` and `after` save a way to the server each.
  static Result<void> copy(Session& session, const std::string& before, StoredRuns& runs,
                           const std::string& after, const ReadRuns& read, const Bounds& bounds);
  static Result<void> read_old(Session& session, const std::string& before,
                               const std::vector<WantedSeries>& wanted, const StoredRange& range,
                               ReadRuns& read, const Bounds& bounds);
  Result<void> learn_unknown(Session& session, StoredRuns& runs);

  LayoutBook layouts_;
  std::mutex mutex_;
  std::set<int> tiers_;  // whose tables there are
};

}  // namespace monitron::series
