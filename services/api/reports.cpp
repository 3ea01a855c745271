#include "api/reports.hpp"

#include "api/resource.hpp"
#include "contracts/report_requested.hpp"
#include "store/outbox.hpp"
#include "store/report_schedules.hpp"
#include "store/report_views.hpp"
#include "store/time_zones.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::hours kLongestRange{24 * 400};

Json show(const store::ReportView& report) {
  return {{"id", report.id.str()},
          {"kind", report.kind},
          {"format", report.format},
          {"state", report.state},
          {"from", to_rfc3339(report.from)},
          {"to", to_rfc3339(report.to)},
          {"time_zone", report.time_zone.empty() ? Json(nullptr) : Json(report.time_zone)},
          {"schedule_id", id_or_null(report.schedule_id)},
          {"created_at", to_rfc3339(report.created_at)},
          {"finished_at", time_or_null(report.finished_at)},
          {"size_bytes", report.size_bytes ? Json(*report.size_bytes) : Json(nullptr)},
          {"file_name", report.file_name.empty() ? Json(nullptr) : Json(report.file_name)},
          {"error", report.error.empty() ? Json(nullptr) : Json(report.error)}};
}

Outcome<store::ReportRequest> read_request(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  store::ReportRequest report;
  report.id = Uuid::make();
  report.kind = fields.choice("kind", {"availability"}, "availability");
  report.format = fields.choice("format", {"pdf", "csv"}, "pdf");
  const auto from = fields.time("from");
  const auto to = fields.time("to");
  if (!from && !fields.has("from")) fields.refuse("from", "required", "is missing");
  if (!to && !fields.has("to")) fields.refuse("to", "required", "is missing");
  if (from && to && (*from >= *to || *to - *from > kLongestRange)) {
    fields.refuse("to", "invalid", "must be after from, by at most 400 days");
  }
  report.from = from.value_or(Instant{});
  report.to = to.value_or(Instant{});
  report.time_zone = fields.text("time_zone", {.min = 1, .max = 100}, "UTC");
  report.filter = read_filter(fields);
  report.group_by = fields.text("group_by", {.max = 200});
  report.recipients = fields.texts("recipients", 50, 254);
  for (std::size_t i = 0; i < report.recipients.size(); ++i) {
    if (!is_email(report.recipients[i])) {
      fields.refuse("recipients[" + std::to_string(i) + "]", "invalid", "is not an e-mail address");
    }
  }
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  report.requested_by = request.caller.kind + ":" + request.caller.id;
  return report;
}

contracts::Message job_of(const store::ReportRequest& report) {
  contracts::ReportRequested job;
  job.report_id = ReportId{report.id};
  job.kind = report.kind;
  job.format = report.format;
  job.from = report.from;
  job.to = report.to;
  job.time_zone = report.time_zone;
  job.labels = report.filter;
  job.group_by = report.group_by;
  job.recipients = report.recipients;
  return contracts::to_message(job);
}

http::Response accepted(pqxx::work& tx, const Uuid& id) {
  const auto view = store::find_report(tx, id);
  auto response =
      json_answer(202, view ? show(*view) : Json{{"id", id.str()}, {"state", "queued"}});
  response.headers.emplace_back("Location", "/api/v1/reports/" + id.str());
  return response;
}

Outcome<http::Response> create(Context& context, const http::Request& request) {
  const auto report = read_request(request);
  if (!report) return tl::unexpected(report.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (!store::is_time_zone(tx, report->time_zone)) {
      return refuse_fields({{"time_zone", "invalid", "is not a time zone like Europe/Berlin"}});
    }
    store::insert_report_request(tx, *report);
    const auto job = job_of(*report);
    store::kApiOutbox.append(tx, job);
    store::append_audit(tx, audit_entry(request, "report.create", report->id.str()));
    return accepted(tx, report->id);
  });
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  return list_answer(context.database, request, store::report_listing(), store::list_reports, show);
}

Outcome<http::Response> get(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  const auto report =
      in_transaction(context.database, [&](pqxx::work& tx) { return store::find_report(tx, *id); });
  if (!report) return tl::unexpected(report.error());
  if (!*report) return refuse(Fault::not_found, "nothing has this id");
  return json_answer(200, show(**report));
}

Outcome<http::Response> download(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    auto file = store::find_report_file(tx, *id);
    if (!file) return refuse(Fault::not_found, "this report has no file (yet)");
    http::Response response;
    response.content_type = file->content_type;
    response.body = std::move(file->bytes);
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"" + file->name + "\"");
    return response;
  });
}

}  // namespace

void add_report_routes(http::Router& router, Context& context) {
  using http::Method;
  mount_once(router, context, "/api/v1/reports", http::also_in_bulk(http::needs("reports:write")),
             [&context](const auto& request) { return create(context, request); });
  mount(router, Method::get, "/api/v1/reports", "reports:read",
        [&context](const auto& request) { return list(context, request); });
  mount(router, Method::get, "/api/v1/reports/:id", "reports:read",
        [&context](const auto& request) { return get(context, request); });
  mount(router, Method::get, "/api/v1/reports/:id/download", "reports:read",
        [&context](const auto& request) { return download(context, request); });
}

}  // namespace monitron::api
