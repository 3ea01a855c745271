// Check definitions from and to JSON.

#include "api/checks.hpp"
#include "base/text.hpp"
#include "contracts/check_definition.hpp"

namespace monitron::api {
namespace {

using domain::CheckDefinition;
using std::chrono::seconds;

void read_timing(Fields& fields, CheckDefinition& check) {
  const auto& usual = domain::info_of(check.kind());
  const int interval =
      fields.integer("interval_seconds", 1, 86'400, static_cast<int>(usual.interval.count()));
  check.interval = seconds(interval);
  const auto timeout = std::min<std::int64_t>(usual.timeout.count() / 1000, interval);
  check.timeout = seconds(fields.integer("timeout_seconds", 1, 300, static_cast<int>(timeout)));
  check.retry_interval = seconds(fields.integer("retry_interval_seconds", 0, 86'400, 0));
  check.failures_before_down = fields.integer("failures_before_down", 1, 100, 3);
  check.successes_before_up = fields.integer("successes_before_up", 1, 100, 2);
}

void read_locations(Fields& fields, CheckDefinition& check) {
  if (fields.has("locations")) check.locations = fields.texts("locations", 20, 60);
  fields.ignore({"locations"});
  check.quorum = fields.integer("quorum", 0, 20, 0);
}

void refuse_all(Fields& fields, std::vector<domain::CheckProblem> problems) {
  for (auto& problem : problems) {
    fields.refuse(problem.field, std::move(problem.code), std::move(problem.message));
  }
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& info : domain::check_kinds()) names.emplace_back(info.name);
  return names;
}

store::Check row_of(const CheckDefinition& check) {
  store::Check row;
  row.name = check.name;
  if (check.instance_id) row.instance_id = check.instance_id->value;
  row.kind = check.type;
  row.target = check.target;
  row.interval_seconds = static_cast<int>(check.interval.count());
  row.timeout_seconds = static_cast<int>(check.timeout.count() / 1000);
  row.retry_interval_seconds = static_cast<int>(check.retry_interval.count());
  row.locations = check.locations;
  row.quorum = check.quorum;
  row.enabled = check.enabled;
  row.labels.insert(check.labels.begin(), check.labels.end());
  row.failures_before_down = check.failures_before_down;
  row.successes_before_up = check.successes_before_up;
  row.settings = contracts::check_settings_to_json(check).dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
  return row;
}

}  // namespace

const std::vector<std::string>& check_kinds() {
  static const auto names = kind_names();
  return names;
}

store::Check read_check(Fields& fields) {
  CheckDefinition check;
  check.type = fields.choice("kind", check_kinds(), "");
  const auto kind = domain::parse_check_kind(check.type);
  check.settings = domain::default_settings(kind.value_or(domain::CheckKind::http));
  check.target = fields.text("target", {.max = 2048});
  check.name = fields.text("name", {.min = 1, .max = 200}, check.target.substr(0, 200));
  if (const auto id = fields.uuid("instance_id")) check.instance_id = InstanceId{*id};
  check.enabled = fields.boolean("enabled", true);
  const auto labels = fields.labels("labels");
  check.labels.insert(labels.begin(), labels.end());
  read_timing(fields, check);
  read_locations(fields, check);
  fields.ignore({"status", "status_since", "last_result", "locations_state"});
  const auto settings = nlohmann::json::parse(fields.object("settings").dump());
  if (!kind) return row_of(check);
  auto problems = contracts::read_check_settings(*kind, settings, check.settings);
  const bool readable = problems.empty();
  refuse_all(fields, std::move(problems));
  if (readable) refuse_all(fields, domain::problems_of(check));
  return row_of(check);
}

Json check_writable(const store::Check& check) {
  return {{"name", check.name},
          {"instance_id", check.instance_id ? Json(check.instance_id->str()) : Json(nullptr)},
          {"kind", check.kind},
          {"target", check.target},
          {"interval_seconds", check.interval_seconds},
          {"timeout_seconds", check.timeout_seconds},
          {"retry_interval_seconds", check.retry_interval_seconds},
          {"locations", check.locations},
          {"quorum", check.quorum},
          {"enabled", check.enabled},
          {"labels", check.labels},
          {"failures_before_down", check.failures_before_down},
          {"successes_before_up", check.successes_before_up},
          {"settings", Json::parse(check.settings, nullptr, false)}};
}

}  // namespace monitron::api
