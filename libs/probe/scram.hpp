#pragma once
// The client's half of SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677), without channel
// binding. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::probe {

// Servers choose how often the password is hashed, and we pay: more than this we do not.
inline constexpr int kScramIterations = 65'536;

enum class ScramHash { sha256, sha512 };

class ScramClient {
 public:
  // `nonce`: printable, without comma; new each time.
  ScramClient(std::string_view user, std::string password, std::string nonce,
              ScramHash hash = ScramHash::sha256, int most_iterations = kScramIterations);

  std::string first() const { return "n,," + first_bare_; }
  // What to say to the server's first message. Faults: invalid when it is none; denied when it
  // asks for too much work.
  Result<std::string> answer(std::string_view server_first);
  // Whether the server's last message shows that it knows the password as well.
  bool proven_by(std::string_view server_final) const;

 private:
  std::string first_bare_;
  std::string password_;
  std::string nonce_;
  ScramHash hash_;
  int most_iterations_;
  std::string server_signature_;  // base64; empty before the answer
};

std::string make_scram_nonce();

}  // namespace monitron::probe
