#include "remote_write.hpp"

#include <cstring>

namespace monitron::promql {

namespace {

void varint(std::string& out, std::uint64_t value) {
  while (value >= 128) {
    out += static_cast<char>(value | 128);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void field(std::string& out, int number, const std::string& bytes) {
  varint(out, static_cast<std::uint64_t>(number) << 3 | 2);
  varint(out, bytes.size());
  out += bytes;
}

std::string encoded(const Sample& sample) {
  std::string out("\x09");
  const auto bits = std::bit_cast<std::uint64_t>(sample.value);
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(bits >> shift);
  out += '\x10';
  varint(out, static_cast<std::uint64_t>(sample.time_ms));
  return out;
}

std::string encoded(const Series& series) {
  std::string out;
  for (const auto& [name, value] : series.labels.pairs()) {
    std::string label;
    field(label, 1, name);
    field(label, 2, value);
    field(out, 1, label);
  }
  for (const auto& sample : series.samples) field(out, 2, encoded(sample));
  return out;
}

// Literals alone.
std::string snappy(const std::string& bytes) {
  constexpr std::size_t kMost = 65536;
  std::string out;
  varint(out, bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += kMost) {
    const auto piece = std::min(kMost, bytes.size() - at);
    out += static_cast<char>(61 << 2);
    out += static_cast<char>((piece - 1) & 255);
    out += static_cast<char>((piece - 1) >> 8);
    out.append(bytes, at, piece);
  }
  return out;
}

}  // namespace

std::string write_request(const std::vector<Series>& series) {
  std::string out;
  for (const auto& one : series) field(out, 1, encoded(one));
  return snappy(out);
}

}  // namespace monitron::promql
