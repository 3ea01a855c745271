#include "contracts/check_definition.hpp"

#include <cmath>

namespace monitron::contracts {

using domain::CheckDefinition;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

// Removes the members of objects that are equal, at any depth.
void leave_out_equal(json& body, const json& defaults) {
  for (auto member = body.begin(); member != body.end();) {
    const auto usual = defaults.find(member.key());
    if (usual == defaults.end()) {
      ++member;
      continue;
    }
    if (member->is_object() && usual->is_object()) leave_out_equal(*member, *usual);
    const bool nothing_left = member->is_object() && member->empty();
    member = nothing_left || *member == *usual ? body.erase(member) : std::next(member);
  }
}

// What is left out of a definition of this kind.
json usual_members(domain::CheckKind kind) {
  CheckDefinition usual;
  usual.settings = domain::default_settings(kind);
  usual.type = domain::to_string(kind);
  json body = check_to_json(usual);
  for (const char* always : {"name", "kind", "target"}) body.erase(always);
  return body;
}

}  // namespace

json check_to_json(const CheckDefinition& check) {
  json body = {{"id", check.id.str()},
               {"name", check.name},
               {"type", check.type},
               {"kind", to_string(check.kind())},
               {"target", check.target},
               {"interval_seconds", check.interval.count()},
               {"timeout_seconds", static_cast<double>(check.timeout.count()) / 1000.0},
               {"retry_interval_seconds", check.retry_interval.count()},
               {"locations", check.locations},
               {"quorum", check.quorum},
               {"enabled", check.enabled},
               {"labels", check.labels},
               {"failures_before_down", check.failures_before_down},
               {"successes_before_up", check.successes_before_up},
               {"flap_detection", check.flap_detection},
               {"settings", check_settings_to_json(check)}};
  if (check.instance_id) body["instance_id"] = check.instance_id->str();
  return body;
}

std::string members_text(const CheckDefinition& check) {
  static const auto usual = [] {
    std::vector<json> bodies;
    for (const auto& info : domain::check_kinds()) bodies.push_back(usual_members(info.kind));
    return bodies;
  }();
  json body = check_to_json(check);
  body.erase("id");
  leave_out_equal(body, usual[check.settings.index()]);
  // Definitions come from UTF-8-checked input; a broken byte would make dump() throw.
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<CheckDefinition> check_from_json(const json& body, const std::string& path) {
  Members members(body, path);
  CheckDefinition check;
  check.id = CheckId{members.required_uuid("id")};
  check.name = members.text("name");
  if (const auto instance = members.uuid("instance_id")) check.instance_id = InstanceId{*instance};
  const std::string kind_name = members.text("kind");
  const auto kind = domain::parse_check_kind(kind_name);
  if (!kind) members.refuse("kind", "is not a kind of check");
  check.type = members.text("type", kind_name);
  check.target = members.text("target");
  check.interval = std::chrono::seconds(members.integer("interval_seconds", 60, 1, 86'400));
  const double timeout = members.number("timeout_seconds", 10);
  if (!(timeout > 0 && timeout <= 300))
    members.refuse("timeout_seconds", "must be more than 0 and at most 300");
  check.timeout = milliseconds(timeout > 0 && timeout <= 300 ? std::llround(timeout * 1000) : 1);
  check.retry_interval =
      std::chrono::seconds(members.integer("retry_interval_seconds", 0, 0, 86'400));
  check.locations = members.texts("locations", check.locations);
  check.quorum = static_cast<int>(members.integer("quorum", 0, 0, 1000));
  check.enabled = members.boolean("enabled", true);
  check.labels = members.texts_by_name("labels");
  check.failures_before_down =
      static_cast<int>(members.integer("failures_before_down", 3, 1, 1000));
  check.successes_before_up = static_cast<int>(members.integer("successes_before_up", 2, 1, 1000));
  check.flap_detection = members.boolean("flap_detection", true);
  const auto problems = read_check_settings(kind.value_or(domain::CheckKind::http),
                                            members.object("settings"), check.settings);
  for (const auto& problem : problems) {
    if (kind && problem.code != "unknown") members.refuse(problem.field, problem.message);
  }
  return members.finish(std::move(check));
}

}  // namespace monitron::contracts
