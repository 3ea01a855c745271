#pragma once
// The small numbers of a chunk: LEB128, zigzag, 64 bits big-endian. Reading beyond the end gives
// zeros and is remembered, so that a decoder asks once where it matters. Private to this room.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace monitron::series {

inline std::uint64_t zigzag(std::uint64_t number) { return (number << 1) ^ (0 - (number >> 63)); }
inline std::uint64_t unzigzag(std::uint64_t code) { return (code >> 1) ^ (0 - (code & 1)); }

inline void put_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

inline void put_big_endian(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view data)
      : at_(reinterpret_cast<const unsigned char*>(data.data())), end_(at_ + data.size()) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }
  void refuse() { ok_ = false; }

  // Null when there are not so many.
  const unsigned char* take(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(end_ - at_)) {
      ok_ = false;
      at_ = end_;
      return nullptr;
    }
    const auto* begin = at_;
    at_ += bytes;
    return begin;
  }

  std::uint8_t byte() {
    const auto* one = take(1);
    return one == nullptr ? std::uint8_t{0} : *one;
  }

  std::uint64_t varint() {
    std::uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t part = byte();
      number |= (part & 0x7f) << shift;
      if (part < 0x80) return number;
    }
    ok_ = false;  // more than ten bytes
    return 0;
  }

  std::uint64_t big_endian() {
    std::uint64_t number = 0;
    if (const auto* bytes = take(8)) std::memcpy(&number, bytes, 8);
    return __builtin_bswap64(number);
  }

 private:
  const unsigned char* at_;
  const unsigned char* end_;
  bool ok_ = true;
};

}  // namespace monitron::series
