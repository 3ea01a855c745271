#pragma once
// What the query of a database check brought, and what that means.

#include "domain/check_result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace monitron::probe {

struct QueryAnswer {
  std::uint64_t rows = 0;
  bool null = false;  // the first value of the first row
  std::string first;  // its head

  void add_row(std::optional<std::string_view> value);
};

// Longer values are cut.
inline constexpr std::size_t kQueryValueBytes = 1 << 16;

struct Judgement {
  domain::CheckStatus status = domain::CheckStatus::up;
  std::string reason{};
};
// `expected`: RE2 that the first value must match; empty: any answer will do.
Judgement judge(const QueryAnswer& answer, const std::string& expected);
// The first value as a number; nothing when it is none.
std::optional<double> number_of(const QueryAnswer& answer);

}  // namespace monitron::probe
