#pragma once
// Rows in the form of COPY … (FORMAT binary) (PostgreSQL manual, COPY, "Binary Format"), field by
// field. Private to this room.

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace monitron::series {

inline constexpr std::int64_t kEpoch2000Ms = 946'684'800'000;

class BinaryRows {
 public:
  BinaryRows() {
    out_.assign("PGCOPY\n\377\r\n\0", 11);
    put32(0);  // flags
    put32(0);  // header extension
  }

  void put16(std::int16_t number) { put(__builtin_bswap16(static_cast<std::uint16_t>(number))); }
  void put32(std::int32_t number) { put(__builtin_bswap32(static_cast<std::uint32_t>(number))); }
  void put64(std::int64_t number) { put(__builtin_bswap64(static_cast<std::uint64_t>(number))); }

  void row(std::int16_t fields) { put16(fields); }
  void field16(std::int16_t number) {
    put32(2);
    put16(number);
  }
  void field32(std::int32_t number) {
    put32(4);
    put32(number);
  }
  void field64(std::int64_t number) {
    put32(8);
    put64(number);
  }
  void optional64(std::optional<std::int64_t> number) { number ? field64(*number) : null(); }
  void field_double(double number) { field64(std::bit_cast<std::int64_t>(number)); }
  // One field each; of a row there are very many.
  void fields_double(std::span<const double> numbers) {
    constexpr std::size_t kField = 12;
    const auto at = out_.size();
    out_.resize(at + numbers.size() * kField);
    char* to = out_.data() + at;
    const auto length = __builtin_bswap32(8);
    for (const double number : numbers) {
      const auto bits = __builtin_bswap64(std::bit_cast<std::uint64_t>(number));
      std::memcpy(to, &length, sizeof length);
      std::memcpy(to + sizeof length, &bits, sizeof bits);
      to += kField;
    }
  }
  void field_time(std::int64_t time_ms) { field64((time_ms - kEpoch2000Ms) * 1000); }
  void field_bytes(std::string_view bytes) {
    put32(static_cast<std::int32_t>(bytes.size()));
    out_ += bytes;
  }
  void optional_bytes(std::optional<std::string_view> bytes) {
    bytes ? field_bytes(*bytes) : null();
  }
  void null() { put32(-1); }

  std::size_t bytes() const { return out_.size(); }
  std::string take() { return std::exchange(out_, {}); }  // what there is so far
  std::string finish() {                                  // once
    put16(-1);
    return std::move(out_);
  }

 private:
  template <class Number>
  void put(Number number) {
    char raw[sizeof number];
    std::memcpy(raw, &number, sizeof number);
    out_.append(raw, sizeof number);
  }

  std::string out_;
};

}  // namespace monitron::series
