#include "series/copy_rows.hpp"

#include "contracts/telemetry.hpp"

#include <algorithm>

namespace monitron::series {
namespace {

constexpr std::int32_t kFloat8 = 701;  // pg_type.oid
constexpr std::size_t kPiece = 256u << 10;

}  // namespace

void CopyRows::put_array(std::span<const double> values) {
  const auto absent = std::count_if(values.begin(), values.end(), contracts::is_absent);
  const auto present = static_cast<std::int32_t>(values.size()) - static_cast<std::int32_t>(absent);
  out_.put32(20 + 4 * static_cast<std::int32_t>(values.size()) + 8 * present);
  out_.put32(1);  // dimensions
  out_.put32(absent > 0 ? 1 : 0);
  out_.put32(kFloat8);
  out_.put32(static_cast<std::int32_t>(values.size()));
  out_.put32(1);  // lower bound
  if (absent == 0) return out_.fields_double(values);
  for (const double value : values) {
    if (contracts::is_absent(value)) {
      out_.null();
    } else {
      out_.field_double(value);
    }
  }
}

void CopyRows::add(std::int32_t source, std::int32_t layout, std::int64_t time_ms,
                   std::span<const double> values) {
  out_.row(4);
  out_.field32(source);
  out_.field32(layout);
  out_.field_time(time_ms);
  put_array(values);
  if (out_.bytes() >= kPiece) put_(out_.take());
}

}  // namespace monitron::series
