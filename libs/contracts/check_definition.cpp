#include "contracts/check_definition.hpp"

#include <cmath>

namespace monitron::contracts {

using domain::CheckDefinition;
using domain::CheckKind;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

double seconds_of(milliseconds time) { return static_cast<double>(time.count()) / 1000.0; }

void read_http(Members& members, domain::HttpSettings& http) {
  http.method = members.text("method", http.method);
  http.headers = members.texts_by_name("headers");
  http.body = members.text("body");
  http.expected_status = members.texts("expected_status", http.expected_status);
  http.body_contains = members.text("body_contains");
  http.body_not_contains = members.text("body_not_contains");
  http.follow_redirects = members.boolean("follow_redirects", http.follow_redirects);
  http.max_redirects =
      static_cast<int>(members.integer("max_redirects", http.max_redirects, 0, 1000));
  http.verify_tls = members.boolean("verify_tls", http.verify_tls);
}

void read_icmp(Members& members, domain::IcmpSettings& icmp) {
  icmp.count = static_cast<int>(members.integer("count", icmp.count, 0, 10'000));
  icmp.size = static_cast<int>(members.integer("size", icmp.size, 0, 65'535));
  icmp.interval = milliseconds(members.integer("interval_ms", icmp.interval.count(), 0, 3'600'000));
}

void read_tls(Members& members, domain::TlsSettings& tls) {
  tls.warning_days = members.integers("warning_days", tls.warning_days);
  tls.server_name = members.text("server_name");
}

void read_script(Members& members, domain::ScriptSettings& script) {
  script.command = members.text("command");
  script.arguments = members.texts("arguments", {});
}

}  // namespace

json check_settings_to_json(const CheckDefinition& check) {
  json settings = json::object();
  if (check.kind == CheckKind::http) {
    const auto& http = check.http;
    settings["http"] = {{"method", http.method},
                        {"headers", http.headers},
                        {"body", http.body},
                        {"expected_status", http.expected_status},
                        {"body_contains", http.body_contains},
                        {"body_not_contains", http.body_not_contains},
                        {"follow_redirects", http.follow_redirects},
                        {"max_redirects", http.max_redirects},
                        {"verify_tls", http.verify_tls}};
  } else if (check.kind == CheckKind::icmp) {
    settings["icmp"] = {{"count", check.icmp.count},
                        {"size", check.icmp.size},
                        {"interval_ms", check.icmp.interval.count()}};
  } else if (check.kind == CheckKind::tls) {
    settings["tls"] = {{"warning_days", check.tls.warning_days},
                       {"server_name", check.tls.server_name}};
  } else if (check.kind == CheckKind::script) {
    settings["script"] = {{"command", check.script.command}, {"arguments", check.script.arguments}};
  } else {
    settings["tcp"] = json::object();
  }
  return settings;
}

json check_to_json(const CheckDefinition& check) {
  json body = {{"id", check.id.str()},
               {"name", check.name},
               {"kind", to_string(check.kind)},
               {"target", check.target},
               {"interval_seconds", check.interval.count()},
               {"timeout_seconds", seconds_of(check.timeout)},
               {"location", check.location},
               {"enabled", check.enabled},
               {"labels", check.labels},
               {"failures_before_down", check.failures_before_down},
               {"successes_before_up", check.successes_before_up},
               {"settings", check_settings_to_json(check)}};
  if (check.instance_id) body["instance_id"] = check.instance_id->str();
  return body;
}

Result<void> read_check_settings(const json& settings, CheckDefinition& check) {
  const std::string kind(to_string(check.kind));
  Members outer(settings, "settings.");
  Members members(outer.object(kind.c_str()), "settings." + kind + ".");
  if (check.kind == CheckKind::http) read_http(members, check.http);
  if (check.kind == CheckKind::icmp) read_icmp(members, check.icmp);
  if (check.kind == CheckKind::tls) read_tls(members, check.tls);
  if (check.kind == CheckKind::script) read_script(members, check.script);
  if (const auto outside = outer.finish(true); !outside) return fail(outside.error());
  if (const auto inside = members.finish(true); !inside) return fail(inside.error());
  return {};
}

Result<CheckDefinition> check_from_json(const json& body, const std::string& path) {
  Members members(body, path);
  CheckDefinition check;
  check.id = CheckId{members.required_uuid("id")};
  check.name = members.text("name");
  if (const auto instance = members.uuid("instance_id")) check.instance_id = InstanceId{*instance};
  const auto kind = domain::parse_check_kind(members.text("kind"));
  if (!kind) members.refuse("kind", "is not http, tcp, icmp, tls or script");
  check.kind = kind.value_or(CheckKind::http);
  check.target = members.text("target");
  check.interval = std::chrono::seconds(members.integer("interval_seconds", 60, 1, 86'400));
  const double timeout = members.number("timeout_seconds", 10);
  if (!(timeout > 0 && timeout <= 300)) members.refuse("timeout_seconds", "is out of range");
  check.timeout = milliseconds(timeout > 0 && timeout <= 300 ? std::llround(timeout * 1000) : 1);
  check.location = members.text("location", "default");
  check.enabled = members.boolean("enabled", true);
  check.labels = members.texts_by_name("labels");
  check.failures_before_down =
      static_cast<int>(members.integer("failures_before_down", 3, 1, 1000));
  check.successes_before_up = static_cast<int>(members.integer("successes_before_up", 2, 1, 1000));
  if (const auto read = read_check_settings(members.object("settings"), check); !read) {
    return fail(read.error().in(path.empty() ? "check" : path));
  }
  return members.finish(std::move(check));
}

}  // namespace monitron::contracts
