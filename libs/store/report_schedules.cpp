#include "store/report_schedules.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text =
      "id, name, kind, format, cadence, at, time_zone, recipients, filter, group_by, enabled, "
      "version, " +
      ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

ReportSchedule read(const pqxx::row& row) {
  ReportSchedule schedule;
  schedule.id = uuid_of(row["id"]);
  schedule.name = row["name"].c_str();
  schedule.kind = row["kind"].c_str();
  schedule.format = row["format"].c_str();
  schedule.cadence = row["cadence"].c_str();
  schedule.at = row["at"].c_str();
  schedule.time_zone = row["time_zone"].c_str();
  schedule.recipients = texts_of(row["recipients"]);
  schedule.filter = labels_of(row["filter"]);
  schedule.group_by = row["group_by"].c_str();
  schedule.enabled = row["enabled"].as<bool>();
  schedule.version = row["version"].as<int>();
  schedule.created_at = instant_of(row["created_at"]);
  schedule.updated_at = instant_of(row["updated_at"]);
  return schedule;
}

std::optional<ReportSchedule> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

void tell(pqxx::work& tx) { tx.exec("NOTIFY report_schedules_changed"); }

const std::string& request_columns() {
  static const std::string text =
      "id, kind, format, " + ms_of("from_time") + ", " + ms_of("to_time") +
      ", time_zone, filter, group_by, recipients, requested_by, " + ms_of("created_at");
  return text;
}

ReportRequest read_request(const pqxx::row& row) {
  ReportRequest request;
  request.id = uuid_of(row["id"]);
  request.kind = row["kind"].c_str();
  request.format = row["format"].c_str();
  request.from = instant_of(row["from_time"]);
  request.to = instant_of(row["to_time"]);
  request.time_zone = row["time_zone"].c_str();
  request.filter = labels_of(row["filter"]);
  request.group_by = row["group_by"].c_str();
  request.recipients = texts_of(row["recipients"]);
  request.requested_by = row["requested_by"].c_str();
  request.created_at = instant_of(row["created_at"]);
  return request;
}

std::optional<ReportRequest> first_request(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read_request(rows[0]);
}

}  // namespace

std::optional<ReportSchedule> find_report_schedule(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM report_schedules WHERE id = $1", id.str()));
}

const Listing& report_schedule_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"kind", "kind"},
               {"created_at", "report_schedules.created_at", SortKey::Type::time},
               {"updated_at", "report_schedules.updated_at", SortKey::Type::time}},
      .searched = {"name"}};
  return listing;
}

Page<ReportSchedule> list_report_schedules(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, report_schedule_listing());
  return read_page<ReportSchedule>(
      tx.exec("SELECT " + columns() + list.value + "FROM report_schedules WHERE " + list.where +
              list.order),
      read, query.limit);
}

std::vector<ReportSchedule> enabled_report_schedules(pqxx::work& tx) {
  return read_all<ReportSchedule>(
      tx.exec("SELECT " + columns() + " FROM report_schedules WHERE enabled ORDER BY id"), read);
}

ReportSchedule insert_report_schedule(pqxx::work& tx, const ReportSchedule& schedule) {
  tell(tx);
  return read(tx.exec_params1(
      "INSERT INTO report_schedules (id, name, kind, format, cadence, at, time_zone, recipients, "
      "filter, enabled, group_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
      "RETURNING " +
          columns(),
      schedule.id.str(), schedule.name, schedule.kind, schedule.format, schedule.cadence,
      schedule.at, schedule.time_zone, json_of(schedule.recipients), json_of(schedule.filter),
      schedule.enabled, schedule.group_by));
}

std::optional<ReportSchedule> update_report_schedule(pqxx::work& tx,
                                                     const ReportSchedule& schedule) {
  tell(tx);
  return first(tx.exec_params(
      "UPDATE report_schedules SET name = $3, kind = $4, format = $5, cadence = $6, at = $7, "
      "time_zone = $8, recipients = $9, filter = $10, enabled = $11, group_by = $12, "
      "version = version + 1, "
      "updated_at = now() WHERE id = $1 AND version = $2 RETURNING " +
          columns(),
      schedule.id.str(), schedule.version, schedule.name, schedule.kind, schedule.format,
      schedule.cadence, schedule.at, schedule.time_zone, json_of(schedule.recipients),
      json_of(schedule.filter), schedule.enabled, schedule.group_by));
}

bool delete_report_schedule(pqxx::work& tx, const Uuid& id) {
  tell(tx);
  return tx.exec_params("DELETE FROM report_schedules WHERE id = $1", id.str()).affected_rows() ==
         1;
}

ReportRequest insert_report_request(pqxx::work& tx, const ReportRequest& request) {
  return read_request(tx.exec_params1(
      "INSERT INTO report_requests (id, kind, format, from_time, to_time, time_zone, filter, "
      "recipients, requested_by, group_by) VALUES ($1, $2, $3, " +
          from_ms_sql(4) + ", " + from_ms_sql(5) + ", $6, $7, $8, $9, $10) RETURNING " +
          request_columns(),
      request.id.str(), request.kind, request.format, to_ms(request.from), to_ms(request.to),
      request.time_zone, json_of(request.filter), json_of(request.recipients), request.requested_by,
      request.group_by));
}

std::optional<ReportRequest> find_report_request(pqxx::work& tx, const Uuid& id) {
  return first_request(tx.exec_params(
      "SELECT " + request_columns() + " FROM report_requests WHERE id = $1", id.str()));
}

}  // namespace monitron::store
