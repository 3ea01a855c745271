#include "store/retention.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

std::chrono::seconds seconds_of(const pqxx::field& field) {
  return std::chrono::seconds(field.as<std::int64_t>());
}

RetentionClass read(const pqxx::row& row) {
  return {.id = row["id"].as<int>(),
          .name = row["name"].c_str(),
          .labels = labels_of(row["labels"]),
          .raw = seconds_of(row["raw"]),
          .rollup_5m = seconds_of(row["rollup_5m"]),
          .rollup_1h = seconds_of(row["rollup_1h"])};
}

std::string ids_text(const std::vector<std::int32_t>& ids) {
  std::string text = "{";
  for (const auto id : ids) (text += text.size() > 1 ? "," : "") += std::to_string(id);
  return text += '}';
}

}  // namespace

Retention read_retention(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT id, name, labels, version, extract(epoch FROM raw)::bigint AS raw, "
      "extract(epoch FROM rollup_5m)::bigint AS rollup_5m, "
      "extract(epoch FROM rollup_1h)::bigint AS rollup_1h "
      "FROM retention_classes ORDER BY id = 0, position, id");
  Retention retention{.classes = read_all<RetentionClass>(rows, read)};
  for (const auto& row : rows) {
    retention.version = std::max(retention.version, row["version"].as<int>());
  }
  return retention;
}

Retention lock_retention(pqxx::work& tx) {
  tx.exec("LOCK TABLE retention_classes IN SHARE ROW EXCLUSIVE MODE");
  return read_retention(tx);
}

bool is_in_use(pqxx::work& tx, int retention_class) {
  const auto row = tx.exec_params1(
      "SELECT EXISTS (SELECT FROM series WHERE class = $1) OR "
      "EXISTS (SELECT FROM chunk_partitions WHERE tier / 4 = $1)",
      retention_class);
  return row[0].as<bool>();
}

void replace_retention(pqxx::work& tx, const Retention& retention) {
  std::vector<std::int32_t> kept;
  for (const auto& one : retention.classes) kept.push_back(one.id);
  tx.exec_params("DELETE FROM retention_classes WHERE id <> ALL ($1::integer[])", ids_text(kept));
  // Names may be swapped: none stands in the way of another.
  tx.exec("UPDATE retention_classes SET name = 'id ' || id || ' ' || gen_random_uuid()");
  int position = 0;
  for (const auto& one : retention.classes) {
    tx.exec_params(
        "INSERT INTO retention_classes (id, name, position, labels, raw, rollup_5m, rollup_1h, "
        "version) VALUES ($1, $2, $3, $4, make_interval(secs => $5), make_interval(secs => $6), "
        "make_interval(secs => $7), $8) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
        "position = excluded.position, labels = excluded.labels, raw = excluded.raw, "
        "rollup_5m = excluded.rollup_5m, rollup_1h = excluded.rollup_1h, "
        "version = excluded.version",
        one.id, one.name, position++, json_of(one.labels), one.raw.count(), one.rollup_5m.count(),
        one.rollup_1h.count(), retention.version);
  }
}

void insert_deletion(pqxx::work& tx, const SeriesDeletion& deletion) {
  tx.exec_params(
      "INSERT INTO series_deletions (id, series_ids, from_time, to_time) VALUES ($1, $2, " +
          from_ms_sql(3) + ", " + from_ms_sql(4) + ")",
      deletion.id.str(), ids_text(deletion.series), to_ms(deletion.from), to_ms(deletion.to));
}

bool is_deleted(pqxx::work& tx, const Uuid& deletion) {
  return !tx.exec_params("SELECT FROM series_deletions_done WHERE id = $1", deletion.str()).empty();
}

bool compactor_is_there(pqxx::work& tx) {
  return !tx.exec("SELECT FROM leases WHERE name = 'ingest.compactor' AND expires_at > now()")
              .empty();
}

}  // namespace monitron::store
