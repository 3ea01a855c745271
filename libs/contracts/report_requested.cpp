#include "contracts/report_requested.hpp"

#include "contracts/members.hpp"
#include "contracts/topology.hpp"

namespace monitron::contracts {
namespace {

using nlohmann::json;

Instant read_time(Members& members, const char* name) {
  const auto time = parse_rfc3339(members.text(name));
  if (!time) members.refuse(name, "is not RFC 3339");
  return time.value_or(Instant{});
}

Message message_of(const Contract& contract, const ReportRequested& report) {
  Message message;
  message.exchange = kJobsExchange;
  message.routing_key = "report";
  message.type = contract.type;
  message.version = contract.version;
  message.message_id = report.report_id.str();
  message.content_type = "application/json";
  message.body = encode(report);
  return message;
}

}  // namespace

std::string encode(const ReportRequested& report) {
  json body = {{"report_id", report.report_id.str()},
               {"kind", report.kind},
               {"format", report.format},
               {"from", to_rfc3339(report.from)},
               {"to", to_rfc3339(report.to)},
               {"time_zone", report.time_zone},
               {"labels", report.labels},
               {"recipients", report.recipients}};
  if (!report.group_by.empty()) body["group_by"] = report.group_by;
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<ReportRequested> decode_report_requested(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("report.requested"));
  Members members(*parsed);
  ReportRequested report;
  report.report_id = ReportId{members.required_uuid("report_id")};
  report.kind = members.text("kind");
  report.format = members.text("format");
  report.from = read_time(members, "from");
  report.to = read_time(members, "to");
  report.time_zone = members.text("time_zone", "UTC");
  report.labels = members.texts_by_name("labels");
  report.group_by = members.text("group_by", "");
  report.recipients = members.texts("recipients", {});
  if (report.kind != "availability") members.refuse("kind", "is not availability");
  if (report.format != "pdf" && report.format != "csv")
    members.refuse("format", "is not pdf or csv");
  if (report.to <= report.from) members.refuse("to", "is not after from");
  auto read = members.finish(std::move(report));
  if (!read) return fail(read.error().in("report.requested"));
  return read;
}

Message to_message(const ReportRequested& report) {
  return message_of(ReportRequested::contract, report);
}

Message to_due_message(const ReportRequested& report) {
  return message_of(ReportRequested::due_contract, report);
}

}  // namespace monitron::contracts
