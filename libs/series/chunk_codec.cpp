#include "series/chunk_codec.hpp"

#include "series/decimals.hpp"
#include "series/integer_blocks.hpp"

#include <algorithm>
#include <bit>

namespace monitron::series {
namespace {

constexpr std::uint8_t kVersion = 1;  // the high half of the first byte; the low one is the shape
constexpr std::uint8_t kShapeMask = 15;

// The second byte of values: an exponent, or kBits.
constexpr std::uint8_t kExponentMask = 31;
constexpr std::uint8_t kBits = 31;    // the numbers are the bits of doubles
constexpr std::uint8_t kOthers = 32;  // values that are no decimals follow

tl::unexpected<Error> not_ours(const char* what) {
  return fail(Fault::invalid, std::string(what) + " are not in the form of chunks");
}

struct Head {
  std::uint8_t shape = 0;
  std::size_t count = 0;
};

Head get_head(ByteReader& in) {
  const auto first = in.byte();
  const auto count = in.varint();
  if (first >> 4 != kVersion || count > kMaxChunkSamples) in.refuse();
  return {static_cast<std::uint8_t>(first & kShapeMask), in.ok() ? count : 0};
}

std::string begin(std::size_t count) {
  MONITRON_EXPECTS(count <= kMaxChunkSamples);
  std::string out(1, static_cast<char>(kVersion << 4));
  put_varint(out, count);
  return out;
}

void put_numbers(std::span<const std::int64_t> numbers, First first, std::string& out) {
  const std::uint8_t shape = put_integers(numbers, first, out);
  out.front() = static_cast<char>(out.front() | shape);
}

// Runs of the same value: how many numbers lie between, how many are meant, and the bits unless
// they are those of the run before.
void put_others(std::span<const double> values, std::span<const std::uint32_t> places,
                std::string& out) {
  const auto bits_at = [&](std::size_t i) {
    return std::bit_cast<std::uint64_t>(values[places[i]]);
  };
  std::string runs;
  std::size_t count = 0;
  std::uint32_t end = 0;
  for (std::size_t i = 0; i < places.size(); ++count) {
    const std::uint64_t bits = bits_at(i);
    std::size_t length = 1;
    while (i + length < places.size() && places[i + length] == places[i] + length &&
           bits_at(i + length) == bits) {
      ++length;
    }
    const bool same = i > 0 && bits_at(i - 1) == bits;
    put_varint(runs, places[i] - end);
    put_varint(runs, 2 * length + (same ? 1 : 0));
    if (!same) put_big_endian(runs, bits);
    end = static_cast<std::uint32_t>(places[i] + length);
    i += length;
  }
  put_varint(out, count);
  out += runs;
}

void get_others(ByteReader& in, std::span<double> values) {
  double value = 0;
  bool known = false;
  for (std::uint64_t runs = in.varint(); runs > 0 && in.ok(); --runs) {
    const std::uint64_t skip = in.varint();
    const std::uint64_t code = in.varint();
    const std::uint64_t length = code / 2;
    if (code % 2 == 0) value = std::bit_cast<double>(in.big_endian());
    known = known || code % 2 == 0;
    if (!known || length == 0 || skip > values.size() || length > values.size() - skip) {
      return in.refuse();
    }
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(skip), length, value);
    values = values.subspan(skip + length);
  }
}

std::string encode_decimals(std::span<const double> values, const Decimals& decimals) {
  std::string out = begin(values.size());
  const bool others = !decimals.others.empty();
  out += static_cast<char>(decimals.exponent | (others ? kOthers : 0));
  put_numbers(decimals.numbers, First::varint, out);
  if (others) put_others(values, decimals.others, out);
  return out;
}

std::string encode_bits(std::span<const double> values) {
  std::string out = begin(values.size());
  out += static_cast<char>(kBits);
  std::vector<std::int64_t> numbers(values.size());
  std::transform(values.begin(), values.end(), numbers.begin(),
                 [](double value) { return std::bit_cast<std::int64_t>(value); });
  put_numbers(numbers, First::raw, out);
  return out;
}

}  // namespace

std::string encode_values(std::span<const double> values) {
  if (values.empty()) return begin(0);
  const auto decimals = decimals_of(values);
  if (!decimals) return encode_bits(values);
  auto out = encode_decimals(values, *decimals);
  // A few others do not matter; with many of them the bits may be shorter.
  if (32 * decimals->others.size() <= values.size()) return out;
  auto bits = encode_bits(values);
  return bits.size() < out.size() ? bits : out;
}

Result<void> decode_values(std::string_view data, std::vector<double>& out) {
  ByteReader in(data);
  const Head head = get_head(in);
  if (head.count > 0) {
    const std::uint8_t scale = in.byte();
    const unsigned exponent = scale & kExponentMask;
    if (exponent != kBits && exponent > kMaxExponent) in.refuse();
    if (!in.ok()) return not_ours("values");
    std::vector<std::int64_t> numbers(head.count);
    get_integers(in, head.shape, exponent == kBits ? First::raw : First::varint, numbers);
    if (!in.ok()) return not_ours("values");
    const std::size_t before = out.size();
    out.resize(before + head.count);
    const auto values = std::span(out).subspan(before);
    if (exponent == kBits) {
      std::memcpy(values.data(), numbers.data(), values.size_bytes());
    } else {
      doubles_of(numbers, exponent, values.data());
    }
    if ((scale & kOthers) != 0) get_others(in, values);
    if (!in.ok() || !in.at_end()) out.resize(before);
  }
  if (!in.ok() || !in.at_end()) return not_ours("values");
  return {};
}

std::string encode_times(std::span<const std::int64_t> times_ms) {
  std::string out = begin(times_ms.size());
  if (!times_ms.empty()) put_numbers(times_ms, First::varint, out);
  return out;
}

Result<void> decode_times(std::string_view data, std::vector<std::int64_t>& out) {
  ByteReader in(data);
  const Head head = get_head(in);
  const std::size_t before = out.size();
  out.resize(before + head.count);
  if (head.count > 0) {
    get_integers(in, head.shape, First::varint, std::span(out).subspan(before));
  }
  if (in.ok() && in.at_end()) return {};
  out.resize(before);
  return not_ours("times");
}

std::string encode_presence(const std::vector<bool>& present) {
  std::string out(1, static_cast<char>(kVersion << 4));
  bool expected = true;
  for (std::size_t at = 0; at < present.size(); expected = !expected) {
    const std::size_t begun = at;
    while (at < present.size() && present[at] == expected) ++at;
    put_varint(out, at - begun);
  }
  return out;
}

Result<void> decode_presence(std::string_view data, std::size_t count, std::vector<bool>& out) {
  ByteReader in(data);
  if (in.byte() >> 4 != kVersion || count > kMaxChunkSamples) in.refuse();
  const std::size_t before = out.size();
  std::size_t left = count;
  for (bool present = true; left > 0 && in.ok(); present = !present) {
    const std::uint64_t length = in.varint();
    // Only the first run may be empty: else bytes could say nothing without end.
    if (length > left || (length == 0 && left < count)) in.refuse();
    if (!in.ok()) break;
    out.insert(out.end(), length, present);
    left -= length;
  }
  if (in.ok() && in.at_end()) return {};
  out.resize(before);
  return not_ours("presences");
}

}  // namespace monitron::series
