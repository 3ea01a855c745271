#pragma once
// Gathers the staged rows of one source, by series. Pure. Private to this room.

#include "series/chunk_rows.hpp"
#include "series/known_layouts.hpp"

#include <span>
#include <unordered_map>

namespace monitron::series {

class StagedRuns {
 public:
  struct Run {
    std::int32_t retention_class = 0;
    SeriesRun samples{};
  };

  explicit StagedRuns(std::size_t max_spare_bytes) : max_spare_bytes_(max_spare_bytes) {}

  bool knows(std::int32_t layout) const { return layouts_.contains(layout); }
  void learn(std::int32_t layout, std::span<const Place> places);
  // Rows by time, equal times in the order of storing; an absent value is none. False when it does
  // not fit its layout.
  bool add(std::int32_t layout, std::int64_t time_ms, std::span<const double> values);

  // Whether they make a piece of about so many bytes of samples. Those of many series make a larger
  // one, up to 16 times as large, so that chunks do not get small for it.
  bool are_enough(std::size_t piece_bytes) const;
  std::size_t samples() const { return samples_; }
  std::vector<Run>& runs() { return runs_; }
  // For the next source. The memory of runs that were not moved away is used again.
  void clear();
  // Gives the memory of a run back, for other series.
  void reuse(SeriesRun&& run);

 private:
  SeriesRun fresh(std::int32_t series);

  std::size_t max_spare_bytes_;
  std::vector<Run> runs_;
  std::unordered_map<std::int32_t, std::size_t> series_;                  // its place in runs_
  std::unordered_map<std::int32_t, std::vector<std::uint32_t>> layouts_;  // the same, by place
  std::size_t samples_ = 0;
  std::vector<SeriesRun> spare_;
  std::size_t spare_bytes_ = 0;
};

}  // namespace monitron::series
