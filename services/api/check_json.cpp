// Check definitions from and to JSON.

#include "api/check_secrets.hpp"
#include "api/checks.hpp"
#include "base/text.hpp"
#include "contracts/check_definition.hpp"

namespace monitron::api {
namespace {

using domain::CheckDefinition;
using std::chrono::duration_cast;
using std::chrono::seconds;

int count_of(seconds time) { return static_cast<int>(time.count()); }

constexpr int kLongestInterval = 86'400;

// Its own, or one that is inherited: told by inherit_interval, and anything fits into it until
// then.
void read_interval(Fields& fields, CheckDefinition& check, store::Check& row) {
  row.interval_inherited = fields.boolean("interval_inherited", !fields.has("interval_seconds"));
  std::optional<int> otherwise;
  if (row.interval_inherited) otherwise = 0;
  row.interval_seconds = fields.integer("interval_seconds", 1, kLongestInterval, otherwise);
  check.interval = seconds(row.interval_inherited ? kLongestInterval : row.interval_seconds);
}

void read_timing(Fields& fields, CheckDefinition& check) {
  const auto& usual = domain::info_of(check.kind());
  const auto timeout = std::min<seconds>(duration_cast<seconds>(usual.timeout), check.interval);
  check.timeout = seconds(fields.integer("timeout_seconds", 1, 300, count_of(timeout)));
  const auto retry = usual.retry_interval < check.interval ? usual.retry_interval : seconds(0);
  check.retry_interval =
      seconds(fields.integer("retry_interval_seconds", 0, kLongestInterval, count_of(retry)));
  check.failures_before_down =
      fields.integer("failures_before_down", 1, 100, usual.failures_before_down);
  check.successes_before_up =
      fields.integer("successes_before_up", 1, 100, usual.successes_before_up);
  check.flap_detection = fields.boolean("flap_detection", true);
}

void read_locations(Fields& fields, CheckDefinition& check) {
  if (fields.has("locations")) check.locations = fields.texts("locations", 20, 60);
  fields.ignore({"locations"});
  check.quorum = fields.integer("quorum", 0, 20, 0);
}

// At most so many bytes, without half a letter at the end.
std::string beginning_of(const std::string& text, std::size_t bytes) {
  const auto goes_on = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80;
  };
  while (goes_on(bytes)) --bytes;
  return text.substr(0, bytes);
}

void refuse_all(Fields& fields, std::vector<domain::CheckProblem> problems) {
  for (auto& problem : problems) {
    fields.refuse(problem.field, std::move(problem.code), std::move(problem.message));
  }
}

store::Check row_of(store::Check row, const CheckDefinition& check, const std::string& target,
                    const nlohmann::json& settings) {
  row.name = check.name;
  if (check.instance_id) row.instance_id = check.instance_id->value;
  row.kind = check.type;
  row.target = target;
  row.timeout_seconds = static_cast<int>(check.timeout.count() / 1000);
  row.retry_interval_seconds = count_of(check.retry_interval);
  row.locations = check.locations;
  row.quorum = check.quorum;
  row.enabled = check.enabled;
  row.labels.insert(check.labels.begin(), check.labels.end());
  row.failures_before_down = check.failures_before_down;
  row.successes_before_up = check.successes_before_up;
  row.flap_detection = check.flap_detection;
  row.settings = settings.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return row;
}

}  // namespace

std::vector<std::string> check_kinds(const contracts::CheckTypes& types) {
  std::vector<std::string> names;
  for (const auto& info : domain::check_kinds()) names.emplace_back(info.name);
  for (const auto& [name, type] : types) names.push_back(name);
  return names;
}

store::Check read_check(Fields& fields, const contracts::CheckTypes& types) {
  CheckDefinition check;
  check.type = fields.choice("kind", check_kinds(types), "");
  const auto own = types.find(check.type);
  const auto* kind = contracts::kind_of(types, check.type);
  check.settings = domain::default_settings(kind ? kind->kind : domain::CheckKind::http);
  const auto target = check.target = fields.text("target", {.max = 2048});
  // Without a target that is complained about, not that it gives no name.
  const bool nameless =
      target.empty() && kind != nullptr && kind->target != domain::TargetForm::name;
  check.name = fields.text("name", {.min = 1, .max = 200},
                           nameless ? check.type : beginning_of(target, 200));
  if (const auto id = fields.uuid("instance_id")) check.instance_id = InstanceId{*id};
  check.enabled = fields.boolean("enabled", true);
  const auto labels = fields.labels("labels");
  check.labels.insert(labels.begin(), labels.end());
  store::Check row;
  read_interval(fields, check, row);
  read_timing(fields, check);
  read_locations(fields, check);
  fields.ignore({"ping_url", "status", "status_since", "flapping", "flapping_percent", "warning",
                 "last_result", "locations_state", "maintenance"});
  auto settings = nlohmann::json::parse(fields.object("settings").dump());
  if (kind == nullptr) return row_of(std::move(row), check, target, settings);
  refuse_all(fields, contracts::read_settings(types, settings, check));
  if (own == types.end()) {
    settings = contracts::check_settings_to_json(check);
  } else {
    const auto given = settings.find(check.type);
    const bool there = given != settings.end() && given->is_object();
    const auto parameters = there ? *given : nlohmann::json::object();
    settings = {{check.type, contracts::complete(own->second, parameters)}};
  }
  return row_of(std::move(row), check, target, settings);
}

Json check_writable(const store::Check& check) {
  auto settings = nlohmann::json::parse(check.settings, nullptr, false);
  return {
      {"name", check.name},
      {"instance_id", check.instance_id ? Json(check.instance_id->str()) : Json(nullptr)},
      {"kind", check.kind},
      {"target", check.target},
      {"interval_seconds", check.interval_inherited ? Json(nullptr) : Json(check.interval_seconds)},
      {"timeout_seconds", check.timeout_seconds},
      {"retry_interval_seconds", check.retry_interval_seconds},
      {"locations", check.locations},
      {"quorum", check.quorum},
      {"enabled", check.enabled},
      {"labels", check.labels},
      {"failures_before_down", check.failures_before_down},
      {"successes_before_up", check.successes_before_up},
      {"flap_detection", check.flap_detection},
      {"settings", Json::parse(masked(std::move(settings)).dump())}};
}

}  // namespace monitron::api
