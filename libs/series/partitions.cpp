#include "series/partitions.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

namespace monitron::series {
namespace {

using std::chrono::floor;

constexpr std::int64_t kRawMs = 2 * kHourMs;

// Shared by who adds chunks, exclusive for who swaps partitions.
constexpr const char* kShareChunks = "SELECT pg_advisory_xact_lock_shared(7312)";
// Who stands still with it loses it: readers may wait for what is done under it.
constexpr const char* kOwnChunks =
    "SET LOCAL idle_in_transaction_session_timeout = '10s'; SELECT pg_advisory_xact_lock(7312)";
// For making a tier's own tables.
constexpr const char* kOwnTiers = "SELECT pg_advisory_xact_lock(7313)";

// A table of the partitioned ones: its name up to the tier, and what its rows are found by.
struct Kind {
  const char* root;
  const char* index;
};
constexpr std::array<Kind, 2> kKinds = {
    {{"chunks", "(series_id, start, finish)"}, {"chunk_times", "(source_id, id)"}}};

// What is only ever added to needs no vacuum, and one would be in the way of dropping it. Rows of
// some 2 or 3 KB lie closer, and are read faster, in one piece.
constexpr const char* kStored =
    "WITH (autovacuum_vacuum_insert_threshold = -1, toast_tuple_target = 4080)";

Result<void> run(Session& session, const std::string& sql,
                 const std::vector<Session::Parameter>& parameters = {}) {
  auto done = session.run(sql.c_str(), parameters);
  if (!done) return fail(done.error());
  return {};
}

std::string literal(std::int64_t ms) { return "'" + to_rfc3339(from_ms(ms)) + "'"; }

std::string tier_table(const char* root, int tier) {
  return std::string(root) + "_t" + std::to_string(tier);
}

std::string table(const Kind& kind, const Partition& partition) {
  return std::string(kind.root) + "_" + partition.name;
}

// Of what length a new partition at `time_ms` is. `free_day`: there is nothing yet on its day.
Partition unit_at(const Tier& tier, std::int64_t time_ms, bool free_day, Instant now) {
  Partition unit;
  unit.tier = tier.number();
  const auto day = day_of(time_ms);
  switch (tier.resolution) {
    case Resolution::one_hour:
      unit.lower_ms = month_of(time_ms);
      unit.upper_ms = month_after(time_ms);
      break;
    case Resolution::raw:
      if (!free_day || day + 2 * kDayMs > to_ms(now)) {
        unit.lower_ms = day + (time_ms - day) / kRawMs * kRawMs;
        unit.upper_ms = unit.lower_ms + kRawMs;
        break;
      }
      [[fallthrough]];
    case Resolution::five_minutes:
      unit.lower_ms = day;
      unit.upper_ms = day + kDayMs;
      break;
  }
  return unit;
}

// 0_2026112110_815: the number tells a rewritten partition from the one before.
Result<std::string> name_of(Session& session, const Partition& partition) {
  auto number = session.run("SELECT nextval('chunk_times_ids')");
  if (!number) return fail(number.error());
  const auto day = floor<std::chrono::days>(from_ms(partition.lower_ms));
  const std::chrono::year_month_day date(day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%d_%04d%02u%02u%02d_%s", partition.tier,
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()),
                static_cast<int>((partition.lower_ms - day_of(partition.lower_ms)) / kHourMs),
                number->text(0, 0).c_str());
  return std::string(text.data());
}

Result<void> list(Session& session, const Partition& partition, Instant written) {
  return run(session,
             "INSERT INTO chunk_partitions (tier, lower, upper, name, written_at) "
             "VALUES ($1, $2, $3, $4, $5)",
             {std::to_string(partition.tier), to_rfc3339(from_ms(partition.lower_ms)),
              to_rfc3339(from_ms(partition.upper_ms)), partition.name, to_rfc3339(written)});
}

Result<void> attach_tables(Session& session, const Partition& partition) {
  for (const auto& kind : kKinds) {
    const auto name = table(kind, partition);
    auto done =
        run(session, "ALTER TABLE " + tier_table(kind.root, partition.tier) + " ATTACH PARTITION " +
                         name + " FOR VALUES FROM (" + literal(partition.lower_ms) + ") TO (" +
                         literal(partition.upper_ms) +
                         ");"
                         // It has told ATTACH that nothing need be looked through.
                         "ALTER TABLE " +
                         name + " DROP CONSTRAINT borders");
    if (!done) return done;
  }
  return {};
}

// False when another transaction was first.
Result<bool> make_unit(Session& session, const Partition& unit, Instant now) {
  auto listed = session.run(
      "INSERT INTO chunk_partitions (tier, lower, upper, name, written_at) "
      "VALUES ($1, $2, $3, gen_random_uuid(), $4) ON CONFLICT DO NOTHING RETURNING 1",
      {std::to_string(unit.tier), to_rfc3339(from_ms(unit.lower_ms)),
       to_rfc3339(from_ms(unit.upper_ms)), to_rfc3339(now)});
  if (!listed) return fail(listed.error());
  if (listed->size() == 0) return false;
  auto made = make_tables(session, unit.tier, unit.lower_ms, unit.upper_ms);
  if (!made) return fail(made.error());
  auto done = run(session, "UPDATE chunk_partitions SET name = $3 WHERE tier = $1 AND lower = $2",
                  {std::to_string(unit.tier), to_rfc3339(from_ms(unit.lower_ms)), made->name});
  if (done) done = index_tables(session, *made);
  if (done) done = attach_tables(session, *made);
  if (!done) return fail(done.error());
  return true;
}

// The first of [from, to] that `known` leaves open; nothing when it is covered.
std::optional<std::int64_t> first_gap(const std::vector<Partition>& known, std::int64_t from_ms,
                                      std::int64_t to_ms) {
  auto at = from_ms;
  for (const auto& one : known) {
    if (one.lower_ms > at) break;
    at = std::max(at, one.upper_ms);
  }
  if (at > to_ms) return std::nullopt;
  return at;
}

bool is_free(const std::vector<Partition>& known, std::int64_t day_ms) {
  return std::none_of(known.begin(), known.end(), [&](const Partition& one) {
    return one.lower_ms < day_ms + kDayMs && one.upper_ms > day_ms;
  });
}

Result<std::vector<Partition>> find_or_make(Session& session, const Tier& tier,
                                            std::int64_t from_ms, std::int64_t to_ms, Instant now) {
  bool tier_is_made = false;
  while (true) {
    auto known = partitions_in(session, tier.number(), day_of(from_ms), day_of(to_ms) + kDayMs);
    if (!known) return known;
    const auto gap = first_gap(*known, from_ms, to_ms);
    if (!gap) {
      std::erase_if(*known, [&](const Partition& one) {
        return one.upper_ms <= from_ms || one.lower_ms > to_ms;
      });
      return known;
    }
    if (!tier_is_made) {
      if (auto done = make_tier(session, tier.number()); !done) return fail(done.error());
    }
    tier_is_made = true;
    auto made = make_unit(session, unit_at(tier, *gap, is_free(*known, day_of(*gap)), now), now);
    if (!made) return fail(made.error());
  }
}

// Transactions that may have planned a statement over the tier's tables already. A statement takes
// its snapshot at once after it is planned, so that those which go on for long have theirs.
constexpr std::chrono::seconds kPlanning{10};
constexpr std::chrono::milliseconds kLook{5};

// Those of our own name are left out: the compactor's know the new tables, and the caretaker's read
// no samples that are staged. A rewriter may well have locks on the tier, and wait for us.
Result<void> outwait_planners(Session& session, int tier) {
  const std::string tables = "('chunks'::regclass, 'chunk_times'::regclass, '" +
                             tier_table("chunks", tier) + "'::regclass, '" +
                             tier_table("chunk_times", tier) + "'::regclass)";
  const auto holders =
      "SELECT DISTINCT virtualtransaction FROM pg_locks WHERE granted AND database = "
      "(SELECT oid FROM pg_database WHERE datname = current_database()) "
      "AND mode = 'AccessShareLock' AND pid NOT IN (SELECT pid FROM pg_stat_activity "
      "WHERE application_name = current_setting('application_name')) AND relation IN " +
      tables;
  auto rows = session.run(holders.c_str());
  if (!rows) return fail(rows.error());
  ArrayText at_it;
  for (std::size_t i = 0; i < rows->size(); ++i) at_it.add(rows->text(i, 0));
  const auto left = "SELECT EXISTS (SELECT FROM (" + holders +
                    ") AS h WHERE virtualtransaction = ANY ($1::text[]))";
  const auto end = std::chrono::steady_clock::now() + kPlanning;
  while (rows->size() > 0 && std::chrono::steady_clock::now() < end) {
    auto waits = session.run(left.c_str(), {at_it.str()});
    if (!waits) return fail(waits.error());
    if (waits->text(0, 0) != "t") break;
    std::this_thread::sleep_for(kLook);
  }
  return {};
}

}  // namespace

