#pragma once
// DNS messages (RFC 1035, 3596, 2782, 8659; EDNS0 of RFC 6891): the question that is asked, and the
// answers as people write them. What comes from the network may be anything: every length is
// looked at, pointers only lead backwards, and a message that is not whole is refused whole.

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe {

struct DnsQuestion {
  std::uint16_t id = 0;
  std::string name;  // without the dot at its end; its case is kept
  std::uint16_t type = 1;
};

// A record whose text is as in a zone file, but for names: lower case, no dot at the end.
//   MX "10 mail.example.org", TXT its strings joined, SRV "0 5 5060 sip.example.org",
//   CAA "0 issue \"ca.example\"", SOA "ns host 1 7200 3600 1209600 300"
struct DnsRecord {
  std::string name;
  std::uint16_t type = 0;
  std::uint32_t ttl = 0;
  std::string text;
};

struct DnsMessage {
  int rcode = 0;  // with the bits of EDNS0
  bool authoritative = false;
  bool truncated = false;
  bool recursion_available = false;
  bool authenticated = false;
  std::vector<DnsRecord> answers;  // those of types without a text have an empty one
  std::size_t authority_count = 0;
  std::size_t additional_count = 0;
};

// Bytes of an answer over UDP that we ask for at most: they pass every path unfragmented.
inline constexpr std::uint16_t kDnsUdpSize = 1232;

// Old servers refuse what has EDNS0. Fault: invalid, when the name is none.
Result<std::string> encode_dns_query(const DnsQuestion& question, bool edns = true);

// Whether `bytes` say that they answer `query`: its id and its question, byte for byte, so that a
// forger has to guess the case of every letter, unless `any_case`. Errors of servers too old for
// EDNS0 come without.
bool answers_dns_query(std::string_view query, std::string_view bytes, bool any_case = false);

// Fault: invalid.
Result<DnsMessage> decode_dns_answer(std::string_view bytes);

// "MX" and its number; 0 for types that are not known here.
std::uint16_t dns_type_of(std::string_view name);
std::string dns_code_name(int rcode);  // "NXDOMAIN"; "RCODE23" for those without a name

// The name under which a reverse lookup of an address asks; nothing if it is no address.
std::optional<std::string> dns_reverse_name(std::string_view address);

// What a person wrote, as `decode_dns_answer` would have written it: names in lower case and
// without the dot, blanks single, quoted strings joined.
std::string canonical_dns_text(std::uint16_t type, std::string_view text);

}  // namespace monitron::probe
