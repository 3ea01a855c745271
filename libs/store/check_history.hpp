#pragma once
// What a check has done: events, missed slots, results of trial runs. Events come as the JSON that
// the API shows. Written by ingest's writer.

#include "base/clock.hpp"
#include "domain/check_result.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct HistoryQuery {
  Uuid check{};
  std::string location{};         // empty: all
  std::optional<Instant> from{};  // inclusive
  std::optional<Instant> to{};    // exclusive
  std::string before{};  // position of the last row of the page before; empty: from the newest
  int limit = 100;
};

struct HistoryPage {
  std::vector<std::string> items{};
  std::string next{};  // empty: no more
};

// Nothing when `before` is no position.
std::optional<HistoryPage> list_check_events(pqxx::work& tx, const HistoryQuery& query);
// Since when its slots are those that it has now; until when, if it is paused.
struct SlotsTime {
  Instant since{};
  std::optional<Instant> until{};
};
SlotsTime slots_time(pqxx::work& tx, const Uuid& check);

// Intervals of the check or of all of a location that reach into [from, to].
std::vector<domain::MissedSlots> missed_slots(pqxx::work& tx, const Uuid& check, Instant from,
                                              Instant to);
std::optional<std::string> find_check_test_result(pqxx::work& tx, const Uuid& test);

}  // namespace monitron::store
