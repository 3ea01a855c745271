#pragma once
// Series with everything in them that makes a difference, and expressions about them, by chance.

#include "promql/query.hpp"

#include <random>

namespace monitron::promql {

inline constexpr std::int64_t kBegin = 1'700'000'000'000;
inline constexpr std::int64_t kLength = 7'200'000;

// Counters with resets, gauges with gaps, marks of an end, NaN and infinities, histograms.
std::vector<Series> generated_series(std::uint32_t seed);

class Expressions {
 public:
  explicit Expressions(std::uint32_t seed) : random_(seed) {}

  std::string any();  // of a type that a range query takes
  std::string vector(int depth);
  std::string scalar(int depth);
  std::string range(int depth);

 private:
  // Prometheus 2.42 moves a window fixed by `@` when another argument changes from step to step.
  std::string range(int depth, const std::string& modified);
  std::string selector();
  std::string modifiers();
  std::string operation(int depth);
  std::string matched(int depth);
  std::string aggregation(int depth);
  std::string of_range(int depth);
  std::string of_vector(int depth);
  std::string of_labels(int depth);
  std::string names();
  std::string number();

  template <class List>
  std::string one_of(const List& list) {
    return std::string(list[random_() % std::size(list)]);
  }
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  std::mt19937 random_;
};

}  // namespace monitron::promql
