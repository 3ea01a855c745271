#include "store/old_rows.hpp"

#include <pqxx/pqxx>

namespace monitron::store {

int drop_some(pqxx::work& tx, const std::string& table, const std::string& condition) {
  const auto dropped =
      tx.exec("DELETE FROM " + table + " WHERE ctid = ANY (ARRAY(SELECT ctid FROM " + table +
              " WHERE " + condition + " LIMIT " + std::to_string(kDroppedAtOnce) + "))");
  return static_cast<int>(dropped.affected_rows());
}

}  // namespace monitron::store
