#include "auth/password.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <crypt.h>
#include <map>
#include <memory>
#include <mutex>

namespace monitron::auth {
namespace {

// Names the use, so that the same password hashed elsewhere gives other bytes. It is no secret:
// bcrypt's salt and cost protect what is stored.
constexpr std::string_view kUse = "monitron password v1";

constexpr std::array kCommon = {
    "password1234", "123456789012",    "1234567890123",    "qwertyuiop12",     "password12345",
    "qwerty123456", "adminadminadmin", "administrator",    "letmeinletmein",   "iloveyou1234",
    "welcome12345", "changeme1234",    "changemechangeme", "passwordpassword", "monitronmonitron",
    "000000000000", "111111111111",    "abcdefghijkl",     "qwertyuiopas",     "1q2w3e4r5t6y",
    "1qaz2wsx3edc", "monitron1234"};

// crypt_data is 32 KB: too large for a small stack.
Result<std::string> crypt_with(std::string_view password, const char* setting) {
  const auto data = std::make_unique<crypt_data>();
  const std::string digest = to_base64(hmac_sha256(kUse, password));
  const char* hashed = crypt_r(digest.c_str(), setting, data.get());
  if (hashed == nullptr || hashed[0] == '*') return fail(Fault::bug, "crypt_r refused the setting");
  return std::string(hashed);
}

}  // namespace

Result<std::string> hash_password(std::string_view password, int cost) {
  const std::string salt = random_string(16);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* made = crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost), salt.data(),
                                      static_cast<int>(salt.size()), setting.data(),
                                      static_cast<int>(setting.size()));
  if (made == nullptr) return fail(Fault::bug, "no salt for this cost");
  return crypt_with(password, made);
}

bool verify_password(std::string_view password, const std::string& stored) {
  if (!stored.starts_with("$2b$")) return false;
  const auto hashed = crypt_with(password, stored.c_str());
  return hashed && equal_in_constant_time(*hashed, stored);
}

const std::string& dummy_hash(int cost) {
  static std::mutex mutex;
  static std::map<int, std::string> made;
  const std::lock_guard lock(mutex);
  auto& hash = made[cost];
  if (hash.empty()) hash = hash_password(random_string(32), cost).value_or("");
  return hash;
}

Result<void> check_password_rules(std::string_view password, std::string_view email) {
  if (password.size() > 1024) return fail(Fault::invalid, "must be at most 1024 bytes long");
  if (!is_valid_utf8(password)) return fail(Fault::invalid, "must be valid UTF-8 without NUL");
  const auto characters = std::count_if(password.begin(), password.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  });
  if (characters < 12) return fail(Fault::invalid, "must be at least 12 characters long");
  const auto lower = to_lower(password);
  if (lower == to_lower(email)) return fail(Fault::invalid, "must not be the e-mail address");
  if (std::find(kCommon.begin(), kCommon.end(), lower) != kCommon.end()) {
    return fail(Fault::invalid, "is among the most common passwords");
  }
  return {};
}

}  // namespace monitron::auth
