#pragma once
// The bytes of a spool. Integers are little-endian.
//
//   segment <first seq in hex>.segment:
//     "MONSPOOL" version:u32 epoch:16 first_seq:u64 crc:u32, then records
//   record:  length:u32 crc:u32 seq:u64 body:length     crc over length, seq and body
//   cursor:  two slots, at 0 and at 4096, written in turn, so that one of them is always whole:
//     "MONCURSR" generation:u64 acknowledged:u64 crc:u32

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace monitron::agent {

using Epoch = std::array<std::uint8_t, 16>;

inline constexpr std::size_t kSegmentHeaderBytes = 40;
inline constexpr std::size_t kRecordHeaderBytes = 16;
inline constexpr std::size_t kCursorSlotBytes = 28;
inline constexpr std::size_t kCursorSlotStride = 4096;
inline constexpr std::size_t kLargestBody = 8u << 20;

struct SegmentHeader {
  Epoch epoch{};
  std::uint64_t first_seq = 0;
};
std::string encode(const SegmentHeader& header);
std::optional<SegmentHeader> decode_segment_header(std::string_view bytes);

std::string encode_record(std::uint64_t seq, std::string_view body);
struct RecordHeader {
  std::uint32_t length = 0;
  std::uint32_t crc = 0;
  std::uint64_t seq = 0;
};
std::optional<RecordHeader> decode_record_header(std::string_view bytes);
bool is_whole(const RecordHeader& header, std::string_view body);

struct Cursor {
  std::uint64_t generation = 0;
  std::uint64_t acknowledged = 0;  // every record up to this one is done
};
std::string encode(const Cursor& cursor);
std::optional<Cursor> decode_cursor_slot(std::string_view bytes);

std::string segment_name(std::uint64_t first_seq);
bool is_segment_name(std::string_view name);

}  // namespace monitron::agent
