#pragma once
// Templates of rules on what agents tell of connections. Private to this room.

#include "rules/rule_templates.hpp"

namespace monitron::rules {

std::vector<RuleTemplate> connection_templates();

// Used by all templates.
inline constexpr const char* kPercent = "{{ $value | humanizePercentage }}";
inline TemplateParameter percent(const char* name, const char* title, double preset) {
  return {name, title, "%", preset, 0, 100, 1, 100};
}

}  // namespace monitron::rules
