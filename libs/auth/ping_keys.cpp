#include "auth/ping_keys.hpp"

#include "base/bytes.hpp"

namespace monitron::auth {

namespace {

constexpr std::size_t kMacBytes = 16;  // 22 characters
constexpr std::size_t kIdCharacters = 36;

// A secret of its own: what signs URLs says nothing about what encrypts.
std::string key_by(const std::string& secret, const CheckId& check) {
  const auto mac = hmac_sha256(secret, check.value.raw()).substr(0, kMacBytes);
  return check.str() + "." + to_base64url(mac);
}

}  // namespace

PingKeys::PingKeys(const std::vector<std::string>& encryption_keys) {
  MONITRON_EXPECTS(!encryption_keys.empty());
  for (const auto& key : encryption_keys) {
    secrets_.push_back(hmac_sha256(key, "monitron ping keys 1"));
  }
}

std::string PingKeys::key_of(const CheckId& check) const { return key_by(secrets_.front(), check); }

std::optional<CheckId> PingKeys::check_of(std::string_view key) const {
  const auto id = Uuid::parse(key.substr(0, kIdCharacters));
  if (!id) return std::nullopt;
  const CheckId check{*id};
  for (const auto& secret : secrets_) {
    if (equal_in_constant_time(key_by(secret, check), key)) return check;
  }
  return std::nullopt;
}

}  // namespace monitron::auth
