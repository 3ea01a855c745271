#include "auth/ping_keys.hpp"

#include "base/bytes.hpp"

namespace monitron::auth {

namespace {

constexpr std::size_t kMacBytes = 16;  // 22 characters
constexpr std::size_t kIdCharacters = 36;

}  // namespace

// A secret of its own: what signs URLs says nothing about what encrypts.
PingKeys::PingKeys(std::string_view encryption_key)
    : secret_(hmac_sha256(encryption_key, "monitron ping keys 1")) {}

std::string PingKeys::key_of(const CheckId& check) const {
  const auto mac = hmac_sha256(secret_, check.value.raw()).substr(0, kMacBytes);
  return check.str() + "." + to_base64url(mac);
}

std::optional<CheckId> PingKeys::check_of(std::string_view key) const {
  const auto id = Uuid::parse(key.substr(0, kIdCharacters));
  if (!id) return std::nullopt;
  const CheckId check{*id};
  if (!equal_in_constant_time(key_of(check), key)) return std::nullopt;
  return check;
}

}  // namespace monitron::auth
