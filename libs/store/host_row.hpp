#pragma once
// The server of a check in the columns host_id, host and host_labels; null: it has none.

#include "domain/alert_labels.hpp"
#include "store/row.hpp"

namespace monitron::store {

inline std::optional<domain::HostNames> host_of(const pqxx::row& row) {
  if (row["host_id"].is_null()) return std::nullopt;
  return domain::HostNames{uuid_of(row["host_id"]), row["host"].c_str(),
                           labels_of(row["host_labels"])};
}

}  // namespace monitron::store
