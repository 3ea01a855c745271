#include "store/connection_log.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text =
      "SELECT l.id, l.instance_id, coalesce(i.hostname, '') AS hostname, " +
      ms_of("l.opened_at", "opened_at") + ", " + ms_of("l.ended_at", "ended_at") +
      ", l.inbound, host(l.local_ip) AS local_ip, l.local_port, host(l.remote_ip) AS remote_ip, "
      "l.remote_port, l.outcome, l.process, l.user_name, l.container, l.unit, l.sent_bytes, "
      "l.received_bytes";
  return text;
}

LoggedConnection read(const pqxx::row& row) {
  return {.id = uuid_of(row["id"]),
          .instance_id = uuid_of(row["instance_id"]),
          .hostname = row["hostname"].c_str(),
          .opened_at = instant_of(row["opened_at"]),
          .ended_at = optional_instant_of(row["ended_at"]),
          .inbound = row["inbound"].as<bool>(),
          .local_ip = row["local_ip"].c_str(),
          .local_port = row["local_port"].as<int>(),
          .remote_ip = row["remote_ip"].c_str(),
          .remote_port = row["remote_port"].as<int>(),
          .outcome = row["outcome"].c_str(),
          .process = row["process"].c_str(),
          .user = row["user_name"].c_str(),
          .container = row["container"].c_str(),
          .unit = row["unit"].c_str(),
          .sent_bytes = row["sent_bytes"].as<std::int64_t>(),
          .received_bytes = row["received_bytes"].as<std::int64_t>()};
}

}  // namespace

const Listing& connection_log_listing() {
  static const Listing listing{.keys = {{"opened_at", "l.opened_at", SortKey::Type::time}},
                               .id = "l.id",
                               .usual = "opened_at"};
  return listing;
}

Page<LoggedConnection> list_connection_log(pqxx::work& tx, const ConnectionLogQuery& query) {
  const auto list = list_sql(tx, query.page, connection_log_listing());
  const auto optional_text = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  const auto rows = tx.exec_params(
      columns() + list.value +
          " FROM connection_log l LEFT JOIN instances i ON i.id = l.instance_id WHERE " +
          list.where + " AND " + of_scope_sql("l.instance_id", 1) +
          " AND ($2::uuid IS NULL OR l.instance_id = $2::uuid) "
          "AND ($3::inet IS NULL OR l.remote_ip <<= $3::inet) AND ($4::integer IS NULL OR "
          "CASE WHEN l.inbound THEN l.local_port ELSE l.remote_port END = $4::integer) "
          "AND ($5::boolean IS NULL OR l.inbound = $5::boolean) "
          "AND ($6::text IS NULL OR l.outcome = $6::text) "
          "AND ($7::text IS NULL OR l.process = $7::text) "
          "AND ($8::bigint IS NULL OR l.opened_at >= " +
          from_ms_sql(8) + ") AND ($9::bigint IS NULL OR l.opened_at < " + from_ms_sql(9) + ")" +
          list.order,
      scope_parameter(query.scope), text_or_null(query.instance), optional_text(query.remote),
      query.port, query.inbound, query.outcome, optional_text(query.process),
      ms_or_null(query.from), ms_or_null(query.to));
  return read_page<LoggedConnection>(rows, read, query.page.limit);
}

}  // namespace monitron::store
