#include "domain/check.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace monitron::domain {

namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<CheckKind, 5> kKinds{{{CheckKind::http, "http"},
                                      {CheckKind::tcp, "tcp"},
                                      {CheckKind::icmp, "icmp"},
                                      {CheckKind::tls, "tls"},
                                      {CheckKind::script, "script"}}};
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

bool has_control_or_space(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

class Problems {
 public:
  void expect(bool good, std::string field, std::string message) {
    if (!good) list_.push_back({std::move(field), std::move(message)});
  }
  std::vector<CheckProblem> take() { return std::move(list_); }

 private:
  std::vector<CheckProblem> list_;
};

void look_at_target(const CheckDefinition& check, Problems& problems) {
  const std::string& target = check.target;
  problems.expect(!target.empty() && target.size() <= 2048, "target", "must have 1 to 2048 bytes");
  problems.expect(!has_control_or_space(target), "target", "has a blank or control character");
  if (check.kind == CheckKind::http) {
    const bool web = target.starts_with("http://") || target.starts_with("https://");
    problems.expect(web, "target", "must be an http:// or https:// URL");
  } else if (check.kind == CheckKind::icmp) {
    const bool bare = target.find('/') == std::string::npos && target.size() <= 255;
    problems.expect(bare, "target", "must be a host name or address");
  } else if (check.kind != CheckKind::script) {
    problems.expect(parse_host_port(target).has_value(), "target", "must be host:port");
  }
}

void look_at_http(const HttpSettings& http, Problems& problems) {
  problems.expect(is_token(http.method) && http.method.size() <= 20, "settings.http.method",
                  "is not an HTTP method");
  std::size_t bytes = 0;
  for (const auto& [name, value] : http.headers) {
    bytes += name.size() + value.size();
    problems.expect(is_token(name), "settings.http.headers", "has a bad header name");
    const bool clean = value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
    problems.expect(clean, "settings.http.headers." + name, "has a line break");
  }
  problems.expect(http.headers.size() <= 50 && bytes <= 16'384, "settings.http.headers",
                  "must be at most 50 of 16 KiB together");
  problems.expect(http.body.size() <= 65'536, "settings.http.body", "must be at most 64 KiB");
  problems.expect(!http.expected_status.empty() && http.expected_status.size() <= 50,
                  "settings.http.expected_status", "must name 1 to 50 codes or ranges");
  for (std::size_t i = 0; i < http.expected_status.size(); ++i) {
    problems.expect(parse_status_range(http.expected_status[i]).has_value(),
                    "settings.http.expected_status[" + std::to_string(i) + "]",
                    "must be like 200 or 200-299");
  }
  problems.expect(http.body_contains.size() <= 1024, "settings.http.body_contains",
                  "must be at most 1024 bytes");
  problems.expect(http.body_not_contains.size() <= 1024, "settings.http.body_not_contains",
                  "must be at most 1024 bytes");
  problems.expect(http.max_redirects >= 0 && http.max_redirects <= 20,
                  "settings.http.max_redirects", "must be 0 to 20");
}

void look_at_icmp(const CheckDefinition& check, Problems& problems) {
  const IcmpSettings& icmp = check.icmp;
  problems.expect(icmp.count >= 1 && icmp.count <= 100, "settings.icmp.count", "must be 1 to 100");
  problems.expect(icmp.size >= 16 && icmp.size <= 1472, "settings.icmp.size", "must be 16 to 1472");
  problems.expect(icmp.interval >= std::chrono::milliseconds(10), "settings.icmp.interval_ms",
                  "must be at least 10");
  problems.expect(icmp.interval * (icmp.count - 1) < check.timeout, "settings.icmp.interval_ms",
                  "sends its last packet after the timeout");
}

void look_at_tls(const TlsSettings& tls, Problems& problems) {
  problems.expect(tls.warning_days.size() <= 20, "settings.tls.warning_days", "must be at most 20");
  for (const int days : tls.warning_days) {
    problems.expect(days >= 0 && days <= 3650, "settings.tls.warning_days", "must be 0 to 3650");
  }
  problems.expect(tls.server_name.size() <= 253 && !has_control_or_space(tls.server_name),
                  "settings.tls.server_name", "is not a host name");
}

void look_at_script(const ScriptSettings& script, Problems& problems) {
  problems.expect(is_script_name(script.command), "settings.script.command",
                  "must be a file name of letters, digits and . _ + -");
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < script.arguments.size(); ++i) {
    bytes += script.arguments[i].size();
    problems.expect(script.arguments[i].find('\0') == std::string::npos,
                    "settings.script.arguments[" + std::to_string(i) + "]", "has a NUL");
  }
  problems.expect(script.arguments.size() <= kScriptArguments && bytes <= kScriptArgumentBytes,
                  "settings.script.arguments", "must be at most 100 of 8 KiB together");
}

void look_at_timing(const CheckDefinition& check, Problems& problems) {
  const auto interval = check.interval.count();
  problems.expect(interval >= 1 && interval <= 86'400, "interval_seconds", "must be 1 to 86400");
  problems.expect(check.timeout >= std::chrono::milliseconds(10), "timeout_seconds",
                  "must be at least 0.01");
  problems.expect(check.timeout <= std::chrono::minutes(5), "timeout_seconds",
                  "must be at most 300");
  problems.expect(check.timeout <= check.interval, "timeout_seconds",
                  "must not be longer than the interval");
  problems.expect(check.failures_before_down >= 1 && check.failures_before_down <= 100,
                  "failures_before_down", "must be 1 to 100");
  problems.expect(check.successes_before_up >= 1 && check.successes_before_up <= 100,
                  "successes_before_up", "must be 1 to 100");
}

}  // namespace

std::string_view to_string(CheckKind kind) { return name_in(kKinds, kind); }
std::optional<CheckKind> parse_check_kind(std::string_view text) { return value_in(kKinds, text); }
std::string_view to_string(CheckStatus status) { return name_in(kStatuses, status); }
std::optional<CheckStatus> parse_check_status(std::string_view text) {
  return value_in(kStatuses, text);
}

std::vector<CheckProblem> problems_of(const CheckDefinition& check) {
  Problems problems;
  problems.expect(!check.name.empty() && check.name.size() <= 200, "name",
                  "must have 1 to 200 bytes");
  problems.expect(!check.location.empty() && check.location.size() <= 63, "location",
                  "must have 1 to 63 bytes");
  look_at_target(check, problems);
  look_at_timing(check, problems);
  if (check.kind == CheckKind::http) look_at_http(check.http, problems);
  if (check.kind == CheckKind::icmp) look_at_icmp(check, problems);
  if (check.kind == CheckKind::tls) look_at_tls(check.tls, problems);
  if (check.kind == CheckKind::script) look_at_script(check.script, problems);
  return problems.take();
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
