#pragma once
// Echo requests and what comes back for them, as bytes. Pure; anyone may have sent the bytes.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace monitron::probe {

inline constexpr std::size_t kEchoHeader = 8;
inline constexpr std::size_t kEchoMark = 12;  // nonce and index at the head of the payload
inline constexpr std::size_t kLargestEcho = kEchoHeader + 1472;

struct Echo {
  std::uint16_t id = 0;
  std::uint16_t sequence = 0;
  std::uint64_t nonce = 0;  // of the conversation
  std::int32_t index = 0;   // of the packet in it
};

// Writes a request with `payload` bytes of payload (at least kEchoMark), checksum included for
// IPv4; for IPv6 the kernel does it. The bytes live until the next call on this thread.
std::string_view write_echo_request(const Echo& echo, std::size_t payload, bool v6);

// `with_ip`: an IPv4 header comes first, as on raw sockets.
std::optional<Echo> read_echo_reply(std::string_view packet, bool v6, bool with_ip);

// A request of ours as an error message quotes it; routers may cut it after eight bytes, and then
// nothing but id and sequence is known.
struct QuotedEcho {
  std::uint16_t id = 0;
  std::uint16_t sequence = 0;
  std::optional<std::pair<std::uint64_t, std::int32_t>> mark;  // nonce and index
};
std::optional<QuotedEcho> read_quoted_request(std::string_view quote, bool v6);

// "host unreachable" and the like; for types without a name their numbers.
std::string icmp_error_text(int type, int code, bool v6);

}  // namespace monitron::probe
