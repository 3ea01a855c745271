#include "api/maintenance.hpp"

#include "api/people.hpp"
#include "api/resource.hpp"
#include "domain/cron.hpp"
#include "store/maintenance_windows.hpp"
#include "store/watched_labels.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using store::MaintenanceWindow;

constexpr std::size_t kNext = 5;
constexpr int kLongest = 31 * 86'400;

std::vector<domain::MaintenanceWindow> told(const std::vector<MaintenanceWindow>& windows) {
  return {windows.begin(), windows.end()};
}

void read_labels(Fields& fields, MaintenanceWindow& window) {
  window.everything = fields.boolean("everything", false);
  window.selector = fields.labels("selector");
  if (window.everything && !window.selector.empty()) {
    fields.refuse("selector", "invalid", "names labels, and `everything` is true: choose one");
  } else if (!window.everything && window.selector.empty()) {
    fields.refuse("selector", "required",
                  "must name a label, or `everything` must be true for all alerts");
  }
}

void read_once(Fields& fields, Instant now, MaintenanceWindow& window) {
  if (!fields.has("ends_at")) {
    fields.refuse("ends_at", "required", "is missing; or give a `recurrence`");
  }
  const auto from = fields.time("starts_at").value_or(now);
  const auto to = fields.time("ends_at").value_or(from);
  if (fields.has("ends_at") && to <= from) {
    fields.refuse("ends_at", "invalid", "must be after starts_at");
  }
  window.once = {from, to};
}

void read_recurrence(Fields& fields, MaintenanceWindow& window) {
  for (const char* name : {"starts_at", "ends_at"}) {
    if (fields.has(name)) fields.refuse(name, "invalid", "is of windows without a recurrence");
  }
  fields.ignore({"starts_at", "ends_at"});
  const auto object = fields.object("recurrence");
  std::vector<http::FieldError> errors;
  Fields inner(object, errors, "recurrence.");
  domain::Recurrence again;
  again.rrule = inner.text("rrule", {.min = 1, .max = 1000, .required = true});
  again.start = inner.text("start", {.min = 1, .max = 30, .required = true});
  again.duration = std::chrono::seconds(inner.integer("duration_seconds", 60, kLongest, {}));
  again.time_zone = inner.text("time_zone", {.min = 1, .max = 100}, "UTC");
  inner.finish();
  const bool complete = errors.empty();
  if (complete && !domain::is_time_zone(again.time_zone)) {
    inner.refuse("time_zone", "invalid", "is not a time zone like Europe/Berlin");
  }
  const auto start = domain::parse_clock_time(again.start);
  if (complete && !start) inner.refuse("start", "invalid", start.error().text);
  if (errors.empty()) {
    const auto rule = domain::RRule::parse(again.rrule, again.start, again.time_zone);
    if (!rule) inner.refuse("rrule", "invalid", rule.error().text);
  }
  for (auto& error : errors) fields.refuse(error.field, error.code, error.message);
  window.recurrence = again;
}

void read_times(Fields& fields, Instant now, MaintenanceWindow& window) {
  if (fields.has("recurrence")) {
    read_recurrence(fields, window);
  } else {
    fields.ignore({"recurrence"});
    read_once(fields, now, window);
  }
}

MaintenanceWindow read(Fields& fields, Instant now) {
  MaintenanceWindow window;
  window.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  window.description = fields.text("description", {.max = 4096, .lines = true});
  read_labels(fields, window);
  read_times(fields, now, window);
  window.counts_in_sla = fields.boolean("counts_in_sla", true);
  fields.ignore({"active", "active_until", "next", "created_by"});
  return window;
}

Json writable(const MaintenanceWindow& window) {
  Json json = {{"name", window.name},         {"description", window.description},
               {"selector", window.selector}, {"everything", window.everything},
               {"starts_at", nullptr},        {"ends_at", nullptr},
               {"recurrence", nullptr},       {"counts_in_sla", window.counts_in_sla}};
  if (window.once) {
    json["starts_at"] = to_rfc3339(window.once->from);
    json["ends_at"] = to_rfc3339(window.once->to);
  }
  if (const auto& again = window.recurrence) {
    json["recurrence"] = {{"rrule", again->rrule},
                          {"start", again->start},
                          {"duration_seconds", again->duration.count()},
                          {"time_zone", again->time_zone}};
  }
  return json;
}

// What has ended already holds nothing back: somebody has mistyped a year. What became of the SLA
// may be said afterwards, and one that is there may be ended.
MaintenanceWindow read_new(Fields& fields, Instant now) {
  auto window = read(fields, now);
  if (!fields.sound()) return window;  // its times may be no times
  const auto times = domain::MaintenanceTimes::of(window);
  if (!times || !window.counts_in_sla || times->at(now) || !times->next(now, 1).empty()) {
    return window;
  }
  fields.refuse(window.recurrence ? "recurrence" : "ends_at", "invalid",
                "has ended; only what does not count in the SLA may lie in the past");
  return window;
}

