#pragma once
// The tables that chunks lie in: per tier and time, made when they are needed. Private to this
// room, and used by the compactor alone, which holds the lease.

#include "series/session.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace monitron::series {

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

// In the running transaction: those of `tier` that [from, to] needs, by time; those that are
// missing are made (two hours each for raw samples, a day for 5 min, a month for 1 h), without a
// lock that readers would wait for.
Result<std::vector<Partition>> partitions_for(Session& session, const Tier& tier,
                                              std::int64_t from_ms, std::int64_t to_ms);

}  // namespace monitron::series
