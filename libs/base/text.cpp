#include "base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <limits>

namespace monitron {

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto at = text.find(separator);
    const auto part = trim(text.substr(0, at));
    if (!part.empty()) parts.emplace_back(part);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t ms;
  };
  static constexpr std::array<Unit, 7> kUnits = {{{"y", 365 * 86'400'000LL},
                                                  {"w", 7 * 86'400'000LL},
                                                  {"d", 86'400'000},
                                                  {"h", 3'600'000},
                                                  {"m", 60'000},
                                                  {"s", 1000},
                                                  {"ms", 1}}};
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max() / 1'000'000;  // as nanoseconds
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty()) return std::nullopt;
  std::int64_t sum = 0;
  for (auto next = kUnits.begin(); !text.empty();) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_number<std::int64_t>(text.substr(0, digits));
    text.remove_prefix(digits);
    const auto name = text.substr(0, text.find_first_of("0123456789"));
    while (next != kUnits.end() && next->name != name) ++next;
    if (!number || next == kUnits.end() || *number > (kMost - sum) / next->ms) return std::nullopt;
    sum += *number * next->ms;
    text.remove_prefix(name.size());
    ++next;
  }
  return std::chrono::milliseconds(sum);
}

std::string short_number(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", std::min(digits, 17), value);
  return text;
}

bool is_hostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  std::size_t start = 0;
  while (start <= text.size()) {
    const auto end = std::min(text.find('.', start), text.size());
    const auto label = text.substr(start, end - start);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return false;
    const bool plain = std::all_of(label.begin(), label.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
    });
    if (!plain) return false;
    start = end + 1;
  }
  return true;
}

bool is_ip_address(std::string_view text) {
  const std::string copy(text);
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1;
}

}  // namespace monitron
