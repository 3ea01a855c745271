#pragma once
// What a plugin of Nagios writes: a line for people, maybe more of them, and numbers after a |.
// https://nagios-plugins.org/doc/guidelines.html. Pure; any bytes may come in.

#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe {

struct PerformanceValue {
  std::string label;
  std::string unit;  // seconds, bytes, ratio; otherwise as the plugin names it
  double value = 0;  // in that unit
  bool operator==(const PerformanceValue&) const = default;
};

struct PluginOutput {
  std::string text;       // the first line
  std::string long_text;  // the lines after it
  std::string performance;
  std::vector<PerformanceValue> values;  // one for each label; undetermined ones (U) left out
  bool operator==(const PluginOutput&) const = default;
};

inline constexpr std::size_t kPerformanceValues = 64;
inline constexpr std::size_t kPerformanceLabelBytes = 100;

// UTF-8 without control characters, whatever came in. `cut`: there was more output, so that its
// last number may be a part of one and is left out.
PluginOutput parse_plugin_output(std::string_view output, bool cut = false);

}  // namespace monitron::probe
