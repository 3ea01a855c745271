#pragma once
// Secrets at rest: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits. An envelope is
// bound to its context, so that one moved to another row does not open. Threads: any, it does not
// change.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::auth {

class Vault {
 public:
  // `key`: 32 bytes, as ENCRYPTION_KEY has them.
  explicit Vault(std::string_view key);

  // "sealed:1:<key id>:<base64url of nonce, ciphertext and tag>". Fault: unavailable (no
  // randomness).
  Result<std::string> seal(std::string_view plain, std::string_view context) const;
  // Fault: invalid when it is no envelope, of another key or another context, or was altered; the
  // text names which and nothing of the content.
  Result<std::string> open(std::string_view envelope, std::string_view context) const;

  static bool is_envelope(std::string_view text);

 private:
  std::string key_;     // of this use alone, derived from the given one
  std::string key_id_;  // tells keys apart and nothing about them
};

}  // namespace monitron::auth