std::int64_t day_of(std::int64_t time_ms) {
  return to_ms(floor<std::chrono::days>(from_ms(time_ms)));
}

std::int64_t month_of(std::int64_t time_ms) {
  const std::chrono::year_month_day date(floor<std::chrono::days>(from_ms(time_ms)));
  return to_ms(std::chrono::sys_days(date.year() / date.month() / 1));
}

std::int64_t month_after(std::int64_t time_ms) {
  const std::chrono::year_month_day date(floor<std::chrono::days>(from_ms(time_ms)));
  const auto next = date.year() / date.month() + std::chrono::months(1);
  return to_ms(std::chrono::sys_days(next / 1));
}

Result<void> make_tier(Session& session, int tier) {
  const auto number = std::to_string(tier);
  auto there = session.run("SELECT to_regclass($1) IS NOT NULL", {tier_table("chunk_times", tier)});
  if (!there) return fail(there.error());
  if (there->text(0, 0) == "t") return {};
  if (auto done = run(session, kOwnTiers); !done) return done;
  for (const auto& kind : kKinds) {
    const auto name = tier_table(kind.root, tier);
    const std::string root = kind.root;
    auto missing = session.run("SELECT to_regclass($1) IS NULL", {name});
    if (!missing) return fail(missing.error());
    if (missing->text(0, 0) != "t") continue;
    auto done =
        run(session, "CREATE TABLE " + name + " (LIKE " + root +
                         " INCLUDING STORAGE) PARTITION BY RANGE (start); ALTER TABLE " + root +
                         " ATTACH PARTITION " + name + " FOR VALUES IN (" + number + ")");
    if (!done) return done;
  }
  return {};
}

