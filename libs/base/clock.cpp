#include "base/clock.hpp"

#include <charconv>
#include <cstdio>

namespace monitron {
namespace {

class SystemClock final : public Clock {
 public:
  Instant now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  SteadyInstant steady_now() const override { return std::chrono::steady_clock::now(); }
};

// Reads exactly `width` digits at `at`; -1 when they are not there.
int digits(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(at, width)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// The offset "Z" or "+hh:mm" that `text` consists of, in minutes.
Result<int> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const int hours = digits(text, 1, 2);
  const int minutes = digits(text, 4, 2);
  const bool shaped = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':';
  if (!shaped || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
    return fail(Fault::invalid, "has no valid UTC offset (Z or +hh:mm)");
  }
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

// Milliseconds of the fraction ".ddd…" at `at`; moves `at` behind it.
int parse_fraction(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '.') return 0;
  int ms = 0;
  int weight = 100;
  for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    ms += (text[at] - '0') * weight;
    weight /= 10;
  }
  return ms;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string to_rfc3339(Instant instant) {
  using namespace std::chrono;
  const auto day = floor<days>(instant);
  const year_month_day date(day);
  const hh_mm_ss time(instant - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()),
                int(time.subseconds().count()));
  return text;
}

std::string to_text(Instant instant) {
  auto text = to_rfc3339(instant).substr(0, 19);
  text[10] = ' ';
  return text + " UTC";
}

Result<Instant> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto wrong = [] { return fail(Fault::invalid, "is not an RFC 3339 time"); };
  if (text.size() < 20 || text.size() > 40) return wrong();
  if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return wrong();
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return wrong();
  const year_month_day date(year(digits(text, 0, 4)), month(unsigned(digits(text, 5, 2))),
                            day(unsigned(digits(text, 8, 2))));
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (digits(text, 0, 4) < 0 || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return wrong();
  }
  std::size_t at = 19;
  const int ms = parse_fraction(text, at);
  const auto offset = parse_offset(text.substr(at));
  if (!offset) return fail(offset.error());
  const Instant instant(sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) +
                        seconds(second) + milliseconds(ms) - minutes(*offset));
  // In UTC it may be of a year that cannot be written.
  constexpr Instant kFirst = sys_days(year(0) / January / 1);
  constexpr Instant kEnd = sys_days(year(10'000) / January / 1);
  if (instant < kFirst || instant >= kEnd) return wrong();
  return instant;
}

}  // namespace monitron
