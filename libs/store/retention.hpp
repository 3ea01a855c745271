#pragma once
// How long which samples are kept, and samples that are to go. Written by api, done by ingest's
// compactor.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

// The first of them takes a series, by its labels; the last, id 0, takes what is left.
struct RetentionClass {
  int id = 0;
  std::string name{};
  Labels labels{};
  std::chrono::seconds raw{0};
  std::chrono::seconds rollup_5m{0};
  std::chrono::seconds rollup_1h{0};
};
struct Retention {
  std::vector<RetentionClass> classes{};  // in their order
  int version = 0;                        // of the whole list
};
inline constexpr int kMaxRetentionClasses = 16;

Retention read_retention(pqxx::work& tx);
// The same, until the end of the transaction nobody else changes it.
Retention lock_retention(pqxx::work& tx);
// Whether series or chunks belong to the class.
bool is_in_use(pqxx::work& tx, int retention_class);
// `retention.classes` become what there is; ids of classes that stay are kept.
void replace_retention(pqxx::work& tx, const Retention& retention);

struct SeriesDeletion {
  Uuid id{};
  std::vector<std::int32_t> series{};
  Instant from{};  // inclusive
  Instant to{};    // inclusive
};
void insert_deletion(pqxx::work& tx, const SeriesDeletion& deletion);
bool is_deleted(pqxx::work& tx, const Uuid& deletion);
// Whether somebody is there who compacts, and so deletes.
bool compactor_is_there(pqxx::work& tx);

}  // namespace monitron::store
