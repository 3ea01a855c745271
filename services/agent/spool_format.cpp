#include "agent/spool_format.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace monitron::agent {
namespace {

constexpr std::string_view kSegmentMagic = "MONSPOOL";
constexpr std::string_view kCursorMagic = "MONCURSR";
constexpr std::string_view kSuffix = ".segment";
constexpr std::uint32_t kVersion = 1;

template <class Integer>
void put(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
}

template <class Integer>
Integer get(std::string_view bytes, std::size_t at) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value |= static_cast<Integer>(static_cast<Integer>(static_cast<unsigned char>(bytes[at + i]))
                                  << (8 * i));
  }
  return value;
}

void put(std::string& out, const Epoch& epoch) { out.append(epoch.begin(), epoch.end()); }

Epoch get_epoch(std::string_view bytes, std::size_t at) {
  Epoch epoch;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), epoch.size(), epoch.begin());
  return epoch;
}

void put_crc(std::string& out) { put(out, crc32c(out)); }

bool crc_fits(std::string_view bytes) {
  const auto covered = bytes.size() - 4;
  return crc32c(bytes.substr(0, covered)) == get<std::uint32_t>(bytes, covered);
}

std::uint32_t record_crc(std::uint32_t length, std::uint64_t seq, std::string_view body) {
  std::string covered;
  covered.reserve(12 + body.size());
  put(covered, length);
  put(covered, seq);
  covered.append(body);
  return crc32c(covered);
}

}  // namespace

std::string encode(const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  put(out, kVersion);
  put(out, header.epoch);
  put(out, header.first_seq);
  put_crc(out);
  return out;
}

std::optional<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (bytes.size() != kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic)) return {};
  if (!crc_fits(bytes) || get<std::uint32_t>(bytes, 8) != kVersion) return {};
  return SegmentHeader{get_epoch(bytes, 12), get<std::uint64_t>(bytes, 28)};
}

std::string encode_record(std::uint64_t seq, std::string_view body) {
  const auto length = static_cast<std::uint32_t>(body.size());
  std::string out;
  out.reserve(kRecordHeaderBytes + body.size());
  put(out, length);
  put(out, record_crc(length, seq, body));
  put(out, seq);
  out.append(body);
  return out;
}

std::optional<RecordHeader> decode_record_header(std::string_view bytes) {
  if (bytes.size() != kRecordHeaderBytes) return {};
  const RecordHeader header{get<std::uint32_t>(bytes, 0), get<std::uint32_t>(bytes, 4),
                            get<std::uint64_t>(bytes, 8)};
  if (header.length > kLargestBody) return {};
  return header;
}

bool is_whole(const RecordHeader& header, std::string_view body) {
  return body.size() == header.length && record_crc(header.length, header.seq, body) == header.crc;
}

std::string encode(const Cursor& cursor) {
  std::string out(kCursorMagic);
  put(out, cursor.generation);
  put(out, cursor.acknowledged);
  put_crc(out);
  return out;
}

std::optional<Cursor> decode_cursor_slot(std::string_view bytes) {
  if (bytes.size() != kCursorSlotBytes || !bytes.starts_with(kCursorMagic)) return {};
  if (!crc_fits(bytes)) return {};
  return Cursor{get<std::uint64_t>(bytes, 8), get<std::uint64_t>(bytes, 16)};
}

std::string segment_name(std::uint64_t first_seq) {
  std::string big_endian;
  for (int shift = 56; shift >= 0; shift -= 8) {
    big_endian.push_back(static_cast<char>((first_seq >> shift) & 0xff));
  }
  return to_hex(big_endian) + std::string(kSuffix);
}

bool is_segment_name(std::string_view name) {
  return name.size() == 16 + kSuffix.size() && name.ends_with(kSuffix);
}

}  // namespace monitron::agent
