#pragma once
// Secrets at rest: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits. An envelope is
// bound to its context, so that one moved to another row does not open. There may be several keys:
// the first one seals, each opens what it has sealed. Threads: any, it does not change.

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace monitron::auth {

class Vault {
 public:
  // Keys of 32 bytes, as ENCRYPTION_KEY has them: that of today, then older ones.
  explicit Vault(const std::vector<std::string>& keys);
  explicit Vault(std::string_view key) : Vault(std::vector<std::string>{std::string(key)}) {}

  // "sealed:1:<key id>:<base64url of nonce, ciphertext and tag>". Fault: unavailable (no
  // randomness).
  Result<std::string> seal(std::string_view plain, std::string_view context) const;
  // Fault: invalid when it is no envelope, of another key or another context, or was altered; the
  // text names which and nothing of the content.
  Result<std::string> open(std::string_view envelope, std::string_view context) const;

  static bool is_envelope(std::string_view text);
  // What every envelope begins with.
  static constexpr std::string_view kPrefix = "sealed:1:";

  // `text`, a JSON document or an envelope, with those of its envelopes sealed anew that an older
  // key has sealed.
  struct Resealed {
    std::string text{};
    int sealed = 0;      // anew
    int unreadable = 0;  // left as they are: no key opens them, or they are no envelopes
  };
  // Fault: unavailable (no randomness).
  Result<Resealed> reseal(std::string_view text, std::string_view context) const;

 private:
  struct Key {
    std::string secret;  // of this use alone, derived from the given one
    std::string id;      // tells keys apart and nothing about them
  };
  std::vector<Key> keys_;
};

}  // namespace monitron::auth
