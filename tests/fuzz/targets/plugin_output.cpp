// What Nagios plugins print.

#include "probe/plugin_output.hpp"

#include "fuzz.hpp"

#include <cmath>

MONITRON_FUZZ(plugin_output) {
  using namespace monitron;
  fuzz::Input input(bytes);
  const bool cut = input.flag();
  const auto output = probe::parse_plugin_output(input.rest(), cut);
  fuzz::must_be_text(output.text, "the first line");
  fuzz::must_be_text(output.long_text, "the text");
  fuzz::must_be_text(output.performance, "the performance data");
  fuzz::must(output.text.find('\n') == std::string::npos, "a first line of two");
  fuzz::must(output.text.size() + output.long_text.size() + output.performance.size() <=
                 input.rest().size() + 1,
             "more than was printed");
  fuzz::must(output.values.size() <= probe::kPerformanceValues, "too many values");
  for (const auto& value : output.values) {
    fuzz::must_be_text(value.label, "a label");
    fuzz::must_be_text(value.unit, "a unit");
    fuzz::must(value.label.size() <= probe::kPerformanceLabelBytes, "a label without measure");
    fuzz::must(!value.label.empty() && std::isfinite(value.value), "a value that is none");
  }
}
