#include "series/copy_rows.hpp"

#include "contracts/telemetry.hpp"

#include <algorithm>
#include <bit>

namespace monitron::series {
namespace {

constexpr std::int32_t kFloat8 = 701;  // pg_type.oid
constexpr std::int64_t kEpoch2000Ms = 946'684'800'000;

}  // namespace

CopyRows::CopyRows() {
  out_.assign("PGCOPY\n\377\r\n\0", 11);
  put32(0);  // flags
  put32(0);  // header extension
}

void CopyRows::put16(std::int16_t number) {
  const auto bits = static_cast<std::uint16_t>(number);
  out_ += static_cast<char>(bits >> 8);
  out_ += static_cast<char>(bits);
}

void CopyRows::put32(std::int32_t number) {
  const auto bits = static_cast<std::uint32_t>(number);
  for (int shift = 24; shift >= 0; shift -= 8) out_ += static_cast<char>(bits >> shift);
}

void CopyRows::put64(std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(bits >> shift);
}

void CopyRows::put_field(std::int32_t number) {
  put32(4);
  put32(number);
}

void CopyRows::put_array(std::span<const double> values) {
  const auto absent = std::count_if(values.begin(), values.end(), contracts::is_absent);
  const auto present = static_cast<std::int32_t>(values.size()) - static_cast<std::int32_t>(absent);
  put32(20 + 4 * static_cast<std::int32_t>(values.size()) + 8 * present);
  put32(1);  // dimensions
  put32(absent > 0 ? 1 : 0);
  put32(kFloat8);
  put32(static_cast<std::int32_t>(values.size()));
  put32(1);  // lower bound
  for (const double value : values) {
    if (contracts::is_absent(value)) {
      put32(-1);
    } else {
      put32(8);
      put64(std::bit_cast<std::int64_t>(value));
    }
  }
}

void CopyRows::add(std::int32_t source, std::int32_t layout, std::int64_t time_ms,
                   std::span<const double> values) {
  put16(4);  // fields
  put_field(source);
  put_field(layout);
  put32(8);
  put64((time_ms - kEpoch2000Ms) * 1000);
  put_array(values);
  ++rows_;
}

std::string CopyRows::finish() {
  put16(-1);
  return std::move(out_);
}

}  // namespace monitron::series
