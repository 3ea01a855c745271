#pragma once
// Literals for statements that take no parameters (COPY). Private to this room.

#include "base/bytes.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace monitron::series {

// Other text PostgreSQL refuses.
inline bool is_storable(std::string_view text) {
  return is_valid_utf8(text) && text.find('\0') == std::string_view::npos;
}

// '…' as standard_conforming_strings reads it. Of what is storable.
inline std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

template <class Numbers>
std::string sql_numbers(const Numbers& numbers) {
  std::string text;
  for (const auto number : numbers) {
    if (!text.empty()) text += ',';
    text += std::to_string(number);
  }
  return text;
}

template <class Numbers>
std::string sql_array(const Numbers& numbers) {
  return "'{" + sql_numbers(numbers) + "}'::int[]";
}

// A condition on a column of integers. Many numbers come by a subquery: the planner would weigh
// each one by itself otherwise, which takes it milliseconds.
template <class Numbers>
std::string sql_is_one_of(const Numbers& numbers) {
  constexpr std::size_t kFew = 8;
  if (numbers.size() == 1) return "= " + std::to_string(*numbers.begin());
  if (numbers.size() <= kFew) return "= ANY (" + sql_array(numbers) + ")";
  return "= ANY ((SELECT " + sql_array(numbers) + ")::int[])";
}

// A statement: until the transaction ends, none of the tiers' partitions is dropped nor gets
// another in its place.
std::string sql_share_tiers(const std::set<int>& tiers);

// As a timestamptz; beyond what can be stored the nearest that can.
std::string sql_time(std::int64_t ms);

}  // namespace monitron::series
