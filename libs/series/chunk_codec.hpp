#pragma once
// Times and values of a chunk as bytes; docs/chunk-format.md describes the form, and the SQL
// functions monitron_v1.decode_times and monitron_v1.decode_values read the same. Pure.
//
// Values: decimal integers (value = m / 10^e, exactly) in blocks, patched frame of reference; what
// no decimal fits is kept by its bits. Every double comes back bit by bit: NaN with its payload,
// ±Inf, −0, denormals. Times: milliseconds, not decreasing; equal ones are kept.

#include "base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::series {

// No chunk has more; decoders refuse a head that says so, so that hostile bytes cost no memory.
inline constexpr std::size_t kMaxChunkSamples = 65'536;

std::string encode_values(std::span<const double> values);
std::string encode_times(std::span<const std::int64_t> times_ms);

// Append to `out`. Fault: invalid, for bytes that no encoder made (nothing is read beyond them).
Result<void> decode_values(std::string_view data, std::vector<double>& out);
Result<void> decode_times(std::string_view data, std::vector<std::int64_t>& out);

// Which of `count` shared times a series has a value at: run lengths, present first.
std::string encode_presence(const std::vector<bool>& present);
Result<void> decode_presence(std::string_view data, std::size_t count, std::vector<bool>& out);

}  // namespace monitron::series
