#pragma once
// Sequences of 64-bit integers: the first number, then a step, a constant or blocks in patched
// frame of reference, as docs/chunk-format.md has it. All arithmetic wraps. Private to this room.

#include "series/byte_reader.hpp"

#include <span>

namespace monitron::series {

// How the first number is written: small as a varint, or the bits of a double.
enum class First { varint, raw };

// Appends the numbers (at least one) and returns their shape, four bits that the reader needs.
std::uint8_t put_integers(std::span<const std::int64_t> numbers, First first, std::string& out);

// Fills `numbers`. In trouble `in` is not ok and the numbers are arbitrary.
void get_integers(ByteReader& in, std::uint8_t shape, First first, std::span<std::int64_t> numbers);

}  // namespace monitron::series
