#include "api/drills.hpp"

#include "api/explanation.hpp"
#include "api/people.hpp"
#include "api/resource.hpp"
#include "domain/cron.hpp"
#include "store/drills.hpp"

namespace monitron::api {
namespace {

using std::chrono::seconds;
using store::DrillReport;
using store::DrillSchedule;

constexpr std::chrono::minutes kShortestPause{10};
constexpr int kTimesLookedAt = 50;

const char* state_of(const DrillReport& drill) {
  if (drill.waits) return "waiting";
  if (drill.state.verdict) return "ended";
  return drill.state.fires() ? "firing" : "ending";
}

Json seconds_to_tell(const domain::DrillState& state) {
  if (!state.told_at) return nullptr;
  return std::chrono::duration<double>(*state.told_at - state.started_at).count();
}

Json show(const DrillReport& drill) {
  const auto& state = drill.state;
  auto notifications = Json::array();
  for (const auto& delivery : drill.deliveries) notifications.push_back(delivery_json(delivery));
  return {{"id", drill.id.str()},
          {"state", state_of(drill)},
          {"verdict", state.verdict ? Json(domain::to_string(*state.verdict)) : Json(nullptr)},
          {"detail", state.detail},
          {"requested_by", drill.due_at ? Json(nullptr) : Json(drill.requested_by)},
          {"due_at", time_or_null(drill.due_at)},
          {"started_at", to_rfc3339(state.started_at)},
          {"decided_at", time_or_null(drill.decided_at)},
          {"told_at", time_or_null(state.told_at)},
          {"resolved_at", time_or_null(drill.resolved_at)},
          {"ended_at", time_or_null(state.ended_at)},
          {"seconds_to_tell", seconds_to_tell(state)},
          {"target_seconds", state.times.target.count()},
          {"deadline_seconds", state.times.deadline.count()},
          {"incident_id", id_or_null(drill.incident_id)},
          {"notifications", std::move(notifications)}};
}

Json writable(const DrillSchedule& schedule) {
  return {{"cron", schedule.cron},
          {"time_zone", schedule.time_zone},
          {"enabled", schedule.enabled},
          {"target_seconds", schedule.times.target.count()},
          {"deadline_seconds", schedule.times.deadline.count()}};
}

Json show(const DrillSchedule& schedule, Instant now) {
  auto json = writable(schedule);
  const auto cron = domain::Cron::parse(schedule.cron);
  json["next_at"] =
      cron && schedule.enabled ? time_or_null(cron->next(now, schedule.time_zone)) : Json(nullptr);
  json["version"] = schedule.version;
  json["updated_at"] = to_rfc3339(schedule.updated_at);
  return json;
}

// Each drill takes its time, and an incident.
bool is_too_often(const domain::Cron& cron, const std::string& zone, Instant now) {
  auto before = cron.next(now, zone);
  for (int i = 0; before && i < kTimesLookedAt; ++i) {
    const auto next = cron.next(*before, zone);
    if (next && *next - *before < kShortestPause) return true;
    before = next;
  }
  return false;
}

DrillSchedule read_schedule(Fields& fields, Instant now) {
  DrillSchedule schedule;
  schedule.cron = fields.text("cron", {.min = 1, .max = 200, .required = true});
  schedule.time_zone = fields.text("time_zone", {.min = 1, .max = 100}, "UTC");
  schedule.enabled = fields.boolean("enabled", true);
  schedule.times.target = seconds(fields.integer("target_seconds", 1, 3600, 60));
  schedule.times.deadline = seconds(fields.integer("deadline_seconds", 10, 7200, 600));
  fields.ignore({"next_at", "version", "updated_at"});
  if (schedule.times.deadline < schedule.times.target) {
    fields.refuse("deadline_seconds", "out_of_range", "must be at least target_seconds");
  }
  const bool zone = domain::is_time_zone(schedule.time_zone);
  if (!zone) fields.refuse("time_zone", "invalid", "is no time zone");
  if (schedule.cron.empty()) return schedule;
  const auto cron = domain::Cron::parse(schedule.cron);
  if (!cron) {
    fields.refuse("cron", "invalid", cron.error().text);
  } else if (zone && is_too_often(*cron, schedule.time_zone, now)) {
    fields.refuse("cron", "too_often", "is more often than every ten minutes");
  }
  return schedule;
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  return list_answer(context.database, request, store::drill_listing(), store::list_drills,
                     [](const DrillReport& drill) { return show(drill); });
}

Outcome<http::Response> get(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  const auto drill =
      in_transaction(context.database, [&](pqxx::work& tx) { return store::find_drill(tx, *id); });
  if (!drill) return tl::unexpected(drill.error());
  if (!*drill) return refuse(Fault::not_found, "nothing has this id");
  return json_answer(200, show(**drill));
}

Outcome<http::Response> run(Context& context, const http::Request& request) {
  if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto asked = store::request_drill(tx, actor_of(tx, request.caller).name);
    if (!asked) return refuse(Fault::conflict, "a drill is under way: there is one at a time");
    store::append_audit(tx, audit_entry(request, "drill.run", asked->id.str()));
    auto response = json_answer(202, show(*store::find_drill(tx, asked->id)));
    response.headers.emplace_back("Location", "/api/v1/drills/" + asked->id.str());
    return response;
  });
}

Outcome<http::Response> get_schedule(Context& context, const http::Request& request) {
  if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto schedule = store::drill_schedule(tx);
    return with_etag(json_answer(200, show(schedule, context.clock.now())), schedule.version);
  });
}

Outcome<http::Response> put_schedule(Context& context, const http::Request& request) {
  if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  auto wanted = read_schedule(fields, context.clock.now());
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto before = store::drill_schedule(tx);
    if (const auto match = check_if_match(request, before.version); !match) {
      return tl::unexpected(match.error());
    }
    wanted.version = before.version;
    const auto after = store::update_drill_schedule(tx, wanted);
    if (!after) return refuse(Fault::conflict, "somebody changed it at the same time");
    store::append_audit(tx,
                        audit_entry(request, "drill_schedule.update", "",
                                    {{"before", writable(before)}, {"after", writable(*after)}}));
    return with_etag(json_answer(200, show(*after, context.clock.now())), after->version);
  });
}

}  // namespace

void add_drill_routes(http::Router& router, Context& context) {
  using http::Method;
  const std::string path = "/api/v1/drills";
  const auto add = [&](Method method, const std::string& where, const char* permission, auto work) {
    mount(router, method, where, permission,
          [&context, work](const auto& request) { return work(context, request); });
  };
  add(Method::get, path, "drills:read", list);
  add(Method::post, path, "drills:run", run);
  add(Method::get, path + "/schedule", "drills:read", get_schedule);
  add(Method::put, path + "/schedule", "drills:write", put_schedule);
  add(Method::get, path + "/:id", "drills:read", get);
}

}  // namespace monitron::api
