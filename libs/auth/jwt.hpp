#pragma once
// Access tokens and stream tickets: JWT, HS256, signed and checked with cpp-jwt. The algorithm is
// fixed here: a token's own header chooses nothing, it must be the very header that we write. The
// claims are checked here too, because cpp-jwt takes a missing exp for "never ends". Threads: any.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace monitron::auth {

inline constexpr std::chrono::seconds kAccessLifetime{600};
inline constexpr std::chrono::seconds kLeeway{60};

struct Claims {
  std::string id;       // jti
  std::string subject;  // the user
  std::string session;  // the refresh family it came from
  std::string role;
  int version = 0;  // of the user's tokens: an older one is revoked
  Instant expires;
};

enum class Use { access, ticket };

class Jwt {
 public:
  explicit Jwt(std::string secret);

  // `lifetime` is cut to kAccessLifetime.
  std::string sign(Use use, const Claims& claims, std::chrono::seconds lifetime) const;
  // Fault: denied, always with the same text: a client learns nothing from it.
  Result<Claims> verify(Use use, std::string_view token) const;

 private:
  std::string secret_;
  std::string header_;  // base64url of the only header there is
};

}  // namespace monitron::auth
