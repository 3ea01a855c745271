#include "auth/password.hpp"

#include "auth/guessable.hpp"
#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <crypt.h>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>

namespace monitron::auth {
namespace {

// Names the use, so that the same password hashed elsewhere gives other bytes. It is no secret:
// bcrypt's salt and cost protect what is stored.
constexpr std::string_view kUse = "monitron password v1";

constexpr std::string_view kScheme = "$2b$";

// crypt_data is 32 KB: too large for a small stack.
Result<std::string> crypt_with(std::string_view password, const char* setting) {
  const auto data = std::make_unique<crypt_data>();
  const std::string digest = to_base64(hmac_sha256(kUse, password));
  const char* hashed = crypt_r(digest.c_str(), setting, data.get());
  if (hashed == nullptr || hashed[0] == '*') return fail(Fault::bug, "crypt_r refused the setting");
  return std::string(hashed);
}

std::chrono::nanoseconds thread_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

int cost_for(std::chrono::nanoseconds at_least_cost, std::chrono::nanoseconds target) {
  int cost = kLeastCost;
  double time = static_cast<double>(at_least_cost.count());
  const double wanted = static_cast<double>(target.count());
  for (; cost < kMostCost && time * std::numbers::sqrt2 < wanted; time *= 2) ++cost;
  return cost;
}

int measure_cost(std::chrono::nanoseconds target) {
  auto least = std::chrono::nanoseconds::max();
  for (int i = 0; i < 3; ++i) {
    const auto before = thread_time();
    MONITRON_EXPECTS(hash_password("as long as any", kLeastCost).has_value());
    least = std::min(least, thread_time() - before);
  }
  return cost_for(least, target);
}

Result<std::string> hash_password(std::string_view password, int cost) {
  const std::string salt = random_string(16);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* made = crypt_gensalt_rn(kScheme.data(), static_cast<unsigned long>(cost), salt.data(),
                                      static_cast<int>(salt.size()), setting.data(),
                                      static_cast<int>(setting.size()));
  if (made == nullptr) return fail(Fault::bug, "no salt for this cost");
  return crypt_with(password, made);
}

bool verify_password(std::string_view password, const std::string& stored) {
  if (!stored.starts_with(kScheme)) return false;
  const auto hashed = crypt_with(password, stored.c_str());
  return hashed && equal_in_constant_time(*hashed, stored);
}

bool needs_rehash(std::string_view stored, int cost) {
  if (!stored.starts_with(kScheme)) return true;
  const auto made_at = parse_number<int>(stored.substr(kScheme.size(), 2));
  return !made_at || *made_at < cost;
}

const std::string& dummy_hash(int cost) {
  static std::mutex mutex;
  static std::map<int, std::string> made;
  const std::lock_guard lock(mutex);
  auto& hash = made[cost];
  if (hash.empty()) hash = hash_password(random_string(32), cost).value_or("");
  return hash;
}

Result<void> check_password_rules(std::string_view password, std::string_view email,
                                  std::string_view name) {
  if (password.size() > 1024) return fail(Fault::invalid, "must be at most 1024 bytes long");
  if (!is_valid_utf8(password)) return fail(Fault::invalid, "must be valid UTF-8 without NUL");
  if (utf8_characters(password) < kLeastCharacters) {
    return fail(Fault::invalid, "must be at least 12 characters long");
  }
  auto words = words_of(email);
  words.push_back(to_lower(email));
  for (auto& word : words_of(name)) words.push_back(std::move(word));
  if (is_guessable(password, words)) {
    return fail(Fault::invalid,
                "is too easy to guess: common words, names, sequences, rows of keys and repeats "
                "hardly count");
  }
  return {};
}

}  // namespace monitron::auth