Result<void> hold_chunks(Session& session) { return run(session, kOwnChunks); }

Result<std::int64_t> next_part(Session& session) {
  if (auto done = run(session, kShareChunks); !done) return fail(done.error());
  auto part = session.run("SELECT nextval('chunk_parts')");
  if (!part) return fail(part.error());
  return part->number(0, 0);
}

Result<std::vector<Partition>> partitions_in(Session& session, int tier, std::int64_t lower_ms,
                                             std::int64_t upper_ms) {
  auto rows = session.run(
      "SELECT (extract(epoch FROM lower) * 1000)::bigint, (extract(epoch FROM upper) * "
      "1000)::bigint, name FROM chunk_partitions "
      "WHERE tier = $1 AND lower < $3 AND upper > $2 ORDER BY lower",
      {std::to_string(tier), to_rfc3339(from_ms(lower_ms)), to_rfc3339(from_ms(upper_ms))});
  if (!rows) return fail(rows.error());
  std::vector<Partition> found;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    found.push_back({tier, rows->number(i, 0), rows->number(i, 1), rows->text(i, 2)});
  }
  return found;
}

Result<std::vector<Partition>> partitions_for(Session& session, const Tier& tier,
                                              std::int64_t from_ms, std::int64_t to_ms,
                                              Instant now) {
  if (auto done = run(session, kShareChunks); !done) return fail(done.error());
  return find_or_make(session, tier, from_ms, to_ms, now);
}

