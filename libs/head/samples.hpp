#pragma once
// The recent samples of one series, compressed as they come. Private to this room.
//
// Each sample is a token: a byte that says how the value follows and, in 5 bits, by how many
// milliseconds the step in time is another one than before, since reports are some milliseconds
// off. Values are decimal integers (value = m / 10^e, exactly) as differences, as chunks on disk
// have them; what no decimal fits is kept by its bits. A value that stays takes 1 byte, a counter
// or a gauge with a few digits 2 or 3, a value of full precision 9. Every double comes back bit by
// bit: NaN with its payload, ±Inf, −0.
//
// Adding at the end is cheap; what comes late, or for a time that is there already, unpacks and
// packs all samples of the series. 49 bytes and one allocation per series.

#include "promql/source.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace monitron::head {

class Samples {
 public:
  Samples() = default;
  Samples(Samples&& other) noexcept;
  Samples& operator=(Samples&& other) noexcept;
  ~Samples() = default;

  bool empty() const { return size_ == 0; }
  std::int64_t first_ms() const { return first_ms_; }
  std::int64_t last_ms() const { return last_ms_; }
  std::size_t bytes() const { return capacity_; }  // allocated
  std::size_t count() const;                       // by reading them all

  // `horizon_ms`: what is older may be forgotten to make room.
  // When `sample` is newer than all others. Else use merge().
  void append(const promql::Sample& sample, std::int64_t horizon_ms);
  // In time order, times not equal. `replace`: these win over samples of the same time.
  void merge(std::span<const promql::Sample> samples, bool replace);
  void drop_before(std::int64_t time_ms);
  // Appends to `out` what is in [from, to].
  void read(std::int64_t from_ms, std::int64_t to_ms, std::vector<promql::Sample>& out) const;

 private:
  struct Cursor;
  struct Token;
  Token token_of(const promql::Sample& sample) const;
  static Token first_token(const promql::Sample& sample, int exponent);
  void put(const Token& token);
  void begin(const promql::Sample& sample);
  void grow(std::size_t size);
  std::size_t wanted(std::size_t needed, std::int64_t now_ms, std::int64_t horizon_ms) const;

  std::int64_t first_ms_ = 0;
  std::int64_t last_ms_ = 0;
  double last_value_ = 0;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
  std::int32_t first_step_ = 0;  // before the first sample: what the second one's is compared with
  std::int32_t last_step_ = 0;
  std::int8_t last_exponent_ = 0;  // kRaw: the last value is no decimal
};

}  // namespace monitron::head
