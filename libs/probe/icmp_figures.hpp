#pragma once
// What the round trips of one run come to. Pure.

#include "domain/check_result.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace monitron::probe {

struct RttFigures {
  double min = 0;
  double avg = 0;
  double max = 0;
  double median = 0;
  double stddev = 0;  // of all of them, not of a sample
  double jitter = 0;  // mean absolute difference of neighbours, as RFC 3550 §6.4.1 takes it
};

// `rtt_ns`: in order of sending, -1 where there was no answer. Nothing when none was answered.
// Lost packets are stepped over: jitter compares answers that follow each other.
std::optional<RttFigures> rtt_figures(std::span<const std::int64_t> rtt_ns);

}  // namespace monitron::probe