// `session` holds the lock that keeps swaps away, for `maker` too.
Result<std::vector<Partition>> known_partitions_for(Session& session, Session& maker,
                                                    const Tier& tier, std::int64_t from_ms,
                                                    std::int64_t to_ms, Instant now) {
  auto known = partitions_in(session, tier.number(), from_ms, to_ms + 1);
  if (!known || !first_gap(*known, from_ms, to_ms)) return known;
  auto done = run(maker, "BEGIN");
  if (done) {
    const auto made = find_or_make(maker, tier, from_ms, to_ms, now);
    done = made ? run(maker, "COMMIT") : fail(made.error());
  }
  if (!done) {
    (void)maker.run("ROLLBACK");
    return fail(done.error());
  }
  if (done = outwait_planners(maker, tier.number()); !done) return fail(done.error());
  return partitions_in(session, tier.number(), from_ms, to_ms + 1);
}

Result<void> note_added(Session& session, const Partition& partition, std::size_t chunks,
                        Instant now) {
  return run(session,
             "UPDATE chunk_partitions SET loose = loose + $3, written_at = $4 "
             "WHERE tier = $1 AND lower = $2",
             {std::to_string(partition.tier), to_rfc3339(from_ms(partition.lower_ms)),
              std::to_string(chunks), to_rfc3339(now)});
}

Result<Partition> make_tables(Session& session, int tier, std::int64_t lower_ms,
                              std::int64_t upper_ms) {
  Partition made{tier, lower_ms, upper_ms, ""};
  auto name = name_of(session, made);
  if (!name) return fail(name.error());
  made.name = std::move(*name);
  for (const auto& kind : kKinds) {
    auto done = run(session, "CREATE TABLE " + table(kind, made) + " (LIKE " + kind.root +
                                 " INCLUDING STORAGE, CONSTRAINT borders CHECK (tier = " +
                                 std::to_string(tier) + " AND start >= " + literal(lower_ms) +
                                 " AND start < " + literal(upper_ms) + ")) " + kStored);
    if (!done) return fail(done.error());
  }
  return made;
}

Result<void> index_tables(Session& session, const Partition& partition) {
  for (const auto& kind : kKinds) {
    const auto name = table(kind, partition);
    // Rows come in the order of the index, or the table is full and final: pages may be full.
    auto done =
        run(session, "CREATE INDEX ON " + name + " " + kind.index + " WITH (fillfactor = 100)");
    // A table of many days, of which one may be made again.
    const bool days = Tier::of(partition.tier).resolution == Resolution::one_hour;
    if (done && days) done = run(session, "CREATE INDEX ON " + name + " (start)");
    if (!done) return done;
  }
  return {};
}

Result<void> attach(Session& session, const Partition& partition, Instant written) {
  if (auto done = make_tier(session, partition.tier); !done) return done;
  if (auto done = list(session, partition, written); !done) return done;
  return attach_tables(session, partition);
}

Result<void> lock_tier(Session& session, int tier) {
  return run(session, "LOCK TABLE ONLY " + tier_table("chunks", tier) + ", ONLY " +
                          tier_table("chunk_times", tier) + " IN ACCESS EXCLUSIVE MODE");
}

Result<void> drop(Session& session, const Partition& partition) {
  // By number, and all of one kind after the other: the same order for everybody.
  for (const auto& kind : kKinds) {
    const auto name = table(kind, partition);
    auto done = run(session, "ALTER TABLE " + tier_table(kind.root, partition.tier) +
                                 " DETACH PARTITION " + name + "; DROP TABLE " + name);
    if (!done) return done;
  }
  return run(session, "DELETE FROM chunk_partitions WHERE tier = $1 AND lower = $2",
             {std::to_string(partition.tier), to_rfc3339(from_ms(partition.lower_ms))});
}

}  // namespace monitron::series
