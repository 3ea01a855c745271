#pragma once
// Texts with an alert's labels and value in them, written as Prometheus's templates are:
// "{{ $labels.instance }} is at {{ $value | humanizePercentage }}". They are logic-less on purpose:
// a text can name what the alert has and say how it is to look, and nothing else; no loops, no
// conditions, no queries. Pure; threads: any.
//
//   {{ $labels.name }}  {{ .Labels.name }}   a label; nothing when the alert has none of the name
//   {{ $value }}  {{ .Value }}               the value
//   {{ "text" }}  {{ `text` }}               itself
//   {{ x | f }}  {{ f x }}                   humanize humanize1024 humanizeDuration
//                                            humanizePercentage humanizeTimestamp; title toUpper
//                                            toLower, of text
//   {{ printf "%.2f of %s" $value $labels.a }}  with %e %f %g %v for numbers, %s %q %v for text,
//                                            flags, width and precision, %%
//   {{- x -}}                                takes away the white space before and after
//   {{/* … */}}                              nothing
//
// Results are those of Prometheus 2.42 (github.com/prometheus/prometheus template/template.go),
// bit by bit where numbers are concerned. Where Prometheus puts an error in place of the whole text
// (a label that is no number humanized, a time that is none) what is asked about stays as it is.

#include "base/result.hpp"
#include "domain/threshold.hpp"

#include <cmath>
#include <optional>
#include <vector>

namespace monitron::rules {

class Template {
 public:
  static constexpr std::size_t kMaxPlaces = 100;    // {{ … }} of one text
  static constexpr std::size_t kMaxFilled = 16384;  // bytes; what is longer is cut

  // Fault: invalid, when something else stands there; it is named: `"range" is not known …`.
  static Result<Template> parse(std::string_view text);

  // Without a value, what names it is "no data".
  std::string fill(const domain::LabelSet& labels, std::optional<double> value) const;

  struct Operand {
    enum class Kind { label, value, text };
    Kind kind = Kind::text;
    std::string text{};  // the label's name, or the text itself
  };
  struct Command {
    std::string function{};  // none: its only operand
    std::vector<Operand> operands{};
  };
  // Text, and what comes after it: commands of which each one's result is the last operand of the
  // next.
  struct Part {
    std::string text{};
    std::vector<Command> pipe{};
  };

 private:
  std::vector<Part> parts_;
};

// Each text filled in. One that is no template that can be filled in here stays as it was written:
// so does what was imported with a warning.
domain::LabelSet filled(domain::LabelSet texts, const domain::LabelSet& labels,
                        std::optional<double> value);

// The value of an alert as texts have it: one about missing data has none, which is kept as NaN.
inline std::optional<double> told_value(double value) {
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

}  // namespace monitron::rules
