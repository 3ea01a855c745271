#include "rules/template_functions.hpp"

#include "promql/quote.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <clocale>
#include <cmath>
#include <ctime>
#include <cwctype>
#include <optional>

namespace monitron::rules {
namespace {

// "%.4g"
std::string short_of(double value, const std::string& unit = "") {
  Verb verb;
  verb.letter = 'g';
  verb.precision = 4;
  return print(verb, value) + unit;
}

template <std::size_t Count>
std::string scaled_up(double value, double step, const std::array<const char*, Count>& units) {
  const char* unit = "";
  for (const char* next : units) {
    if (std::abs(value) < step) break;
    unit = next;
    value /= step;
  }
  return short_of(value, unit);
}

std::string scaled_down(double value, const std::string& after) {
  const char* unit = "";
  for (const char* next : {"m", "u", "n", "p", "f", "a", "z", "y"}) {
    if (std::abs(value) >= 1) break;
    unit = next;
    value *= 1000;
  }
  return short_of(value, unit + after);
}

std::string humanize(double value) {
  static constexpr std::array kUnits = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
  if (value == 0 || !std::isfinite(value)) return short_of(value);
  return std::abs(value) >= 1 ? scaled_up(value, 1000, kUnits) : scaled_down(value, "");
}

std::string humanize_1024(double value) {
  static constexpr std::array kUnits = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
  if (std::abs(value) <= 1 || !std::isfinite(value)) return short_of(value);
  return scaled_up(value, 1024, kUnits);
}

// In seconds. Beyond what whole seconds can count: as a number.
std::string humanize_duration(double value) {
  if (!std::isfinite(value)) return short_of(value);
  if (value == 0 || std::abs(value) >= 9e18) return short_of(value, "s");
  if (std::abs(value) < 1) return scaled_down(value, "s");
  const std::string sign = value < 0 ? "-" : "";
  const auto whole = static_cast<std::int64_t>(std::abs(value));
  if (whole < 60) return sign + short_of(std::abs(value), "s");
  const auto days = whole / 86'400;
  const auto hours = whole / 3600 % 24;
  std::string text = sign;
  if (days != 0) text += std::to_string(days) + "d ";
  if (days != 0 || hours != 0) text += std::to_string(hours) + "h ";
  return text + std::to_string(whole / 60 % 60) + "m " + std::to_string(whole % 60) + "s";
}

// Seconds since 1970, to the millisecond; nothing for what nanoseconds cannot count.
std::optional<std::string> humanize_timestamp(double value) {
  if (!std::isfinite(value)) return short_of(value);
  if (std::abs(value) * 1e9 >= 9.2e18) return std::nullopt;
  const auto all_ms = static_cast<std::int64_t>(value * 1e9) / 1'000'000;
  auto seconds = static_cast<std::time_t>(all_ms / 1000);
  auto ms = all_ms % 1000;
  if (ms < 0) {
    ms += 1000;
    --seconds;
  }
  std::tm time{};
  gmtime_r(&seconds, &time);
  char text[40];
  std::string out(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &time));
  if (ms != 0) {
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(ms));
    out += text;
    out.erase(out.find_last_not_of('0') + 1);
  }
  return out + " +0000 UTC";
}

// Letters of UTF-8, each by `change`, which also gets the letter before; what is no UTF-8 stays.
template <class Change>
std::string change_letters(std::string_view text, Change change) {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t before = locale == nullptr ? nullptr : uselocale(locale);
  std::string out;
  std::wint_t last = L' ';
  while (!text.empty()) {
    const auto code = promql::first_code_point(text);
    const auto letter = static_cast<std::wint_t>(code.value);
    if (code.valid) {
      promql::append_utf8(out, static_cast<char32_t>(change(letter, last)));
    } else {
      out += text.front();
    }
    last = code.valid ? letter : L'x';
    text.remove_prefix(static_cast<std::size_t>(code.bytes));
  }
  if (before != nullptr) uselocale(before);
  return out;
}

bool is_between_words(std::wint_t letter) {
  if (letter >= 0x80) return std::iswspace(letter) != 0;
  return std::iswalnum(letter) == 0 && letter != L'_';
}

std::string change_case(std::string_view name, const std::string& text) {
  return change_letters(text, [&](std::wint_t letter, std::wint_t last) {
    if (name == "toUpper") return std::towupper(letter);
    if (name == "toLower") return std::towlower(letter);
    return is_between_words(last) ? std::towupper(letter) : letter;
  });
}

std::optional<double> number_in(const Filled& filled) {
  if (const auto* number = std::get_if<double>(&filled)) return *number;
  const auto& text = std::get<std::string>(filled);
  const char* end = text.data() + text.size();
  double number = 0;
  const auto begin = text.data() + (text.starts_with("+") && !text.starts_with("+-") ? 1 : 0);
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

constexpr std::array kNumeric = {"humanize", "humanize1024", "humanizeDuration",
                                 "humanizePercentage", "humanizeTimestamp"};
constexpr std::array kTextual = {"title", "toUpper", "toLower"};

}  // namespace

bool takes_numbers(std::string_view name) {
  return std::find(kNumeric.begin(), kNumeric.end(), name) != kNumeric.end();
}

bool is_function(std::string_view name) {
  return takes_numbers(name) || std::find(kTextual.begin(), kTextual.end(), name) != kTextual.end();
}

Filled call(std::string_view name, const Filled& argument) {
  if (!takes_numbers(name)) return change_case(name, text_of(argument));
  const auto number = number_in(argument);
  if (!number) return argument;
  if (name == "humanize") return humanize(*number);
  if (name == "humanize1024") return humanize_1024(*number);
  if (name == "humanizeDuration") return humanize_duration(*number);
  if (name == "humanizePercentage") return short_of(*number * 100, "%");
  const auto time = humanize_timestamp(*number);
  return time ? Filled(*time) : argument;
}

std::string text_of(const Filled& filled) {
  if (const auto* text = std::get_if<std::string>(&filled)) return *text;
  Verb plain;
  plain.letter = 'v';
  return print(plain, filled);
}

}  // namespace monitron::rules
