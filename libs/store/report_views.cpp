#include "store/report_views.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

// A scheduled run has no request; a request has no run until the report service takes it up.
const std::string& source() {
  static const std::string text =
      "(SELECT COALESCE(q.id, r.id) AS id, COALESCE(q.kind, r.kind) AS kind, "
      "COALESCE(q.format, r.format) AS format, COALESCE(r.state, 'queued') AS state, "
      "COALESCE(q.from_time, r.from_time) AS from_time, COALESCE(q.to_time, r.to_time) AS to_time, "
      "COALESCE(q.time_zone, s.time_zone, '') AS time_zone, "
      "r.schedule_id, COALESCE(q.created_at, r.created_at) AS created_at, r.finished_at, "
      "COALESCE(r.error, '') AS error FROM report_requests q "
      "FULL JOIN report_runs r ON r.id = q.id "
      "LEFT JOIN report_schedules s ON s.id = r.schedule_id) AS v LEFT JOIN LATERAL "
      "(SELECT name, length(bytes) AS size_bytes FROM report_files WHERE run_id = v.id LIMIT 1) f "
      "ON true";
  return text;
}

const std::string& columns() {
  static const std::string text = "v.id, v.kind, v.format, v.state, " + ms_of("from_time") + ", " +
                                  ms_of("to_time") + ", v.time_zone, v.schedule_id, " +
                                  ms_of("created_at") + ", " + ms_of("finished_at") +
                                  ", f.size_bytes, f.name, v.error";
  return text;
}

ReportView read(const pqxx::row& row) {
  ReportView view;
  view.id = uuid_of(row["id"]);
  view.kind = row["kind"].c_str();
  view.format = row["format"].c_str();
  view.state = row["state"].c_str();
  view.from = instant_of(row["from_time"]);
  view.to = instant_of(row["to_time"]);
  view.time_zone = row["time_zone"].c_str();
  view.schedule_id = optional_uuid_of(row["schedule_id"]);
  view.created_at = instant_of(row["created_at"]);
  view.finished_at = optional_instant_of(row["finished_at"]);
  if (!row["size_bytes"].is_null()) view.size_bytes = row["size_bytes"].as<std::int64_t>();
  view.file_name = row["name"].c_str();
  view.error = row["error"].c_str();
  return view;
}

}  // namespace

const Listing& report_listing() {
  static const Listing listing{.keys = {{"kind", "v.kind"},
                                        {"state", "v.state"},
                                        {"created_at", "v.created_at", SortKey::Type::time}},
                               .searched = {"v.kind", "v.state"},
                               .id = "v.id",
                               .newest_first = true};
  return listing;
}

Page<ReportView> list_reports(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, report_listing());
  return read_page<ReportView>(tx.exec("SELECT " + columns() + list.value + "FROM " + source() +
                                       " WHERE " + list.where + list.order),
                               read, query.limit);
}

std::optional<ReportView> find_report(pqxx::work& tx, const Uuid& id) {
  const auto rows =
      tx.exec_params("SELECT " + columns() + " FROM " + source() + " WHERE v.id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

std::optional<ReportFile> find_report_file(pqxx::work& tx, const Uuid& id) {
  const auto rows = tx.exec_params(
      "SELECT name, content_type, bytes FROM report_files WHERE run_id = $1 LIMIT 1", id.str());
  if (rows.empty()) return std::nullopt;
  return ReportFile{rows[0][0].c_str(), rows[0][1].c_str(), pqxx::binarystring(rows[0][2]).str()};
}

}  // namespace monitron::store
