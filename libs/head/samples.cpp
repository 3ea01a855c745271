#include "head/samples.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace monitron::head {
namespace {

using promql::Sample;

// Of a token's first byte.
constexpr std::uint8_t kOtherStep = 0x80;  // a varint follows: by how much it is another one
constexpr std::uint8_t kSmall = 0x00;      // the difference is in the low 5 bits
constexpr std::uint8_t kLarge = 0x20;      // … its low 5 bits are there, a varint has the others
constexpr std::uint8_t kBits = 0x40;       // 8 bytes follow
constexpr std::uint8_t kRescaled = 0x60;   // the exponent is there, m follows as a varint
constexpr std::uint8_t kKind = 0x60;
constexpr std::uint8_t kPayload = 0x1f;
constexpr int kPayloadBits = 5;

constexpr std::int8_t kRaw = -1;
constexpr int kMaxExponent = 12;
constexpr double kMaxMantissa = 9007199254740992.0;  // 2^53
constexpr std::array<double, kMaxExponent + 1> kPowers = {1,   1e1, 1e2, 1e3,  1e4,  1e5, 1e6,
                                                          1e7, 1e8, 1e9, 1e10, 1e11, 1e12};

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// The step as it is remembered: one that is out of range counts as none.
std::int32_t remembered(std::int64_t step) {
  return std::in_range<std::int32_t>(step) ? static_cast<std::int32_t>(step) : 0;
}

// False when value is not m / 10^exponent.
bool decimal(double value, int exponent, std::int64_t& m) {
  const double power = kPowers[static_cast<std::size_t>(exponent)];
  const double scaled = value * power;
  if (!(std::abs(scaled) <= kMaxMantissa)) return false;  // NaN too
  m = static_cast<std::int64_t>(std::nearbyint(scaled));
  return bits_of(static_cast<double>(m) / power) == bits_of(value);
}

int find_exponent(double value, std::int64_t& m) {
  for (int exponent = 0; exponent <= kMaxExponent; ++exponent) {
    if (decimal(value, exponent, m)) return exponent;
  }
  return kRaw;
}

}  // namespace

// Bytes on their way into the stream, and what is known once they are there.
struct Samples::Token {
  std::array<std::uint8_t, 32> bytes{};
  std::size_t size = 0;
  std::int8_t exponent = kRaw;

  void byte(std::uint8_t value) { bytes[size++] = value; }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void bits(double value) {
    std::memcpy(bytes.data() + size, &value, sizeof value);
    size += sizeof value;
  }
};

// Reads the stream from its beginning.
struct Samples::Cursor {
  const std::uint8_t* at;
  const std::uint8_t* end;
  std::int64_t time_ms;
  std::int64_t step;
  double value = 0;
  std::int64_t m = 0;
  std::int8_t exponent = 0;

  explicit Cursor(const Samples& samples)
      : at(samples.bytes_.get()),
        end(at + samples.size_),
        time_ms(samples.first_ms_),
        step(samples.first_step_) {
    if (at != end) take_value(*at++);
  }

  void next() {
    const auto head = *at++;
    std::int64_t taken = step;
    if ((head & kOtherStep) != 0) taken += unzigzag(varint());
    time_ms += taken;
    step = remembered(taken);
    take_value(head);
  }

 private:
  std::uint64_t varint() {
    std::uint64_t read = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = *at++;
      read |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return read;
    }
  }

  void take_value(std::uint8_t head) {
    const std::uint8_t payload = head & kPayload;
    switch (head & kKind) {
      case kSmall:
        if (payload == 0) return;
        m += unzigzag(payload);
        break;
      case kLarge:
        m += unzigzag(varint() << kPayloadBits | payload);
        break;
      case kBits:
        std::memcpy(&value, at, sizeof value);
        at += sizeof value;
        exponent = kRaw;
        return;
      default:
        exponent = static_cast<std::int8_t>(payload);
        m = unzigzag(varint());
    }
    value = static_cast<double>(m) / kPowers[static_cast<std::uint8_t>(exponent)];
  }
};

Samples::Samples(Samples&& other) noexcept { *this = std::move(other); }

Samples& Samples::operator=(Samples&& other) noexcept {
  first_ms_ = other.first_ms_;
  last_ms_ = other.last_ms_;
  last_value_ = other.last_value_;
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  first_step_ = other.first_step_;
  last_step_ = other.last_step_;
  last_exponent_ = other.last_exponent_;
  return *this;
}

std::size_t Samples::count() const {
  if (empty()) return 0;
  std::size_t count = 1;
  for (Cursor cursor(*this); cursor.at != cursor.end; cursor.next()) ++count;
  return count;
}

// Of a sample that stands on its own. `exponent`: as it must be read on.
Samples::Token Samples::first_token(const Sample& sample, int exponent) const {
  Token token;
  token.exponent = static_cast<std::int8_t>(exponent);
  std::int64_t m = 0;
  if (exponent != kRaw && decimal(sample.value, exponent, m)) {
    token.byte(static_cast<std::uint8_t>(kRescaled | exponent));
    token.varint(zigzag(m));
  } else {
    token.byte(kBits);
    token.bits(sample.value);
  }
  return token;
}

