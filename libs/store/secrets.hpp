#pragma once
// Where sealed secrets are, for sealing them anew. Written by api.

#include "base/ids.hpp"
#include "store/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace monitron::store {

// A column whose text has envelopes in it.
struct SealedColumn {
  const char* table;
  const char* column;
  const char* context;  // what its envelopes are bound to, with the row's id behind it
};
const std::vector<SealedColumn>& sealed_columns();

struct SealedRow {
  Uuid id{};
  std::string text{};
};
// Rows in order of their ids that contain `mark`, locked until the end of the transaction.
std::vector<SealedRow> lock_sealed_rows(pqxx::work& tx, const SealedColumn& column,
                                        const std::optional<Uuid>& after, const std::string& mark,
                                        int limit);
// As a change of the row: who read it before cannot put the older envelopes back.
void put_sealed_row(pqxx::work& tx, const SealedColumn& column, const SealedRow& row);

}  // namespace monitron::store
