#pragma once
// Why alerts changed: each change with what it was decided by, for 90 days. Written by the notifier
// alone, in the transaction of the change.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace monitron::store {

struct AlertDecision {
  std::int64_t id = 0;  // grows; set by the table
  Uuid alert_id{};
  Uuid rule_id{};
  std::string rule_name{};
  std::string title{};
  Instant at{};
  std::string change{};  // as domain::to_string(AlertChange)
  std::string text{};
  std::string inputs = "{}";  // JSON object: what was looked at
};

// Inputs of more than 64 KiB are left out, and say so.
void note_decision(pqxx::work& tx, const AlertDecision& decision);

// The decisions of an alert from its beginning to its end, oldest first, at most 500: of the last
// time that it began at or before `until`, else of the last time. An alert begins anew after it was
// resolved or cleared.
std::vector<AlertDecision> decisions_of(pqxx::work& tx, const Uuid& alert,
                                        const std::optional<Instant>& until = {});

// Of 90 days ago; of those alerts that were pending and never more, of a day ago. Some, as
// drop_some().
int drop_old_decisions(pqxx::work& tx);
int drop_unheard_decisions(pqxx::work& tx);

}  // namespace monitron::store