Samples::Token Samples::token_of(const Sample& sample) const {
  Token token;
  token.byte(0);
  const std::int64_t change = sample.time_ms - last_ms_ - last_step_;
  if (change != 0) token.varint(zigzag(change));
  token.exponent = last_exponent_;
  std::uint8_t head = kSmall;
  std::int64_t m = 0;
  if (bits_of(sample.value) == bits_of(last_value_)) {
    // The same: nothing to add.
  } else if (last_exponent_ != kRaw && decimal(sample.value, last_exponent_, m)) {
    std::int64_t before = 0;
    decimal(last_value_, last_exponent_, before);
    const auto difference = zigzag(m - before);
    head = static_cast<std::uint8_t>(difference & kPayload);
    if (difference > kPayload) {
      head |= kLarge;
      token.varint(difference >> kPayloadBits);
    }
  } else if (const int exponent = find_exponent(sample.value, m); exponent != kRaw) {
    token.exponent = static_cast<std::int8_t>(exponent);
    head = static_cast<std::uint8_t>(kRescaled | exponent);
    token.varint(zigzag(m));
  } else {
    token.exponent = kRaw;
    head = kBits;
    token.bits(sample.value);
  }
  token.bytes[0] = static_cast<std::uint8_t>(head | (change != 0 ? kOtherStep : 0));
  return token;
}

void Samples::put(const Token& token) {
  std::memcpy(bytes_.get() + size_, token.bytes.data(), token.size);
  size_ += static_cast<std::uint32_t>(token.size);
  last_exponent_ = token.exponent;
}

void Samples::begin(const Sample& sample) {
  std::int64_t m = 0;
  const auto token = first_token(sample, find_exponent(sample.value, m));
  size_ = 0;
  if (capacity_ < token.size) grow(std::max<std::size_t>(token.size, 16));
  put(token);
  first_ms_ = last_ms_ = sample.time_ms;
  first_step_ = last_step_ = 0;
  last_value_ = sample.value;
}

void Samples::grow(std::size_t size) {
  auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(size);
  if (size_ != 0) std::memcpy(larger.get(), bytes_.get(), size_);
  bytes_ = std::move(larger);
  capacity_ = static_cast<std::uint32_t>(size);
}

void Samples::append(const Sample& sample, std::int64_t horizon_ms) {
  if (empty()) return begin(sample);
  const auto token = token_of(sample);
  if (size_ + token.size > capacity_) {
    drop_before(horizon_ms);
    if (empty()) return begin(sample);
    // Less than an eighth was free: another round of forgetting would come too soon.
    if (size_ + token.size > capacity_ - capacity_ / 8) {
      grow((capacity_ + capacity_ / 4 + token.size + 7) / 8 * 8);
    }
  }
  put(token);
  last_step_ = remembered(sample.time_ms - last_ms_);
  last_ms_ = sample.time_ms;
  last_value_ = sample.value;
}

void Samples::drop_before(std::int64_t time_ms) {
  if (empty() || first_ms_ >= time_ms) return;
  if (last_ms_ < time_ms) {
    bytes_.reset();
    size_ = capacity_ = 0;
    return;
  }
  Cursor cursor(*this);
  while (cursor.time_ms < time_ms) cursor.next();
  const auto first = first_token({cursor.time_ms, cursor.value}, cursor.exponent);
  const auto rest = static_cast<std::size_t>(cursor.end - cursor.at);
  // A first sample takes more than the others; it may not fit in what becomes free.
  if (first.size + rest > size_) return;
  first_ms_ = cursor.time_ms;
  first_step_ = static_cast<std::int32_t>(cursor.step);
  std::memmove(bytes_.get() + first.size, cursor.at, rest);
  std::memcpy(bytes_.get(), first.bytes.data(), first.size);
  size_ = static_cast<std::uint32_t>(first.size + rest);
}

void Samples::read(std::int64_t from_ms, std::int64_t to_ms, std::vector<Sample>& out) const {
  if (empty() || last_ms_ < from_ms || first_ms_ > to_ms) return;
  for (Cursor cursor(*this);; cursor.next()) {
    if (cursor.time_ms > to_ms) return;
    if (cursor.time_ms >= from_ms) out.push_back({cursor.time_ms, cursor.value});
    if (cursor.at == cursor.end) return;
  }
}

void Samples::merge(std::span<const Sample> samples, bool replace) {
  constexpr auto kBegin = std::numeric_limits<std::int64_t>::min();
  std::vector<Sample> present;
  read(kBegin, std::numeric_limits<std::int64_t>::max(), present);
  std::vector<Sample> all;
  all.reserve(present.size() + samples.size());
  const auto earlier = [](const Sample& a, const Sample& b) { return a.time_ms < b.time_ms; };
  // Of equal ones std::merge takes those of the first range first, and the first one stays.
  const std::span<const Sample> first = replace ? samples : std::span<const Sample>(present);
  const std::span<const Sample> second = replace ? std::span<const Sample>(present) : samples;
  std::merge(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(all),
             earlier);
  const auto same = [](const Sample& a, const Sample& b) { return a.time_ms == b.time_ms; };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  size_ = 0;
  for (const auto& sample : all) append(sample, kBegin);
}

}  // namespace monitron::head
