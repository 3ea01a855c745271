#include "domain/check.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace monitron::domain {

namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<CheckStatus, 3> kStatuses{
    {{CheckStatus::up, "up"}, {CheckStatus::down, "down"}, {CheckStatus::unknown, "unknown"}}};

template <class Enum, std::size_t N>
std::string_view name_in(const Names<Enum, N>& names, Enum value) {
  for (const auto& [entry, name] : names) {
    if (entry == value) return name;
  }
  return "";
}

template <class Enum, std::size_t N>
std::optional<Enum> value_in(const Names<Enum, N>& names, std::string_view text) {
  for (const auto& [entry, name] : names) {
    if (name == text) return entry;
  }
  return std::nullopt;
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view to_string(CheckStatus status) { return name_in(kStatuses, status); }
std::optional<CheckStatus> parse_check_status(std::string_view text) {
  return value_in(kStatuses, text);
}

Result<StatusRange> parse_status_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = whole_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : whole_number(text.substr(dash + 1));
  if (!first || !last || *first < 100 || *last > 599 || *first > *last) {
    return fail(Fault::invalid, "not a status code or range: " + std::string(text));
  }
  return StatusRange{*first, *last};
}

bool is_location(std::string_view text) {
  return !text.empty() && text.size() <= 60 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_script_name(std::string_view text) {
  if (text.empty() || text.size() > 255 || text.front() == '.' || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '+' || c == '-';
  });
}

Result<HostPort> parse_host_port(std::string_view text) {
  const auto bad = [&] { return fail(Fault::invalid, "not host:port: " + std::string(text)); };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad();  // an IPv6 address needs its brackets, or its last group would be the port
  }
  const auto port = whole_number(text.substr(colon + 1));
  if (host.empty() || host.size() > 255 || !port || *port < 1 || *port > 65'535) return bad();
  if (host.find_first_of("/@?#") != std::string_view::npos) return bad();
  return HostPort{std::string(host), *port};
}

}  // namespace monitron::domain
