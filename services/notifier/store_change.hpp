#pragma once
// What becomes of a change of an alert in PostgreSQL, and the message that tells of it.

#include "contracts/alert_changed.hpp"
#include "notifier/alert_machine.hpp"
#include "store/tx.hpp"

namespace monitron::notifier {

// As it is told; of an alert that was not stored its incident has no id yet.
contracts::AlertChanged message_of(const Change& change);

// Stores one change, and the message that tells of it, in the transaction; that message, if there
// is something to tell.
std::optional<contracts::AlertChanged> store_change(pqxx::work& tx, const Change& change);

}  // namespace monitron::notifier
