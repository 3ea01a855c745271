#include "series/bit_packing.hpp"

#include <array>
#include <cstring>
#include <utility>

namespace monitron::series {
namespace {

constexpr std::size_t kGroup = 64;  // of any width fill whole words

std::uint64_t word_at(const unsigned char* data, std::size_t index) {
  std::uint64_t word = 0;
  std::memcpy(&word, data + 8 * index, 8);
  return __builtin_bswap64(word);
}

template <unsigned kWidth>
void unpack_group(const unsigned char* data, std::uint64_t* numbers) {
  if constexpr (kWidth == 0) {
    std::memset(numbers, 0, kGroup * sizeof *numbers);
  } else {
#pragma GCC unroll 64
    for (std::size_t i = 0; i < kGroup; ++i) {
      const std::size_t word = i * kWidth / 64;
      const unsigned skip = i * kWidth % 64;
      std::uint64_t number = (word_at(data, word) << skip) >> (64 - kWidth);
      if (skip + kWidth > 64) number |= word_at(data, word + 1) >> ((128 - skip - kWidth) % 64);
      numbers[i] = number;
    }
  }
}

using Unpack = void (*)(const unsigned char*, std::uint64_t*);

template <unsigned... kWidths>
constexpr std::array<Unpack, sizeof...(kWidths)> unpackers(
    std::integer_sequence<unsigned, kWidths...> /*widths*/) {
  return {unpack_group<kWidths>...};
}

constexpr auto kUnpackers = unpackers(std::make_integer_sequence<unsigned, 65>());

void put_word(std::string& out, std::uint64_t word, std::size_t bytes) {
  std::array<char, 8> raw{};
  word = __builtin_bswap64(word);
  std::memcpy(raw.data(), &word, 8);
  out.append(raw.data(), bytes);
}

}  // namespace

void pack_bits(const std::uint64_t* numbers, std::size_t count, unsigned width, std::string& out) {
  if (width == 0) return;
  std::uint64_t word = 0;
  unsigned room = 64;
  const std::uint64_t mask = ~std::uint64_t{0} >> (64 - width);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number = numbers[i] & mask;
    if (width < room) {
      room -= width;
      word |= number << room;
      continue;
    }
    const unsigned rest = width - room;
    put_word(out, word | number >> rest, 8);
    room = 64 - rest;
    word = rest == 0 ? 0 : number << room;
  }
  put_word(out, word, (64 - room + 7) / 8);
}

void unpack_bits(const unsigned char* data, std::size_t count, unsigned width,
                 std::uint64_t* numbers) {
  const auto unpack = kUnpackers.at(width);
  for (; count >= kGroup; count -= kGroup) {
    unpack(data, numbers);
    data += std::size_t{8} * width;
    numbers += kGroup;
  }
  if (count == 0) return;
  std::array<unsigned char, sizeof(std::uint64_t) * kGroup> padded{};
  std::memcpy(padded.data(), data, packed_bytes(count, width));
  unpack(padded.data(), numbers);
}

}  // namespace monitron::series
