#include "series/sql_text.hpp"

#include "base/clock.hpp"

#include <algorithm>

namespace monitron::series {

std::string sql_time(std::int64_t ms) {
  constexpr std::int64_t kEndMs = 7'258'118'400'000;  // 2200-01-01; nothing later is stored
  return "'" + to_rfc3339(from_ms(std::clamp<std::int64_t>(ms, 0, kEndMs))) + "'::timestamptz";
}

}  // namespace monitron::series
