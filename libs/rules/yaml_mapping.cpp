#include "rules/yaml_mapping.hpp"

#include "base/text.hpp"
#include "promql/parser.hpp"

#include <limits>
#include <optional>

namespace monitron::rules {
namespace {

// As Go and PromQL write them.
std::optional<double> number_of(std::string_view text) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto lower = to_lower(text);
  if (lower == "nan" || lower == ".nan") return std::numeric_limits<double>::quiet_NaN();
  std::string_view rest = lower;
  const bool minus = rest.starts_with('-');
  if (minus || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "inf" || rest == ".inf") return minus ? -kInfinity : kInfinity;
  if (rest.empty() || rest.front() == '-') return std::nullopt;
  const auto number = parse_number<double>(rest);
  if (!number) return std::nullopt;
  return minus ? -*number : *number;
}

}  // namespace

std::string element(std::string_view path, std::size_t place) {
  return std::string(path) + "[" + std::to_string(place) + "]";
}

YamlMapping::YamlMapping(const Yaml& node, std::string path, Problems& problems)
    : node_(node), path_(std::move(path)), problems_(problems) {
  if (node.kind != Yaml::Kind::mapping && node.kind != Yaml::Kind::null) {
    problems_.push_back({path_, "must be a mapping", node.line});
  }
}

std::string YamlMapping::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void YamlMapping::refuse(const std::string& name, std::string reason) {
  const auto* at = node_.find(name);
  problems_.push_back({path_of(name), std::move(reason), at ? at->line : node_.line});
}

const Yaml* YamlMapping::find(const char* name) {
  known_.insert(name);
  const auto* found = node_.find(name);
  return found != nullptr && found->kind != Yaml::Kind::null ? found : nullptr;
}

std::string YamlMapping::text(const char* name) {
  const auto* found = find(name);
  if (!found) return {};
  if (found->kind == Yaml::Kind::scalar) return found->text;
  refuse(name, "must be a text");
  return {};
}

std::int64_t YamlMapping::duration(const char* name) {
  const auto given = text(name);
  if (given.empty()) return 0;
  const auto ms = promql::parse_duration(given);
  if (!ms) refuse(name, ms.error().text);
  return ms.value_or(0);
}

std::int64_t YamlMapping::integer(const char* name) {
  const auto given = text(name);
  if (given.empty()) return 0;
  const auto number = parse_number<std::int64_t>(given);
  if (!number) refuse(name, "must be a whole number");
  return number.value_or(0);
}

double YamlMapping::number(const char* name) {
  const auto given = text(name);
  if (given.empty()) return 0;
  const auto number = number_of(given);
  if (!number) refuse(name, "must be a number");
  return number.value_or(0);
}

domain::LabelSet YamlMapping::texts(const char* name) {
  domain::LabelSet set;
  const auto* found = find(name);
  if (!found) return set;
  if (found->kind != Yaml::Kind::mapping) {
    refuse(name, "must be a mapping");
    return set;
  }
  for (const auto& [key, value] : found->members) {
    if (value.kind == Yaml::Kind::sequence || value.kind == Yaml::Kind::mapping) {
      problems_.push_back({path_of(name) + "." + key, "must be a text", value.line});
    } else {
      set[key] = value.text;
    }
  }
  return set;
}

const std::vector<Yaml>& YamlMapping::list(const char* name) {
  static const std::vector<Yaml> kNone;
  const auto* found = find(name);
  if (!found) return kNone;
  if (found->kind == Yaml::Kind::sequence) return found->items;
  refuse(name, "must be a list");
  return kNone;
}

void YamlMapping::finish() {
  for (const auto& [name, value] : node_.members) {
    if (known_.contains(name)) continue;
    problems_.push_back({path_of(name), "is not known here", value.line});
  }
}

}  // namespace monitron::rules
