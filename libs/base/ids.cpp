#include "base/ids.hpp"

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <cctype>

namespace monitron {

Uuid Uuid::make() {
  Uuid id;
  random_bytes(id.bytes);
  const auto ms = static_cast<std::uint64_t>(to_ms(system_clock().now()));
  for (int i = 0; i < 6; ++i) {
    id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  }
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (id.bytes[6] & 0x0f));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  std::string hex;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return fail(Fault::invalid, "is not a UUID");
    if (!dash) hex.push_back(text[i]);
  }
  const auto raw = from_hex(hex);
  if (text.size() != 36 || !raw) return fail(Fault::invalid, "is not a UUID");
  return from_bytes(*raw);
}

Result<Uuid> Uuid::from_bytes(std::string_view raw) {
  if (raw.size() != 16) return fail(Fault::invalid, "is not 16 bytes");
  Uuid id;
  std::transform(raw.begin(), raw.end(), id.bytes.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return id;
}

std::string Uuid::str() const {
  std::string text = to_hex(raw());
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
  return text;
}

}  // namespace monitron
