#pragma once
// Where samples come from: PostgreSQL (series::SampleSource) or memory (head::Head).

#include "base/result.hpp"
#include "promql/matcher.hpp"

#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace monitron::promql {

struct Sample {
  std::int64_t time_ms = 0;
  double value = 0;
};

// Marks a series as ended. https://prometheus.io/docs/specs/prw/ ("Stale Markers")
inline constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;
inline bool is_stale(double value) { return std::bit_cast<std::uint64_t>(value) == kStaleBits; }

// What one query may use; shared by the evaluator, which counts what it holds and gives as its
// result, and the source, which counts the samples that it reads. Belongs to the query's thread,
// but for cancelling.
struct Limits {
  std::uint64_t samples = 50'000'000;  // read from the source, and of the result
  std::uint64_t steps = 11'000;        // of a range query, per series; Prometheus's own limit
  std::uint64_t bytes = 512u << 20;    // held at once
  std::chrono::milliseconds time{120'000};
};

class Budget {
 public:
  // `gone` becomes true when nobody waits for the result any more, which cancels too; may be null.
  explicit Budget(const Limits& limits, std::shared_ptr<const std::atomic<bool>> gone = nullptr);
  const Limits& limits() const { return limits_; }

  // Faults: invalid (too many samples or bytes), timeout (time is over, or cancelled). The text is
  // what the user reads and names the limit.
  Result<void> take_samples(std::uint64_t count);
  Result<void> hold(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);
  Result<void> check() const;
  // From any thread:
  void cancel() { cancelled_ = true; }
  bool is_cancelled() const { return cancelled_ || (gone_ != nullptr && *gone_); }
  std::uint64_t samples() const { return samples_; }
  std::uint64_t bytes() const { return bytes_; }
  std::chrono::milliseconds remaining() const;

 private:
  Limits limits_;
  std::chrono::steady_clock::time_point end_;
  std::shared_ptr<const std::atomic<bool>> gone_;
  std::uint64_t samples_ = 0;
  std::uint64_t bytes_ = 0;
  std::atomic<bool> cancelled_{false};
};

struct Selection {
  std::vector<Matcher> matchers{};  // all must hold
  std::int64_t from_ms = 0;         // inclusive
  std::int64_t to_ms = 0;           // inclusive
  // What is done with the samples, so that a source may answer from rollups where the result is
  // the same: the function ("rate", "max_over_time", … or empty), its range and the step (0:
  // none). It is applied to the samples in [from + i * step, from + i * step + range], both ends
  // inclusive, for each i.
  std::string function{};
  std::int64_t range_ms = 0;
  std::int64_t step_ms = 0;
};

class Source {
 public:
  virtual ~Source() = default;

  // Calls `visit` once for each selected series that has samples in [from, to]: labels, and all
  // its samples in time order, each time once (the value stored last). NaN, Inf and stale markers
  // are values like any other. The order of the series is unspecified; what `visit` is given lives
  // until it returns. Its fault, or the budget's, ends the selection and is returned.
  using Visit = std::function<Result<void>(const Labels&, std::span<const Sample>)>;
  virtual Result<void> select(const Selection& selection, Budget& budget, const Visit& visit) = 0;
};

}  // namespace monitron::promql
