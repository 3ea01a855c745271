#pragma once
// The public keys of an OpenID provider, from its JWK set (RFC 7517, RFC 7518 §6), and signatures
// checked with them. They are parsed once: OpenSSL 3 takes ten times as long for that as for a
// signature. Threads: any; a set does not change, and copies share its keys.

#include "base/result.hpp"

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace monitron::auth {

// All there are. `none`, HMAC and the rest do not exist here.
enum class SigningAlgorithm { rs256, es256 };
// By its exact name in a JWS header (RFC 7518 §3.1); nothing for any other.
std::optional<SigningAlgorithm> signing_algorithm(std::string_view name);

inline constexpr std::size_t kMaxJwksBytes = 256u << 10;

class SigningKeys {
 public:
  // Takes the keys for signatures: RSA of 2048 to 8192 bits for RS256, EC on P-256 for ES256. A set
  // may have others, for other uses: they are left out. Fault: invalid when it is no JWK set, has
  // two keys that cannot be told apart, or none is left; the text says what was wrong with them.
  static Result<SigningKeys> parse(std::string_view jwks);

  std::size_t size() const { return keys_.size(); }
  // Why keys were left out, "keys[2]: kty: …", for the log.
  const std::vector<std::string>& left_out() const { return left_out_; }

  // Checks `signature` (raw bytes) of `bytes`. `kid` chooses among these keys and nothing else; it
  // may be missing when only one has the algorithm. A key has one algorithm, whatever the header
  // of a token says. Faults: not_found when no key has this kid: the provider may have new ones,
  // so fetch the set once more, not more often than every minute, and check again; denied else.
  Result<void> verify(SigningAlgorithm algorithm, const std::optional<std::string>& kid,
                      std::string_view bytes, std::string_view signature) const;

 private:
  struct Key {
    std::string kid;  // empty: it has none
    SigningAlgorithm algorithm = SigningAlgorithm::rs256;
    std::shared_ptr<evp_pkey_st> handle;
  };
  static Result<Key> read_key(const nlohmann::json& jwk);
  Result<void> take(Key key);
  Result<const Key*> choose(SigningAlgorithm algorithm,
                            const std::optional<std::string>& kid) const;

  std::vector<Key> keys_;
  std::vector<std::string> left_out_;
};

}  // namespace monitron::auth
