// Check definitions from and to JSON.

#include "api/checks.hpp"
#include "base/text.hpp"
#include "domain/check.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

const std::vector<std::string> kKinds = {"http", "tcp", "icmp", "tls", "script"};
const std::vector<std::string> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                           "PATCH", "DELETE", "OPTIONS"};

bool is_host(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return is_ip_address(host.substr(1, host.size() - 2));
  }
  return is_hostname(host) || is_ip_address(host);
}

bool is_port(std::string_view text) {
  const auto port = parse_number<int>(text);
  return port && *port > 0 && *port < 65536;
}

bool is_host_and_port(std::string_view target) {
  const auto colon = target.rfind(':');
  return colon != std::string_view::npos && is_host(target.substr(0, colon)) &&
         is_port(target.substr(colon + 1));
}

bool is_word(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

bool is_http_url(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (to_lower(url.substr(0, scheme.size())) != scheme) continue;
    auto authority = url.substr(scheme.size());
    authority = authority.substr(0, authority.find_first_of("/?#"));
    // A name and password in the URL would be shown to every reader of the check.
    if (!is_word(url) || authority.find('@') != std::string_view::npos) return false;
    return is_host(authority) || is_host_and_port(authority);
  }
  return false;
}

void check_target(Fields& fields, const store::Check& check) {
  if (check.target.empty()) return;
  if (check.kind == "http" && !is_http_url(check.target)) {
    fields.refuse("target", "invalid", "must be a URL of http or https, without user and password");
  }
  if ((check.kind == "tcp" || check.kind == "tls") && !is_host_and_port(check.target)) {
    fields.refuse("target", "invalid", "must look like host:port");
  }
  if (check.kind == "icmp" && !is_host(check.target)) {
    fields.refuse("target", "invalid", "must be a host name or an IP address");
  }
  if (check.kind == "script" && !is_word(check.target)) {
    fields.refuse("target", "invalid", "must not contain blanks or control characters");
  }
}

// "200", "200-299".
bool is_status_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = parse_number<int>(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : parse_number<int>(text.substr(dash + 1));
  return low && high && *low >= 100 && *high <= 599 && *low <= *high;
}

Json http_settings(Fields& fields) {
  auto statuses = fields.texts("expected_status", 50, 7);
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    if (!is_status_range(statuses[i])) {
      fields.refuse("expected_status[" + std::to_string(i) + "]", "invalid",
                    "must look like 200 or 200-299");
    }
  }
  if (statuses.empty()) statuses = {"200-299"};
  const auto headers = fields.labels("headers");
  for (const auto& [name, value] : headers) {
    const auto line = name + value;
    if (line.find_first_of("\r\n") != std::string::npos || name.find(':') != std::string::npos) {
      fields.refuse("headers." + name, "invalid", "is not a header");
    }
  }
  return {{"method", fields.choice("method", kMethods, "GET")},
          {"headers", headers},
          {"body", fields.text("body", {.max = 64u << 10, .lines = true})},
          {"expected_status", statuses},
          {"body_contains", fields.text("body_contains", {.max = 1024, .lines = true})},
          {"body_not_contains", fields.text("body_not_contains", {.max = 1024, .lines = true})},
          {"follow_redirects", fields.boolean("follow_redirects", true)},
          {"max_redirects", fields.integer("max_redirects", 0, 20, 5)},
          {"verify_tls", fields.boolean("verify_tls", true)}};
}

Json tls_settings(Fields& fields, const Json& given) {
  std::vector<int> days;
  const auto found = given.find("warning_days");
  fields.ignore({"warning_days"});
  if (found == given.end() || found->is_null()) {
    days = {30, 14, 7, 1};
  } else if (!found->is_array() || found->size() > 20) {
    fields.refuse("warning_days", "invalid", "must be a list of at most 20 whole numbers");
  } else {
    for (const auto& day : *found) {
      if (day.is_number_integer() && day.get<double>() >= 0 && day.get<double>() <= 3650) {
        days.push_back(day.get<int>());
      } else {
        fields.refuse("warning_days", "invalid", "must hold whole numbers from 0 to 3650");
      }
    }
  }
  const auto name = fields.text("server_name", {.max = 253});
  if (!name.empty() && !is_hostname(name))
    fields.refuse("server_name", "invalid", "is not a host name");
  return {{"warning_days", days}, {"server_name", name}};
}

