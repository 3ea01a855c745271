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

// Of a token's first byte: the kind, and 5 bits for the change of the step.
constexpr std::uint8_t kSame = 0x00;        // the value of before
constexpr std::uint8_t kDifference = 0x20;  // a varint follows
constexpr std::uint8_t kBits = 0x40;        // 8 bytes follow
constexpr std::uint8_t kRescaled = 0x60;    // a byte with the exponent and m as a varint follow
constexpr std::uint8_t kKind = 0x60;
// The change is larger: the 5 bits are its lowest, and a varint with the others comes first.
constexpr std::uint8_t kFarStep = 0x80;
constexpr std::uint8_t kStep = 0x1f;
constexpr int kStepBits = 5;

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
  void scale(int by, std::int64_t m) {
    byte(static_cast<std::uint8_t>(by));
    varint(zigzag(m));
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
    std::uint64_t change = head & kStep;
    if ((head & kFarStep) != 0) change |= varint() << kStepBits;
    const auto taken = step + unzigzag(change);
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
    switch (head & kKind) {
      case kSame:
        return;
      case kDifference:
        m += unzigzag(varint());
        break;
      case kBits:
        std::memcpy(&value, at, sizeof value);
        at += sizeof value;
        exponent = kRaw;
        return;
      default:
        exponent = static_cast<std::int8_t>(*at++);
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
Samples::Token Samples::first_token(const Sample& sample, int exponent) {
  Token token;
  token.exponent = static_cast<std::int8_t>(exponent);
  std::int64_t m = 0;
  if (exponent != kRaw && decimal(sample.value, exponent, m)) {
    token.byte(kRescaled);
    token.scale(exponent, m);
  } else {
    token.byte(kBits);
    token.bits(sample.value);
  }
  return token;
}

Samples::Token Samples::token_of(const Sample& sample) const {
  Token token;
  const auto change = zigzag(sample.time_ms - last_ms_ - last_step_);
  const auto near = static_cast<std::uint8_t>(change & kStep);
  const bool far = change > kStep;
  token.exponent = last_exponent_;
  const auto head = [&](std::uint8_t kind) {
    token.byte(static_cast<std::uint8_t>(kind | near | (far ? kFarStep : 0)));
    if (far) token.varint(change >> kStepBits);
  };
  std::int64_t m = 0;
  std::int64_t before = 0;
  if (bits_of(sample.value) == bits_of(last_value_)) {
    head(kSame);
  } else if (last_exponent_ != kRaw && decimal(sample.value, last_exponent_, m)) {
    decimal(last_value_, last_exponent_, before);
    head(kDifference);
    token.varint(zigzag(m - before));
  } else if (const int exponent = find_exponent(sample.value, m); exponent != kRaw) {
    token.exponent = static_cast<std::int8_t>(exponent);
    head(kRescaled);
    token.scale(exponent, m);
  } else {
    token.exponent = kRaw;
    head(kBits);
    token.bits(sample.value);
  }
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
  if (capacity_ < token.size) grow(token.size);
  put(token);
  first_ms_ = last_ms_ = sample.time_ms;
  first_step_ = last_step_ = 0;
  last_value_ = sample.value;
}

// To what an allocator gives without waste: 24, 40, 56 … bytes.
void Samples::grow(std::size_t size) {
  size = (size + 7) / 16 * 16 + 8;
  auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(size);
  if (size_ != 0) std::memcpy(larger.get(), bytes_.get(), size_);
  bytes_ = std::move(larger);
  capacity_ = static_cast<std::uint32_t>(size);
}

// As much as the whole time that is kept will take, if it goes on like that; twice as much at most.
std::size_t Samples::wanted(std::size_t needed, std::int64_t now_ms,
                            std::int64_t horizon_ms) const {
  const auto kept = static_cast<double>(now_ms) - static_cast<double>(horizon_ms);
  const auto seen = static_cast<double>(now_ms - first_ms_);
  const double whole = std::min(2.0, kept / seen);
  return static_cast<std::size_t>(static_cast<double>(needed) * std::max(whole, 17.0 / 16));
}

void Samples::append(const Sample& sample, std::int64_t horizon_ms) {
  if (empty()) return begin(sample);
  const auto token = token_of(sample);
  if (size_ + token.size > capacity_) {
    drop_before(horizon_ms);
    if (empty()) return begin(sample);
    // With too little free, another round of forgetting would come too soon.
    const std::size_t needed = size_ + token.size;
    if (needed > capacity_ - capacity_ / 16) grow(wanted(needed, sample.time_ms, horizon_ms));
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
