#pragma once
// Series written as selectors, and what comes out of expressions about them written as text.

#include "promql/parser.hpp"
#include "promql/tests/memory_source.hpp"

#include <limits>

namespace monitron::promql {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline const double kEnded = std::bit_cast<double>(kStaleBits);
inline constexpr std::int64_t kMinute = 60'000;

class Bed {
 public:
  MemorySource& source() { return source_; }

  // At 0, interval, 2 * interval, ….
  void load(const std::string& selector, std::int64_t interval_ms,
            const std::vector<double>& values) {
    std::vector<Sample> samples;
    for (const double value : values) {
      samples.push_back({static_cast<std::int64_t>(samples.size()) * interval_ms, value});
    }
    load(selector, std::move(samples));
  }
  void load(const std::string& selector, std::vector<Sample> samples) {
    std::vector<Labels::Pair> pairs;
    const auto matchers = parse_selector(selector);
    for (const auto& matcher : *matchers) {
      pairs.emplace_back(matcher.name(), matcher.value());
    }
    source_.add(Labels(std::move(pairs)), std::move(samples));
  }

  // "a{b="c"} 1; …", or the text of the fault.
  std::string instant(const std::string& text, std::int64_t time_ms) {
    const auto expr = parse(text);
    if (!expr) return expr.error().text;
    Budget budget(limits);
    return text_of(query_instant(*expr, time_ms, source_, budget, options));
  }
  // "a{b="c"} 1@0 2@60000; …".
  std::string range(const std::string& text, std::int64_t start, std::int64_t end,
                    std::int64_t step) {
    const auto expr = parse(text);
    if (!expr) return expr.error().text;
    Budget budget(limits);
    return text_of(query_range(*expr, {start, end, step}, source_, budget, options));
  }

  Options options;
  Limits limits;

 private:
  static std::string text_of(const Sample& sample) {
    return format_value(sample.value) + "@" + std::to_string(sample.time_ms);
  }
  static std::string text_of(const Result<Outcome>& outcome) {
    if (!outcome) return outcome.error().text;
    if (const auto* scalar = std::get_if<Scalar>(&outcome->value)) {
      return format_value(scalar->sample.value);
    }
    if (const auto* text = std::get_if<String>(&outcome->value)) return text->value;
    std::string out;
    if (const auto* vector = std::get_if<Vector>(&outcome->value)) {
      for (const auto& element : *vector) {
        out += out.empty() ? "" : "; ";
        out += element.labels.str() + " " + format_value(element.sample.value);
      }
      return out;
    }
    for (const auto& series : std::get<Matrix>(outcome->value)) {
      out += out.empty() ? "" : "; ";
      out += series.labels.str();
      for (const auto& sample : series.samples) out += " " + text_of(sample);
    }
    return out;
  }

  MemorySource source_;
};

}  // namespace monitron::promql
