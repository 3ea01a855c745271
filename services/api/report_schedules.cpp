#include "store/report_schedules.hpp"

#include "api/reports.hpp"
#include "api/resource.hpp"
#include "base/text.hpp"
#include "store/time_zones.hpp"

namespace monitron::api {
namespace {

bool is_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return false;
  const auto hour = parse_number<int>(text.substr(0, 2));
  const auto minute = parse_number<int>(text.substr(3));
  return hour && minute && *hour >= 0 && *hour < 24 && *minute >= 0 && *minute < 60;
}

store::ReportSchedule read(Fields& fields) {
  store::ReportSchedule schedule;
  schedule.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  schedule.kind = fields.choice("kind", {"availability"}, "availability");
  schedule.format = fields.choice("format", {"pdf", "csv"}, "pdf");
  schedule.cadence = fields.choice("cadence", {"daily"}, "daily");
  schedule.at = fields.text("at", {.min = 1, .required = true});
  if (!schedule.at.empty() && !is_time_of_day(schedule.at)) {
    fields.refuse("at", "invalid", "must look like 07:30");
  }
  schedule.time_zone = fields.text("time_zone", {.min = 1, .max = 100}, "UTC");
  schedule.recipients = fields.texts("recipients", 50, 254);
  for (std::size_t i = 0; i < schedule.recipients.size(); ++i) {
    if (!is_email(schedule.recipients[i])) {
      fields.refuse("recipients[" + std::to_string(i) + "]", "invalid", "is not an e-mail address");
    }
  }
  schedule.filter = read_filter(fields);
  schedule.group_by = fields.text("group_by", {.max = 200});
  schedule.enabled = fields.boolean("enabled", true);
  fields.ignore({"next_run_at"});
  return schedule;
}

Json writable(const store::ReportSchedule& schedule) {
  return {{"name", schedule.name},
          {"kind", schedule.kind},
          {"format", schedule.format},
          {"cadence", schedule.cadence},
          {"at", schedule.at},
          {"time_zone", schedule.time_zone},
          {"recipients", schedule.recipients},
          {"filter", {{"labels", schedule.filter}}},
          {"group_by", schedule.group_by},
          {"enabled", schedule.enabled}};
}

Json show(pqxx::work& tx, const store::ReportSchedule& schedule) {
  Json json = {{"id", schedule.id.str()}};
  json.update(writable(schedule));
  json["next_run_at"] = schedule.enabled
                            ? time_or_null(store::next_daily(tx, schedule.at, schedule.time_zone))
                            : Json(nullptr);
  json["version"] = schedule.version;
  json["created_at"] = to_rfc3339(schedule.created_at);
  json["updated_at"] = to_rfc3339(schedule.updated_at);
  return json;
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = page_query(request, store::report_schedule_listing());
  if (!query) return tl::unexpected(query.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto page = store::list_report_schedules(tx, *query);
    return page_answer(request, page, [&](const auto& row) { return show(tx, row); });
  });
}

}  // namespace

store::Labels read_filter(Fields& fields) {
  const auto filter = fields.object("filter");
  std::vector<http::FieldError> errors;
  Fields inner(filter, errors, "filter.");
  auto labels = inner.labels("labels");
  inner.finish();
  for (auto& error : errors) fields.refuse(error.field, error.code, error.message);
  return labels;
}

void add_report_schedule_routes(http::Router& router, Context& context) {
  Resource<store::ReportSchedule> resource;
  resource.name = "report_schedule";
  resource.path = "/api/v1/report-schedules";
  resource.reading = "reports:read";
  resource.writing = "reports:write";
  resource.read = read;
  resource.writable = writable;
  resource.show = show;
  resource.verify = [](pqxx::work& tx, const store::ReportSchedule& schedule,
                       std::vector<http::FieldError>& errors) {
    if (!store::is_time_zone(tx, schedule.time_zone)) {
      errors.push_back({"time_zone", "invalid", "is not a time zone like Europe/Berlin"});
    }
  };
  resource.find = store::find_report_schedule;
  resource.insert = store::insert_report_schedule;
  resource.update = store::update_report_schedule;
  resource.remove = store::delete_report_schedule;
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, resource.reading,
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
