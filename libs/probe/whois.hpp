#pragma once
// WHOIS (RFC 3912): what to ask, and what the many registries' texts say. Pure; anyone may have
// sent the bytes.

#include "probe/registration.hpp"

namespace monitron::probe {

inline constexpr std::size_t kWhoisLimit = 64 << 10;  // bytes of an answer that are read

struct WhoisAnswer {
  Registration registration;
  std::string referral;  // host[:port] of a server that knows more
  bool not_registered = false;
  bool refused = false;  // asked too often
};

// The line to send, without its end: some servers want more than the name.
std::string whois_query(std::string_view server_host, std::string_view domain);

WhoisAnswer parse_whois(std::string_view text);

// A date as any of the registries writes it; those without a time mean its first second, UTC.
std::optional<Instant> parse_whois_date(std::string_view text);

}  // namespace monitron::probe
