#pragma once
// How many series may be in use, per source and in all: what makes one careless label harmless.
// Those count that somebody has stored samples of in the last days (layouts.hpp), up to when all
// samples of them are deleted.
// Counts are remembered, so that series that are known cost nothing and new ones little; writers
// that learn at once may overshoot a limit by what each of them learns meanwhile. Private to this
// room; belongs to one thread.

#include "base/ids.hpp"
#include "series/session.hpp"

#include <chrono>
#include <map>
#include <set>

namespace monitron::series {

struct SeriesLimitsConfig {
  std::size_t per_source = 0;  // 0: none
  std::size_t in_all = 0;
};

class SeriesLimits {
 public:
  explicit SeriesLimits(SeriesLimitsConfig config) : config_(config) {}

  // Counts the series of these sources and of all, where that was not done lately.
  Result<void> count(Session& session, const std::set<std::int32_t>& sources);
  // Whether one more fits, which is counted then. After count().
  bool take(std::int32_t source);

  // Why nothing more fits, naming the label that is to blame: "source … has 100000 series, the
  // limit; label user_id has 98210 values". Looked up once in a while only.
  Result<std::string> reason(Session& session, std::int32_t source, const Uuid& uuid);

  void forget();  // what was counted: it was rolled back

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Count {
    std::size_t series = 0;
    Time since{};
  };
  struct Reason {
    std::string text;
    Time since{};
  };
  bool is_fresh(const Count& count, std::size_t limit) const;
  Result<void> count_sources(Session& session, const std::set<std::int32_t>& sources);
  Result<void> count_all(Session& session);
  bool source_is_full(std::int32_t source) const;

  const SeriesLimitsConfig config_;
  std::map<std::int32_t, Count> sources_;
  Count all_;
  std::map<std::int32_t, Reason> reasons_;
};

}  // namespace monitron::series
