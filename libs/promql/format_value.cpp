#include "promql/format_value.hpp"

#include "promql/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace monitron::promql {

namespace {

std::string special(double value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

std::string shortest(double value, std::chars_format format) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format);
  return {text.data(), end.ptr};
}

// Most of what is measured is a decimal of few digits. When `thousandths` / 1000 is the value, its
// digits are the shortest: no two decimals of up to 15 digits are the same double.
char* write_thousandths(char* to, std::uint64_t thousandths) {
  to = std::to_chars(to, to + kValueBytes, thousandths / 1000).ptr;
  auto rest = thousandths % 1000;
  if (rest == 0) return to;
  *to++ = '.';
  for (std::uint64_t place = 100; rest > 0; place /= 10) {
    *to++ = static_cast<char>('0' + rest / place);
    rest %= place;
  }
  return to;
}

}  // namespace

char* write_value(char* to, double value) {
  // Here std::to_chars' decimal without exponent is the shortest one.
  constexpr double kLeast = 1e-6, kMost = 1e15;
  constexpr double kMostOfFewDigits = 1e12;
  const double size = std::abs(value);
  if (size < kMostOfFewDigits) {
    const double thousandths = std::nearbyint(size * 1000);
    if (thousandths / 1000 == size) {
      if (std::signbit(value)) *to++ = '-';
      return write_thousandths(to, static_cast<std::uint64_t>(thousandths));
    }
  }
  if (size == 0 || (size >= kLeast && size < kMost)) {
    return std::to_chars(to, to + kValueBytes, value, std::chars_format::fixed).ptr;
  }
  if (std::isfinite(value) && (size < kLeast || size >= 1e21)) {
    return std::to_chars(to, to + kValueBytes, value, std::chars_format::scientific).ptr;
  }
  const auto text = format_plain(value);
  return std::copy(text.begin(), text.end(), to);
}

std::string format_value(double value) {
  std::array<char, kValueBytes> text{};
  return {text.data(), write_value(text.data(), value)};
}

std::string format_plain(double value) {
  if (!std::isfinite(value)) return special(value);
  // std::to_chars writes all digits of a large number instead of the shortest ones and zeros, so
  // the digits are taken from its scientific form: [-]d[.ddd]e[+-]xx.
  const std::string text = shortest(value, std::chars_format::scientific);
  const bool negative = text.front() == '-';
  const auto e = text.find('e');
  std::string digits;
  for (const char c : text.substr(negative ? 1 : 0, e - (negative ? 1 : 0))) {
    if (c != '.') digits += c;
  }
  const int point = std::stoi(text.substr(e + 1)) + 1;  // digits before the decimal point
  std::string out = negative ? "-" : "";
  const int count = static_cast<int>(digits.size());
  if (point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
    return value == 0 ? out.substr(0, out.size() - 2) : out;
  }
  if (point >= count)
    return out + digits + std::string(static_cast<std::size_t>(point - count), '0');
  const auto whole = static_cast<std::size_t>(point);
  return out + digits.substr(0, whole) + '.' + digits.substr(whole);
}

}  // namespace monitron::promql
