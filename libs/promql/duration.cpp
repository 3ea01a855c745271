// Durations: "1h30m", largest unit first, each at most once.

#include "base/text.hpp"
#include "promql/parser.hpp"
#include "promql/quote.hpp"

#include <array>
#include <limits>

namespace monitron::promql {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::int64_t kDay = 86'400'000;
constexpr std::array<Unit, 7> kUnits{{{"y", 365 * kDay},
                                      {"w", 7 * kDay},
                                      {"d", kDay},
                                      {"h", 3'600'000},
                                      {"m", 60'000},
                                      {"s", 1'000},
                                      {"ms", 1}}};
// Prometheus counts durations in nanoseconds of 64 bits.
constexpr std::int64_t kMaxMs = std::numeric_limits<std::int64_t>::max() / 1'000'000;

// Digits and the letters after them, taken off the front.
std::pair<std::string_view, std::string_view> take_part(std::string_view& text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto letters = std::min(text.find_first_of("0123456789", digits), text.size());
  const std::pair part{text.substr(0, digits), text.substr(digits, letters - digits)};
  text.remove_prefix(letters);
  return part;
}

}  // namespace

Result<std::int64_t> parse_duration(std::string_view text) {
  if (text.empty()) return fail(Fault::invalid, "empty duration string");
  if (text == "0") return 0;
  const auto wrong = [&] {
    return fail(Fault::invalid, "not a valid duration string: " + quote(text));
  };
  const auto too_long = [] { return fail(Fault::invalid, "duration out of range"); };
  std::int64_t total = 0;
  std::size_t next = 0;  // units must come in order
  bool out_of_range = false;
  for (auto rest = text; !rest.empty();) {
    const auto [digits, name] = take_part(rest);
    while (next < kUnits.size() && kUnits[next].name != name) ++next;
    if (digits.empty() || next == kUnits.size()) return wrong();
    const auto count = parse_number<std::int64_t>(digits);
    const auto unit = kUnits[next++].ms;
    out_of_range = out_of_range || !count || *count > (kMaxMs - total) / unit;
    if (!out_of_range) total += *count * unit;
  }
  if (out_of_range) return too_long();
  return total;
}

std::string format_duration(std::int64_t ms) {
  if (ms == 0) return "0s";
  std::string out;
  for (const auto& unit : kUnits) {
    // Years and weeks only where nothing is left over, so that 8d does not become 1w1d.
    const bool exact_only = unit.name == "y" || unit.name == "w";
    if ((exact_only && ms % unit.ms != 0) || ms < unit.ms) continue;
    (out += std::to_string(ms / unit.ms)) += unit.name;
    ms %= unit.ms;
  }
  return out;
}

}  // namespace monitron::promql
