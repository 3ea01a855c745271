// What may be wrong with a text of a check's settings.

#include "base/ids.hpp"
#include "base/text.hpp"
#include "domain/check.hpp"
#include "domain/check_fields.hpp"
#include "domain/cron.hpp"
#include "domain/json_path.hpp"

#include <algorithm>
#include <re2/re2.h>

namespace monitron::domain {

namespace {

bool is_host(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return is_ip_address(text.substr(1, text.size() - 2));
  }
  return is_hostname(text) || is_ip_address(text);
}

// What stands before the colon of a port.
bool is_host_before(std::string_view text) {
  const bool bracketed = text.starts_with('[') && text.ends_with(']');
  return is_host(bracketed ? text.substr(1, text.size() - 2) : text);
}

// Of host:port, the port alone.
std::string complain_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  const auto port = text.substr(colon + 1);
  const bool digits = !port.empty() && std::all_of(port.begin(), port.end(), [](unsigned char c) {
    return std::isdigit(c) != 0;
  });
  if (!digits || !is_host_before(text.substr(0, colon))) return {};
  const auto number = parse_number<int>(port);
  const bool good = number && *number >= 1 && *number <= 65'535;
  return good ? "" : "has a port that is not 1 to 65535: " + std::string(port.substr(0, 20));
}

bool is_name(std::string_view text, std::string_view marks) {
  return std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || marks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

}  // namespace

Result<std::string> parse_escapes(std::string_view text) {
  constexpr std::pair<char, char> kShort[] = {
      {'r', '\r'}, {'n', '\n'}, {'t', '\t'}, {'0', '\0'}, {'\\', '\\'}};
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char mark = ++i < text.size() ? text[i] : '\0';
    const auto* known = std::find_if(std::begin(kShort), std::end(kShort),
                                     [&](const auto& one) { return one.first == mark; });
    if (i < text.size() && known != std::end(kShort)) {
      bytes += known->second;
    } else if (mark == 'x' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 &&
               digit_of(text[i + 2]) >= 0) {
      bytes += static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
      i += 2;
    } else {
      return fail(Fault::invalid, "has a backslash without r, n, t, 0, \\ or xHH after it");
    }
  }
  return bytes;
}

std::string complain_regex(std::string_view text) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  const RE2 expression(re2::StringPiece(text.data(), text.size()), options);
  return expression.ok() ? "" : "is no regular expression (RE2): " + expression.error();
}

std::string complain_status_range(std::string_view text) {
  return parse_status_range(text) ? "" : "must be a status of 100 to 599, or a range like 200-299";
}

std::string complain_header_value(std::string_view text) {
  const bool clean = text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
  return clean ? "" : "has a line break";
}

std::string complain_host_name(std::string_view text) {
  return is_hostname(text) ? "" : "is not a host name";
}

std::string complain_http_url(std::string_view text) {
  constexpr std::string_view kComplaint =
      "must be a URL of http or https, without user and password";
  const auto scheme = text.find("://");
  const std::string name = to_lower(text.substr(0, scheme));
  const bool blank =
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
  if (scheme == std::string_view::npos || (name != "http" && name != "https") || blank) {
    return std::string(kComplaint);
  }
  auto authority = text.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (is_host(authority) || parse_host_port(authority)) return {};
  const auto complaint = complain_port(authority);
  return complaint.empty() ? std::string(kComplaint) : complaint;
}

std::string complain_server(std::string_view text) {
  if (is_host(text) || parse_host_port(text)) return {};
  const auto complaint = complain_port(text);
  return complaint.empty() ? "must be a host or host:port" : complaint;
}

std::string complain_script_name(std::string_view text) {
  return is_script_name(text) ? "" : "must be a file name of letters, digits and . _ + -";
}

std::string complain_nul(std::string_view text) {
  return text.find('\0') == std::string_view::npos ? "" : "has a NUL";
}

std::string complain_escapes(std::string_view text) {
  const auto bytes = parse_escapes(text);
  return bytes ? "" : bytes.error().text;
}

std::string complain_hex(std::string_view text) {
  const bool hex =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
  return hex && text.size() % 2 == 0 ? "" : "must be pairs of hex digits";
}

std::string complain_metric(std::string_view text) {
  const bool digit = !text.empty() && text.front() >= '0' && text.front() <= '9';
  return !digit && is_name(text, "_:") ? "" : "must be of letters, digits, _ and :";
}

std::string complain_cron(std::string_view text) {
  const auto cron = Cron::parse(text);
  return cron ? "" : "is no cron expression: " + cron.error().text;
}

std::string complain_time_zone(std::string_view text) {
  return is_time_zone(std::string(text)) ? "" : "is not a time zone";
}

std::string complain_json_path(std::string_view text) {
  const auto path = JsonPath::parse(text);
  return path ? "" : path.error().text;
}

std::string complain_uuid(std::string_view text) { return Uuid::parse(text) ? "" : "is not an id"; }

}  // namespace monitron::domain