Json script_settings(Fields& fields) {
  const auto command = fields.text("command", {.min = 1, .max = 255, .required = true});
  if (!command.empty() && !domain::is_script_name(command)) {
    fields.refuse("command", "invalid",
                  "must be a file name of letters, digits and . _ + -, without a path");
  }
  const auto arguments =
      fields.texts("arguments", domain::kScriptArguments, domain::kScriptArgumentBytes);
  std::size_t bytes = 0;
  for (const auto& argument : arguments) bytes += argument.size();
  if (bytes > domain::kScriptArgumentBytes) {
    fields.refuse("arguments", "too_long", "must have at most 8192 bytes together");
  }
  return {{"command", command}, {"arguments", arguments}};
}

Json kind_settings(const std::string& kind, const Json& given,
                   std::vector<http::FieldError>& errors) {
  Fields fields(given, errors, "settings." + kind + ".");
  Json settings = Json::object();
  if (kind == "http") settings = http_settings(fields);
  if (kind == "tls") settings = tls_settings(fields, given);
  if (kind == "script") settings = script_settings(fields);
  if (kind == "icmp") {
    settings = {{"count", fields.integer("count", 1, 20, 5)},
                {"size", fields.integer("size", 8, 1400, 56)},
                {"interval_ms", fields.integer("interval_ms", 10, 5000, 200)}};
  }
  fields.finish();
  return settings;
}

}  // namespace

const std::vector<std::string>& check_kinds() { return kKinds; }

store::Check read_check(Fields& fields) {
  store::Check check;
  check.kind = fields.choice("kind", kKinds, "");
  check.target = fields.text("target", {.min = 1, .max = 2048, .required = true});
  check.name = fields.text("name", {.min = 1, .max = 200}, check.target.substr(0, 200));
  check.instance_id = fields.uuid("instance_id");
  check.interval_seconds = fields.integer("interval_seconds", 1, 86'400, 60);
  check.timeout_seconds =
      fields.integer("timeout_seconds", 1, 300, std::min(10, check.interval_seconds));
  if (check.timeout_seconds > check.interval_seconds) {
    fields.refuse("timeout_seconds", "out_of_range",
                  "must not be longer than the interval of " +
                      std::to_string(check.interval_seconds) + " seconds");
  }
  check.location = fields.text("location", {.min = 1, .max = 60}, "default");
  check.enabled = fields.boolean("enabled", true);
  check.labels = fields.labels("labels");
  check.failures_before_down = fields.integer("failures_before_down", 1, 100, 3);
  check.successes_before_up = fields.integer("successes_before_up", 1, 100, 2);
  const auto settings = fields.object("settings");
  std::vector<http::FieldError> errors;
  for (const auto& [kind, value] : settings.items()) {
    if (kind != check.kind) {
      fields.refuse("settings." + kind.substr(0, 100), "unknown", "is not of this kind of check");
    }
  }
  const auto own = settings.find(check.kind);
  if (own != settings.end() && !own->is_null() && !own->is_object()) {
    fields.refuse("settings." + check.kind, "invalid", "must be an object");
  }
  const auto complete = kind_settings(
      check.kind, own != settings.end() && own->is_object() ? *own : Json::object(), errors);
  for (auto& error : errors) fields.refuse(error.field, error.code, error.message);
  check.settings =
      Json{{check.kind, complete}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  fields.ignore({"status", "status_since", "last_result"});
  check_target(fields, check);
  const bool plain = std::all_of(check.location.begin(), check.location.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!plain) fields.refuse("location", "invalid", "must be of a-z, 0-9 and -");
  return check;
}

Json check_writable(const store::Check& check) {
  return {{"name", check.name},
          {"instance_id", check.instance_id ? Json(check.instance_id->str()) : Json(nullptr)},
          {"kind", check.kind},
          {"target", check.target},
          {"interval_seconds", check.interval_seconds},
          {"timeout_seconds", check.timeout_seconds},
          {"location", check.location},
          {"enabled", check.enabled},
          {"labels", check.labels},
          {"failures_before_down", check.failures_before_down},
          {"successes_before_up", check.successes_before_up},
          {"settings", Json::parse(check.settings, nullptr, false)}};
}

}  // namespace monitron::api
