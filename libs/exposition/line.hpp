#pragma once
// One line of Prometheus's text form, taken apart. Pure; Threads: any.

#include "contracts/telemetry.hpp"

#include <cmath>
#include <optional>
#include <string_view>

namespace monitron::exposition {

// A time as it is written: a whole number, or with a fraction or an exponent.
struct LineTime {
  std::int64_t whole = 0;
  double number = 0;
  bool fraction = false;

  bool could_be_seconds() const { return std::abs(number) < 2147483648.0; }
  std::int64_t as_seconds() const { return std::llround(number * 1000); }
};

struct Line {
  std::string_view series;   // name{labels} as written; empty: a comment, or nothing at all
  std::string_view comment;  // where the line is one: from # on
  double value = 0;
  std::optional<LineTime> time;
};

// What is wrong with it; null when nothing is. The labels are not looked at.
const char* split_line(std::string_view text, Line& line);

// name{labels} into a series: labels in their order, escapes resolved. What is wrong with it, or
// "". Names are not looked at.
std::string read_series(std::string_view text, contracts::Series& series);

bool is_metric_name(std::string_view name);
bool is_label_name(std::string_view name);

}  // namespace monitron::exposition
