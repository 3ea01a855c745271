#include "probe/icmp_packets.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

namespace monitron::probe {

namespace {

std::uint16_t checksum(std::string_view packet) {
  std::uint64_t sum = 0;  // of double words: their halves are added when it is folded
  for (std::size_t i = 0; i < packet.size(); i += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, packet.data() + i, std::min<std::size_t>(4, packet.size() - i));
    sum += word;
  }
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint16_t word_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8U | byte_at(bytes, at + 1));
}

void put_word(char* to, std::uint16_t value) {
  to[0] = static_cast<char>(value >> 8U);
  to[1] = static_cast<char>(value & 0xffU);
}

void read_mark(std::string_view packet, std::uint64_t& nonce, std::int32_t& index) {
  std::memcpy(&nonce, packet.data() + kEchoHeader, sizeof(nonce));
  std::memcpy(&index, packet.data() + kEchoHeader + sizeof(nonce), sizeof(index));
}

struct ErrorName {
  int type;
  int code;  // -1: any
  std::string_view text;
};

constexpr ErrorName kV4Errors[] = {
    {ICMP_DEST_UNREACH, 0, "network unreachable"},
    {ICMP_DEST_UNREACH, 1, "host unreachable"},
    {ICMP_DEST_UNREACH, 2, "protocol unreachable"},
    {ICMP_DEST_UNREACH, 3, "port unreachable"},
    {ICMP_DEST_UNREACH, 4, "packet too big, and must not be cut"},
    {ICMP_DEST_UNREACH, 6, "network unknown"},
    {ICMP_DEST_UNREACH, 7, "host unknown"},
    {ICMP_DEST_UNREACH, 9, "network prohibited"},
    {ICMP_DEST_UNREACH, 10, "host prohibited"},
    {ICMP_DEST_UNREACH, 13, "prohibited by a filter"},
    {ICMP_DEST_UNREACH, -1, "destination unreachable"},
    {ICMP_TIME_EXCEEDED, 1, "fragments did not come together in time"},
    {ICMP_TIME_EXCEEDED, -1, "time to live exceeded on the way"},
    {ICMP_PARAMETERPROB, -1, "parameter problem"},
};

constexpr ErrorName kV6Errors[] = {
    {ICMP6_DST_UNREACH, 0, "no route to the destination"},
    {ICMP6_DST_UNREACH, 1, "prohibited by a filter"},
    {ICMP6_DST_UNREACH, 3, "address unreachable"},
    {ICMP6_DST_UNREACH, 4, "port unreachable"},
    {ICMP6_DST_UNREACH, -1, "destination unreachable"},
    {ICMP6_PACKET_TOO_BIG, -1, "packet too big"},
    {ICMP6_TIME_EXCEEDED, 1, "fragments did not come together in time"},
    {ICMP6_TIME_EXCEEDED, -1, "hop limit exceeded on the way"},
    {ICMP6_PARAM_PROB, -1, "parameter problem"},
};

}  // namespace

std::string_view write_echo_request(const Echo& echo, std::size_t payload, bool v6) {
  static thread_local auto buffer = [] {
    std::array<char, kLargestEcho> bytes;
    bytes.fill('\x55');
    return bytes;
  }();
  const std::size_t size = kEchoHeader + std::clamp(payload, kEchoMark, kLargestEcho - kEchoHeader);
  char* at = buffer.data();
  at[0] = static_cast<char>(v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
  at[1] = at[2] = at[3] = 0;
  put_word(at + 4, echo.id);
  put_word(at + 6, echo.sequence);
  std::memcpy(at + kEchoHeader, &echo.nonce, sizeof(echo.nonce));
  std::memcpy(at + kEchoHeader + sizeof(echo.nonce), &echo.index, sizeof(echo.index));
  if (!v6) {
    const std::uint16_t sum = checksum({at, size});
    std::memcpy(at + 2, &sum, sizeof(sum));
  }
  return {at, size};
}

std::optional<Echo> read_echo_reply(std::string_view packet, bool v6, bool with_ip) {
  if (with_ip) {
    const std::size_t ip = packet.empty() ? 0 : (byte_at(packet, 0) & 15U) * 4U;
    if (packet.size() < ip) return {};
    packet.remove_prefix(ip);
  }
  if (packet.size() < kEchoHeader + kEchoMark) return {};
  if (byte_at(packet, 0) != (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY)) return {};
  Echo echo;
  echo.id = word_at(packet, 4);
  echo.sequence = word_at(packet, 6);
  read_mark(packet, echo.nonce, echo.index);
  return echo;
}

std::optional<QuotedEcho> read_quoted_request(std::string_view quote, bool v6) {
  if (quote.size() < kEchoHeader) return {};
  if (byte_at(quote, 0) != (v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO)) return {};
  QuotedEcho quoted{word_at(quote, 4), word_at(quote, 6), {}};
  if (quote.size() >= kEchoHeader + kEchoMark) {
    quoted.mark.emplace();
    read_mark(quote, quoted.mark->first, quoted.mark->second);
  }
  return quoted;
}

std::string icmp_error_text(int type, int code, bool v6) {
  const std::span<const ErrorName> names =
      v6 ? std::span<const ErrorName>(kV6Errors) : std::span<const ErrorName>(kV4Errors);
  for (const auto& name : names) {
    if (name.type == type && (name.code == code || name.code == -1)) return std::string(name.text);
  }
  return "ICMP error " + std::to_string(type) + "/" + std::to_string(code);
}

}  // namespace monitron::probe
