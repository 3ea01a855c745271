#include "fuzz.hpp"
#include "rules/template.hpp"

// The first line is the value, the second a label's; the rest is the template.
MONITRON_FUZZ(rule_template) {
  using monitron::rules::Template;
  monitron::fuzz::Input input(bytes);
  const double value = std::strtod(std::string(input.line()).c_str(), nullptr);
  const std::string label(input.line());
  const auto parsed = Template::parse(input.rest());
  if (!parsed) return monitron::fuzz::must(!parsed.error().text.empty(), "a refusal says why");
  const auto text = parsed->fill({{"a", label}}, value);
  monitron::fuzz::must(text.size() <= Template::kMaxFilled, "what is filled in is bounded");
}
