#include "series/staging_ring.hpp"

namespace monitron::series {
namespace {

// Writers share it while they fill the current slot.
constexpr const char* kOwnRing = "SELECT pg_advisory_xact_lock(7311)";

// New writers queue behind who waits for those that are at it: not for long.
constexpr const char* kBeginTurn =
    "BEGIN; SET LOCAL lock_timeout = '2s'; SET LOCAL idle_in_transaction_session_timeout = '10s'";
// Readers queue behind a TRUNCATE that waits for a reader.
constexpr const char* kBeginEmptying =
    "BEGIN; SET LOCAL lock_timeout = '100ms'; "
    "SET LOCAL idle_in_transaction_session_timeout = '10s'";

constexpr const char* kRead =
    "SELECT r.current, s.slot, s.compacted_through, s.compacted_at IS NOT NULL, t.rows, t.bytes, "
    "(extract(epoch FROM clock_timestamp() - s.opened_at) * 1000)::bigint, "
    "coalesce((extract(epoch FROM clock_timestamp() - s.compacted_at) * 1000)::bigint, 0), "
    "coalesce(s.compacted_at::text, ''), clock_timestamp() "
    "FROM staging_ring r, staging_slots s JOIN (VALUES "
    "(0, EXISTS (SELECT FROM staging_0), pg_total_relation_size('staging_0')), "
    "(1, EXISTS (SELECT FROM staging_1), pg_total_relation_size('staging_1')), "
    "(2, EXISTS (SELECT FROM staging_2), pg_total_relation_size('staging_2')), "
    "(3, EXISTS (SELECT FROM staging_3), pg_total_relation_size('staging_3'))) "
    "AS t (slot, rows, bytes) USING (slot) ORDER BY slot";

// A snapshot that does not know the slot as compacted is no younger than the transaction that
// marked it, and READ COMMITTED statements take theirs after their locks: so this is about longer
// ones. While somebody writes for long (who rewrites a day does), all snapshots are as old as that;
// but those of transactions that began when the mark could be seen know it. Our own sessions are
// left out: the only long snapshot among them, the rewriter's, reads chunks alone, and what it does
// not see there because it is older is carried over by a statement of its own; all others are READ
// COMMITTED, and what they do with a slot only counts if its mark is as they saw it. Of other
// accounts' sessions a plain account sees nothing; for them the rest must do.
constexpr const char* kOld =
    "(a.backend_type = 'client backend' "
    "AND a.application_name <> current_setting('application_name') AND a.xact_start <= $2 "
    "AND age(a.backend_xmin) >= (SELECT age(xmin) FROM staging_slots WHERE slot = $1)) ";

std::string old_readers() {
  return std::string("SELECT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = ") +
         "current_database() AND " + kOld + ")";
}

constexpr const char* kUsers =
    "SELECT DISTINCT virtualtransaction FROM pg_locks WHERE granted AND pid <> pg_backend_pid() "
    "AND locktype = 'relation' AND relation = $1::regclass AND database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())";

// Of other accounts' sessions a plain account sees the locks alone.
constexpr const char* kHolders =
    "SELECT format('process %s of account \"%s\" (%s, %s)', a.pid, a.usename, "
    "coalesce(nullif(a.application_name, ''), 'without a name'), "
    "coalesce(a.state || ' since ' || a.state_change, 'state unknown')) "
    "FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() "
    "AND (EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted "
    "AND l.relation = $3::regclass) OR ";
constexpr const char* kFirst = ") ORDER BY a.xact_start NULLS LAST LIMIT 1";

Result<void> run(Session& session, const std::string& sql) {
  auto done = session.run(sql.c_str());
  if (!done) return fail(done.error());
  return {};
}

bool is_due(const Slot& slot, const TurnLimits& limits) {
  return slot.age >= limits.age || slot.bytes >= limits.bytes;
}

Result<void> open_slot(Session& session, int slot) {
  const auto number = std::to_string(slot);
  auto done = run(session, "UPDATE staging_ring SET turns = turns + (current <> " + number +
                               ")::int, current = " + number + ", since = now()");
  if (!done) return done;
  return run(session, "UPDATE staging_slots SET opened_at = now() WHERE slot = " + number);
}

Turn prospect(const Ring& ring, const TurnLimits& limits) {
  if (!is_due(ring.filled(), limits)) return Turn::not_due;
  return ring.next().is_clean() || !ring.filled().has_rows ? Turn::turned : Turn::later;
}

Result<Turn> turn(Session& session, const TurnLimits& limits) {
  if (auto done = run(session, kOwnRing); !done) return fail(done.error());
  auto ring = read_ring(session);
  if (!ring) return fail(ring.error());
  const auto due = prospect(*ring, limits);
  if (due != Turn::turned) return due;
  // With nothing in it, it is as good as new.
  const bool stay = !ring->filled().has_rows;
  auto done = open_slot(session, stay ? ring->current : ring->next().number);
  if (!done) return fail(done.error());
  return stay ? Turn::not_due : Turn::turned;
}

}  // namespace

std::optional<Slot> Ring::oldest_waiting() const {
  for (int step = 1; step < 4; ++step) {
    const auto& slot = slots.at(static_cast<std::size_t>(current + step) % 4);
    if (slot.is_waiting()) return slot;
  }
  return std::nullopt;
}

Result<Ring> read_ring(Session& session) {
  auto rows = session.run(kRead);
  if (!rows) return fail(rows.error());
  if (rows->size() != 4) return fail(Fault::bug, "the ring has not four slots");
  Ring ring;
  ring.current = static_cast<int>(rows->number(0, 0));
  for (std::size_t i = 0; i < 4; ++i) {
    auto& slot = ring.slots.at(i);
    slot.number = static_cast<int>(rows->number(i, 1));
    slot.compacted_through = static_cast<std::int32_t>(rows->number(i, 2));
    slot.compacted = rows->text(i, 3) == "t";
    slot.has_rows = rows->text(i, 4) == "t";
    slot.bytes = rows->number(i, 5);
    slot.age = std::chrono::milliseconds(rows->number(i, 6));
    slot.rested = std::chrono::milliseconds(rows->number(i, 7));
    slot.compacted_at = rows->text(i, 8);
    ring.read_at = rows->text(i, 9);
  }
  return ring;
}

Result<Turn> turn_ring(Session& session, const Fence& fence, const TurnLimits& limits) {
  // Most of the time there is nothing to do, and nobody need wait to learn that.
  auto ring = read_ring(session);
  if (!ring) return fail(ring.error());
  const auto due = prospect(*ring, limits);
  if (due != Turn::turned) return due;
  auto turned = fenced(session, fence, kBeginTurn, [&] { return turn(session, limits); });
  if (!turned && turned.error().fault == Fault::timeout) return Turn::later;
  return turned;
}

Result<void> mark_compacted(Session& session, const Slot& slot, std::int32_t through) {
  auto marked = session.run(
      "UPDATE staging_slots SET compacted_through = $3, "
      "compacted_at = CASE WHEN $3 = 2147483647 THEN clock_timestamp() END "
      "WHERE slot = $1 AND compacted_through = $2 AND compacted_at IS NULL RETURNING 1",
      {std::to_string(slot.number), std::to_string(slot.compacted_through),
       std::to_string(through)});
  if (!marked) return fail(marked.error());
  if (marked->size() == 1) return {};
  return fail(Fault::conflict, slot.table() + " is being compacted by somebody else");
}

void Resting::note(const Ring& ring, const Slot& slot) {
  if (compacted_at != slot.compacted_at) *this = {slot.compacted_at, ring.read_at, {}};
}

namespace {

// Who waits for an exclusive lock holds up all who come after it: not again and again for the same.
Result<bool> is_used(Session& session, const Slot& slot, const Resting& resting) {
  if (resting.users.empty()) return false;
  auto left = session.run(("SELECT EXISTS (SELECT FROM (" + std::string(kUsers) +
                           ") AS u WHERE virtualtransaction = ANY ($2::text[]))")
                              .c_str(),
                          {slot.table(), resting.users});
  if (!left) return fail(left.error());
  return left->text(0, 0) == "t";
}

Result<void> note_users(Session& session, const Slot& slot, Resting& resting) {
  auto users = session.run(kUsers, {slot.table()});
  if (!users) return fail(users.error());
  ArrayText all;
  for (std::size_t i = 0; i < users->size(); ++i) all.add(users->text(i, 0));
  resting.users = all.str();
  return {};
}

}  // namespace

Result<bool> empty_slot(Session& session, const Fence& fence, const Slot& slot, Resting& resting) {
  const auto number = std::to_string(slot.number);
  auto read = session.run(old_readers().c_str(), {number, resting.known_at});
  if (!read) return fail(read.error());
  if (read->text(0, 0) == "t") return false;
  auto used = is_used(session, slot, resting);
  if (!used || *used) return used ? Result<bool>(false) : used;
  auto emptied = fenced(session, fence, kBeginEmptying, [&]() -> Result<bool> {
    auto marked = session.run(
        "UPDATE staging_slots SET compacted_through = 0, compacted_at = NULL "
        "WHERE slot = $1 AND compacted_at IS NOT NULL RETURNING 1",
        {number});
    if (!marked) return fail(marked.error());
    if (marked->size() != 1) return false;
    if (auto done = run(session, "TRUNCATE " + slot.table()); !done) return fail(done.error());
    return true;
  });
  if (emptied || emptied.error().fault != Fault::timeout) return emptied;
  if (auto done = note_users(session, slot, resting); !done) return fail(done.error());
  return false;
}

Result<std::string> who_holds(Session& session, const Slot& slot, const Resting& resting) {
  auto rows = session.run((std::string(kHolders) + kOld + kFirst).c_str(),
                          {std::to_string(slot.number), resting.known_at, slot.table()});
  if (!rows) return fail(rows.error());
  return rows->size() == 0 ? std::string() : rows->text(0, 0);
}

}  // namespace monitron::series