// When it is: now, and next.
Json times_json(const MaintenanceWindow& window, Instant now) {
  std::optional<domain::TimeSpan> active;
  Json next = Json::array();
  if (const auto times = domain::MaintenanceTimes::of(window)) {
    active = times->at(now);
    for (const auto& span : times->next(now, kNext)) {
      next.push_back({{"starts_at", to_rfc3339(span.from)}, {"ends_at", to_rfc3339(span.to)}});
    }
  }
  return {{"active", active.has_value()},
          {"active_until", active ? Json(to_rfc3339(active->to)) : Json(nullptr)},
          {"next", std::move(next)}};
}

Json show(const MaintenanceWindow& window, Instant now) {
  Json json = {{"id", window.id.str()}};
  json.update(writable(window));
  json.update(times_json(window, now));
  json["created_by"] = window.created_by;
  json["version"] = window.version;
  json["created_at"] = to_rfc3339(window.created_at);
  json["updated_at"] = to_rfc3339(window.updated_at);
  return json;
}

// What is active is found out here, not by the database.
std::vector<Uuid> active_windows(pqxx::work& tx, Instant now) {
  std::vector<Uuid> ids;
  for (const auto& window : store::maintenance_windows(tx)) {
    const auto times = domain::MaintenanceTimes::of(window);
    if (times && times->at(now)) ids.push_back(window.id);
  }
  return ids;
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = page_query(request, store::maintenance_window_listing(), {"active"});
  if (!query) return tl::unexpected(query.error());
  const auto active = choice_query(request, "active", {"true"});
  if (!active) return tl::unexpected(active.error());
  const auto now = context.clock.now();
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto ids = active->empty() ? std::optional<std::vector<Uuid>>() : active_windows(tx, now);
    const auto page = store::list_maintenance_windows(tx, *query, ids);
    return page_answer(request, page, [&](const auto& window) { return show(window, now); });
  });
}

// When a window would be, while it is being typed: what else there is of it may be missing, or
// wrong.
Outcome<http::Response> preview(const http::Request& request, Instant now) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  MaintenanceWindow window;
  read_times(fields, now, window);
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return json_answer(200, times_json(window, now));
}

}  // namespace

MaintenanceNow::MaintenanceNow(pqxx::work& tx, Instant now)
    : plan_(told(store::maintenance_windows(tx))), active_(plan_.active(now)) {}

void MaintenanceNow::know_hosts(pqxx::work& tx, const std::vector<store::Check>& checks) {
  if (active_.empty()) return;
  std::vector<Uuid> ids;
  for (const auto& check : checks) {
    if (check.instance_id) ids.push_back(*check.instance_id);
  }
  hosts_ = store::hosts_of(tx, ids);
}

Json MaintenanceNow::over(const domain::LabelSet& labels) const {
  const auto* active = domain::MaintenancePlan::over(active_, labels);
  if (active == nullptr) return nullptr;
  return {{"id", active->window->id.str()},
          {"name", active->window->name},
          {"until", to_rfc3339(active->until)}};
}

bool MaintenanceNow::covers(const domain::LabelSet& labels) const {
  return domain::MaintenancePlan::over(active_, labels) != nullptr;
}

Json MaintenanceNow::of(const store::Check& check) const {
  if (active_.empty()) return nullptr;
  const auto host = hosts_.find(check.instance_id.value_or(Uuid{}));
  return over(
      store::labels_of(check, host == hosts_.end() ? std::nullopt : std::optional(host->second)));
}

Json MaintenanceNow::of(const store::Instance& instance) const {
  return active_.empty() ? Json(nullptr) : over(store::labels_of(instance));
}

void add_maintenance_routes(http::Router& router, Context& context) {
  Resource<MaintenanceWindow> resource;
  resource.name = "maintenance_window";
  resource.path = "/api/v1/maintenance-windows";
  resource.reading = "maintenance:read";
  resource.writing = "maintenance:write";
  resource.read = [&context](Fields& fields) { return read_new(fields, context.clock.now()); };
  resource.read_changed = [&context](Fields& fields, const MaintenanceWindow&) {
    return read(fields, context.clock.now());
  };
  resource.writable = writable;
  resource.show = [&context](pqxx::work&, const MaintenanceWindow& window) {
    return show(window, context.clock.now());
  };
  resource.claim = [](pqxx::work& tx, const http::Caller& caller, MaintenanceWindow& window) {
    window.created_by = actor_of(tx, caller).name;
  };
  resource.find = store::find_maintenance_window;
  resource.insert = store::insert_maintenance_window;
  resource.update = store::update_maintenance_window;
  resource.remove = store::delete_maintenance_window;
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, resource.reading,
        [&context](const auto& request) { return list(context, request); });
  mount(router, http::Method::post, resource.path + "/preview", "maintenance:read",
        [&context](const auto& request) { return preview(request, context.clock.now()); });
}

}  // namespace monitron::api
