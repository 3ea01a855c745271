#include "probe/plugin_output.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace monitron::probe {

namespace {

constexpr std::size_t kUnitBytes = 16;

struct Unit {
  std::string_view symbol;
  std::string_view name;
  double factor;
  double divisor = 1;  // a division rounds better than a factor below one
};
constexpr double kKibi = 1024;
constexpr std::array kUnits{
    Unit{"s", "seconds", 1},
    Unit{"ms", "seconds", 1, 1e3},
    Unit{"us", "seconds", 1, 1e6},
    Unit{"ns", "seconds", 1, 1e9},
    Unit{"%", "ratio", 1, 100},
    Unit{"c", "total", 1},
    Unit{"B", "bytes", 1},
    Unit{"KB", "bytes", 1e3},
    Unit{"kB", "bytes", 1e3},
    Unit{"MB", "bytes", 1e6},
    Unit{"GB", "bytes", 1e9},
    Unit{"TB", "bytes", 1e12},
    Unit{"KiB", "bytes", kKibi},
    Unit{"MiB", "bytes", kKibi* kKibi},
    Unit{"GiB", "bytes", kKibi* kKibi* kKibi},
    Unit{"TiB", "bytes", kKibi* kKibi* kKibi* kKibi},
};

// Without the beginning of a character whose rest was cut off.
std::string_view without_stump(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte >= 0xc0) return text.substr(0, text.size() - back);
    if (byte < 0x80) break;
  }
  return text;
}

std::string clean(std::string_view text, bool cut) {
  if (cut && !is_valid_utf8(text)) text = without_stump(text);
  std::string result(text);
  std::erase(result, '\0');
  const bool good = is_valid_utf8(result) || result.empty();
  for (char& c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 && !good) c = '?';
    if ((byte < 0x20 && c != '\n') || byte == 0x7f) c = ' ';
  }
  return result;
}

// Takes one "label=value[unit];warn;crit;min;max" off the front; empty when none is left.
std::string_view take_item(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  bool quoted = false;
  std::size_t end = 0;
  while (end < text.size() && (quoted || (text[end] != ' ' && text[end] != '\n'))) {
    if (text[end] == '\'') quoted = !quoted;
    ++end;
  }
  const auto item = text.substr(0, end);
  text.remove_prefix(end);
  return item;
}

// The label without its quotes; '' within them is a quote.
std::string unquote(std::string_view text) {
  if (!text.starts_with('\'')) return std::string(text);
  text.remove_prefix(1);
  if (text.ends_with('\'')) text.remove_suffix(1);
  std::string label;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'' && text.substr(i + 1, 1) == "'") ++i;
    label += text[i];
  }
  return label;
}

bool is_unit(std::string_view text) {
  return text.size() <= kUnitBytes && std::none_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || c == ',' || c == '.' || c == '\'' || c == '=' ||
                  c == '"';
         });
}

std::optional<PerformanceValue> value_of(std::string_view item) {
  // A label in quotes may hold an equals sign.
  const auto close = item.starts_with('\'') ? item.rfind('\'') : 0;
  const auto equals = item.find('=', close);
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  PerformanceValue found;
  found.label = unquote(item.substr(0, equals));
  auto number = item.substr(equals + 1);
  number = number.substr(0, number.find(';'));
  if (number.starts_with('+')) number.remove_prefix(1);
  const auto* end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, found.value);
  if (error != std::errc{} || !std::isfinite(found.value)) return std::nullopt;
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  if (found.label.empty() || found.label.size() > kPerformanceLabelBytes || !is_unit(unit)) {
    return std::nullopt;
  }
  found.unit = unit;
  for (const auto& known : kUnits) {
    if (known.symbol != unit) continue;
    found.unit = known.name;
    found.value = found.value * known.factor / known.divisor;
  }
  if (!std::isfinite(found.value)) return std::nullopt;
  return found;
}

std::vector<PerformanceValue> values_of(std::string_view text, bool cut) {
  std::vector<PerformanceValue> values;
  while (values.size() < kPerformanceValues) {
    const auto item = take_item(text);
    if (item.empty() || (cut && text.empty())) break;
    auto value = value_of(item);
    if (!value) continue;
    const bool known = std::any_of(values.begin(), values.end(),
                                   [&](const auto& one) { return one.label == value->label; });
    if (!known) values.push_back(std::move(*value));
  }
  return values;
}

// The part before a |, and what comes after it.
std::pair<std::string_view, std::string_view> at_bar(std::string_view text) {
  const auto bar = text.find('|');
  if (bar == std::string_view::npos) return {text, ""};
  return {text.substr(0, bar), text.substr(bar + 1)};
}

}  // namespace

PluginOutput parse_plugin_output(std::string_view output, bool cut) {
  const std::string cleaned = clean(output, cut);
  std::string_view all = cleaned;
  all.remove_prefix(std::min(all.find_first_not_of(" \n"), all.size()));
  const auto line_end = std::min(all.find('\n'), all.size());
  const auto [text, numbers] = at_bar(all.substr(0, line_end));
  const auto [long_text, more_numbers] = at_bar(all.substr(line_end));
  PluginOutput found;
  found.text = trim(text);
  found.long_text = trim(long_text);
  found.performance = trim(numbers);
  if (const auto more = trim(more_numbers); !more.empty()) {
    found.performance += (found.performance.empty() ? "" : "\n") + std::string(more);
  }
  // Only what the output ends with can have been cut: trimming hides nothing of it.
  const bool cut_here = cut && !cleaned.ends_with(' ') && !cleaned.ends_with('\n') &&
                        (!more_numbers.empty() || (!numbers.empty() && line_end == all.size()));
  found.values = values_of(found.performance, cut_here);
  return found;
}

}  // namespace monitron::probe
