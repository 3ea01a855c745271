#pragma once
// What the writer and the reader of integer sequences agree upon. Private to this room.

#include <cstddef>
#include <cstdint>

namespace monitron::series {

// The low three bits of a shape; kWide is the fourth.
inline constexpr std::uint8_t kConstant = 0;
inline constexpr std::uint8_t kSteps = 1;
inline constexpr std::uint8_t kThousands = 2;  // steps of a multiple of 1000
inline constexpr std::uint8_t kBlocks = 3;     // of 64; 4: of 128; 5: of 256
inline constexpr std::uint8_t kLastShape = 5;
inline constexpr std::uint8_t kWide = 8;  // differences may leave 64 bits: SQL must take care

inline constexpr std::size_t kLargestBlock = 256;

// The first two bits of a block: what its numbers are counted from.
enum class Frame : std::uint8_t {
  level = 0,  // the number before the block
  delta = 1,  // the number before each
  bend = 2,   // the delta before each
  line = 3,   // a line from the number before the block
};
inline constexpr std::uint8_t kWidthBits = 6;
inline constexpr std::uint8_t kWidthMask = 63;
inline constexpr std::uint8_t kFullWidth = 63;    // stands for 64 in a level, no other has it
inline constexpr std::uint8_t kEven = 0x40 | 63;  // some blocks whose deltas are all the same

}  // namespace monitron::series
