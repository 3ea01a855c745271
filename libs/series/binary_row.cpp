#include "series/binary_row.hpp"

#include "contracts/telemetry.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace monitron::series {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr std::int64_t kEpoch2000Ms = 946'684'800'000;

// Network order; `data` has the bytes.
template <class Number>
Number number_at(const char* data) {
  std::make_unsigned_t<Number> bits = 0;
  std::memcpy(&bits, data, sizeof bits);
  if constexpr (sizeof bits == 2) bits = __builtin_bswap16(bits);
  if constexpr (sizeof bits == 4) bits = __builtin_bswap32(bits);
  if constexpr (sizeof bits == 8) bits = __builtin_bswap64(bits);
  return static_cast<Number>(bits);
}

template <class Number>
Number number_of(std::string_view field) {
  return field.size() == sizeof(Number) ? number_at<Number>(field.data()) : Number{0};
}

// Elements without NULL.
template <class Number>
bool read_elements(std::string_view left, std::size_t count, std::vector<Number>& out) {
  constexpr std::size_t kWidth = 4 + sizeof(Number);
  if (left.size() != count * kWidth) return false;
  out.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (number_at<std::int32_t>(left.data() + i * kWidth) != sizeof(Number)) return false;
    out[i] = number_at<Number>(left.data() + i * kWidth + 4);
  }
  return true;
}

bool read_doubles(std::string_view left, std::size_t count, std::vector<double>& out) {
  out.resize(count);
  for (auto& value : out) {
    if (left.size() < 4) return false;
    const auto width = number_at<std::int32_t>(left.data());
    left.remove_prefix(4);
    if (width == -1) {
      value = contracts::kAbsent;
    } else if (width == 8 && left.size() >= 8) {
      value = std::bit_cast<double>(number_at<std::int64_t>(left.data()));
      left.remove_prefix(8);
    } else {
      return false;
    }
  }
  return left.empty();
}

}  // namespace

BinaryRow::BinaryRow(std::string_view body) : left_(body) {
  if (left_.size() < 2) {
    bad_ = true;
    return;
  }
  fields_ = number_at<std::int16_t>(left_.data());
  left_.remove_prefix(2);
}

std::optional<std::string_view> BinaryRow::bytes() {
  if (bad_ || fields_ <= 0 || left_.size() < 4) {
    bad_ = true;
    return std::nullopt;
  }
  --fields_;
  const auto width = number_at<std::int32_t>(left_.data());
  left_.remove_prefix(4);
  if (width == -1) return std::nullopt;
  if (width < 0 || static_cast<std::size_t>(width) > left_.size()) {
    bad_ = true;
    return std::nullopt;
  }
  const auto field = left_.substr(0, static_cast<std::size_t>(width));
  left_.remove_prefix(field.size());
  return field;
}

std::string_view BinaryRow::field(std::size_t width) {
  const auto found = bytes();
  if (found && found->size() == width) return *found;
  bad_ = true;
  return {};
}

std::int16_t BinaryRow::int16() { return number_of<std::int16_t>(field(2)); }
std::int32_t BinaryRow::int32() { return number_of<std::int32_t>(field(4)); }
std::int64_t BinaryRow::int64() { return number_of<std::int64_t>(field(8)); }
std::optional<std::int64_t> BinaryRow::optional_int64() {
  const auto found = bytes();
  if (!found) return std::nullopt;
  if (found->size() != sizeof(std::int64_t)) bad_ = true;
  return number_of<std::int64_t>(*found);
}
double BinaryRow::float8() { return std::bit_cast<double>(int64()); }

std::int64_t BinaryRow::time_ms() {
  const auto us = int64();
  const auto ms = us / 1000 - (us % 1000 < 0 ? 1 : 0);
  return ms + kEpoch2000Ms;
}

// Of one dimension, or none when it is empty: how many elements follow.
std::optional<std::size_t> BinaryRow::array_head(std::string_view& left) {
  const auto found = bytes();
  if (!found || found->size() < 12) {
    bad_ = true;
    return std::nullopt;
  }
  const auto dimensions = number_at<std::int32_t>(found->data());
  if (dimensions == 0) {
    left = {};
    return 0;
  }
  if (dimensions != 1 || found->size() < 20) {
    bad_ = true;
    return std::nullopt;
  }
  const auto count = number_at<std::int32_t>(found->data() + 12);
  left = found->substr(20);
  // Each element has a length of 4 bytes at least.
  if (count < 0 || static_cast<std::size_t>(count) > left.size() / 4) {
    bad_ = true;
    return std::nullopt;
  }
  return static_cast<std::size_t>(count);
}

void BinaryRow::float8_array(std::vector<double>& out) {
  std::string_view left;
  const auto count = array_head(left);
  if (!count || !read_doubles(left, *count, out)) {
    bad_ = true;
    out.clear();
  }
}

void BinaryRow::int32_array(std::vector<std::int32_t>& out) {
  std::string_view left;
  const auto count = array_head(left);
  if (!count || !read_elements(left, *count, out)) {
    bad_ = true;
    out.clear();
  }
}

void BinaryRow::int16_array(std::vector<std::int16_t>& out) {
  std::string_view left;
  const auto count = array_head(left);
  if (!count || !read_elements(left, *count, out)) {
    bad_ = true;
    out.clear();
  }
}

std::optional<std::string_view> without_copy_head(std::string_view data) {
  constexpr std::size_t kHead = kSignature.size() + 8;
  if (data.size() < kHead || data.substr(0, kSignature.size()) != kSignature) return std::nullopt;
  const auto extension = number_at<std::uint32_t>(data.data() + kSignature.size() + 4);
  if (extension > data.size() - kHead) return std::nullopt;
  return data.substr(kHead + extension);
}

}  // namespace monitron::series
