#pragma once
// Reads numbers and texts of binary messages. What is not there reads as zero or empty and leaves
// good() false for ever: one question at the end is enough.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace monitron::probe {

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool good() const { return good_; }
  std::size_t left() const { return rest_.size(); }

  std::string_view bytes(std::size_t count) {
    if (!good_ || count > rest_.size()) {
      good_ = false;
      return {};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest() { return bytes(rest_.size()); }
  // The bytes before the next NUL, which is passed over.
  std::string_view text() {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) good_ = false;
    const auto taken = bytes(end);
    if (good_) rest_.remove_prefix(1);
    return taken;
  }
  void skip(std::size_t count) { bytes(count); }

  template <std::integral T>
  T big(std::size_t width = sizeof(T)) {
    std::uint64_t value = 0;
    for (const char byte : bytes(width)) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<T>(value);
  }
  template <std::integral T>
  T little(std::size_t width = sizeof(T)) {
    std::uint64_t value = 0;
    std::size_t shift = 0;
    for (const char byte : bytes(width)) {
      value |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
      shift += 8;
    }
    return static_cast<T>(value);
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

template <std::integral T>
void append_big(std::string& out, T value, std::size_t width = sizeof(T)) {
  for (std::size_t i = width; i-- > 0;) {
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

template <std::integral T>
void append_little(std::string& out, T value, std::size_t width = sizeof(T)) {
  for (std::size_t i = 0; i < width; ++i) {
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

// What a frame at the head of some bytes is.
enum class Framing { more, whole, broken };

}  // namespace monitron::probe
