#pragma once
// Small operations on text that several rooms need.

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron {

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);  // ASCII
// Parts between separators, trimmed; empty parts are left out.
std::vector<std::string> split_list(std::string_view text, char separator = ',');

// For people: to so many significant digits, "0.166667", "1e+07", "inf".
std::string short_number(double value, int digits = 6);

// Labels of letters, digits, - and _ (and bytes beyond ASCII), as RFC 1123 has them, between dots.
bool is_hostname(std::string_view text);
bool is_ip_address(std::string_view text);  // IPv4 or IPv6, numeric

// The number that `text` is, wholly; nothing else.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return number;
}

// "7d", "90s", "1h30m": whole numbers with a unit each, of y (365 days), w, d, h, m, s and ms,
// larger units first, none twice; or "0". Nothing else, and nothing beyond some 290 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace monitron
