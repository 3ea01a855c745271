#include "series/sql_text.hpp"

#include "base/clock.hpp"

#include <algorithm>

namespace monitron::series {

// In the order in which they are dropped.
std::string sql_share_tiers(const std::set<int>& tiers) {
  std::string tables;
  for (const char* root : {"chunks_t", "chunk_times_t"}) {
    for (const auto tier : tiers) {
      tables += (tables.empty() ? "ONLY " : ", ONLY ") + (root + std::to_string(tier));
    }
  }
  return "LOCK TABLE " + tables + " IN ACCESS SHARE MODE";
}

std::string sql_time(std::int64_t ms) {
  constexpr std::int64_t kEndMs = 7'258'118'400'000;  // 2200-01-01; nothing later is stored
  return "'" + to_rfc3339(from_ms(std::clamp<std::int64_t>(ms, 0, kEndMs))) + "'::timestamptz";
}

}  // namespace monitron::series
