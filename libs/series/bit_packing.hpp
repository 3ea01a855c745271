#pragma once
// Numbers of 0 to 64 bits side by side, the highest bit first, as PostgreSQL's bit strings have
// them. Private to this room.

#include <cstddef>
#include <cstdint>
#include <string>

namespace monitron::series {

inline std::size_t packed_bytes(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

// Appends the low `width` bits of each number.
void pack_bits(const std::uint64_t* numbers, std::size_t count, unsigned width, std::string& out);

// Reads packed_bytes(count, width) bytes. `numbers` has room for the next multiple of 64.
void unpack_bits(const unsigned char* data, std::size_t count, unsigned width,
                 std::uint64_t* numbers);

}  // namespace monitron::series
