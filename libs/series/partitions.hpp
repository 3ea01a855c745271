#pragma once
// The tables that chunks lie in: per tier and time, made when they are needed. Private to this
// room, and used by the owner of the compactor's lease alone. Who adds chunks and who rewrites
// partitions may be different threads of it: next_part and partitions_for keep rewritten partitions
// from taking their place until the transaction ends.

#include "base/clock.hpp"
#include "series/session.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace monitron::series {

inline constexpr std::int64_t kFiveMinutesMs = 300'000;
inline constexpr std::int64_t kHourMs = 3'600'000;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;

enum class Resolution { raw = 0, five_minutes = 1, one_hour = 2 };

// A retention class at one resolution.
struct Tier {
  int retention_class = 0;
  Resolution resolution = Resolution::raw;
  int number() const { return 4 * retention_class + static_cast<int>(resolution); }
  static Tier of(int number) { return {number / 4, static_cast<Resolution>(number % 4)}; }
};

struct Partition {
  int tier = 0;
  std::int64_t lower_ms = 0;  // inclusive
  std::int64_t upper_ms = 0;  // exclusive
  std::string name{};
  std::string chunks() const { return "chunks_" + name; }
  std::string times() const { return "chunk_times_" + name; }
};

// For who adds chunks, before anything else in the transaction: a number for them, larger than that
// of all chunks that are stored already (one owner adds in one transaction at a time).
Result<std::int64_t> next_part(Session& session);

// In the running transaction (READ COMMITTED): those of `tier` that [from, to] needs, by time.
// Those that are missing are made, for all of [from, to], without a lock that readers would wait
// for: two hours each for raw samples, or the whole day when it ended more than a day before `now`
// (history that is loaded); a day for 5 min; a month for 1 h.
Result<std::vector<Partition>> partitions_for(Session& session, const Tier& tier,
                                              std::int64_t from_ms, std::int64_t to_ms,
                                              Instant now);

// The same, for who moves samples from where readers see them now: what is missing is made by
// `maker` in a transaction of its own, and when this returns no statement can be on its way that
// was planned without it, but for those of our own application. Otherwise one that is planned
// before and takes its snapshot after the samples have moved would see them nowhere.
Result<std::vector<Partition>> known_partitions_for(Session& session, Session& maker,
                                                    const Tier& tier, std::int64_t from_ms,
                                                    std::int64_t to_ms, Instant now);

// In the same transaction, late in it: so many chunks were added to it.
Result<void> note_added(Session& session, const Partition& partition, std::size_t chunks,
                        Instant now);

// For who rewrites. A partition of its own name, which is nobody's yet: tables without indexes that
// know their borders, in this transaction (so that COPY … FREEZE may fill them).
Result<Partition> make_tables(Session& session, int tier, std::int64_t lower_ms,
                              std::int64_t upper_ms);
Result<void> index_tables(Session& session, const Partition& partition);
// Makes it a part of chunks and chunk_times, and lists it; nothing may be there at its time.
Result<void> attach(Session& session, const Partition& partition, Instant written);
// The tables that its partitions hang on, if they are missing. Best in a short transaction: others
// wait until it ends.
Result<void> make_tier(Session& session, int tier);
// Nobody reads the tier until the transaction ends. Waits for all who do, and new ones wait for it:
// set lock_timeout.
Result<void> lock_tier(Session& session, int tier);
// Tables and entry, under that lock.
Result<void> drop(Session& session, const Partition& partition);

// Nobody adds chunks until the transaction ends: waits for those who are at it, and they for this.
// From now on the transaction may not be idle for longer than 10 s.
Result<void> hold_chunks(Session& session);
// What there is in [lower, upper), by time.
Result<std::vector<Partition>> partitions_in(Session& session, int tier, std::int64_t lower_ms,
                                             std::int64_t upper_ms);

std::int64_t day_of(std::int64_t time_ms);    // when its UTC day began
std::int64_t month_of(std::int64_t time_ms);  // when its UTC month began
std::int64_t month_after(std::int64_t time_ms);

}  // namespace monitron::series
