#include "store/secrets.hpp"

#include "store/row.hpp"

namespace monitron::store {

const std::vector<SealedColumn>& sealed_columns() {
  static const std::vector<SealedColumn> columns = {{"checks", "settings", "check:"},
                                                    {"channels", "secret", "channel:"},
                                                    {"totp", "secret", "totp:"},
                                                    {"instances", "credentials", "instance:"},
                                                    {"jobs", "request", "job:"}};
  return columns;
}

std::vector<SealedRow> lock_sealed_rows(pqxx::work& tx, const SealedColumn& column,
                                        const std::optional<Uuid>& after, const std::string& mark,
                                        int limit) {
  const std::string text = std::string(column.column) + "::text";
  const auto rows = tx.exec_params("SELECT id, " + text + " AS sealed FROM " + column.table +
                                       " WHERE ($1::uuid IS NULL OR id > $1) AND strpos(" + text +
                                       ", $2) > 0 ORDER BY id LIMIT $3 FOR UPDATE",
                                   text_or_null(after), mark, limit);
  return read_all<SealedRow>(rows, [](const pqxx::row& row) {
    return SealedRow{uuid_of(row["id"]), row["sealed"].c_str()};
  });
}

void put_sealed_row(pqxx::work& tx, const SealedColumn& column, const SealedRow& row) {
  tx.exec_params0(std::string("UPDATE ") + column.table + " SET " + column.column +
                      " = $2, version = version + 1 WHERE id = $1",
                  row.id.str(), row.text);
}

}  // namespace monitron::store
