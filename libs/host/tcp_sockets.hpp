#pragma once
// TCP sockets of the network namespace that this process is in, as the kernel tells them to
// whoever asks (sock_diag(7)), without any privilege: those that there are, and each that ends.

#include "base/result.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::host {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 as IPv4-mapped (RFC 4291 2.5.5.2)
  auto operator<=>(const IpAddress&) const = default;
};
std::string to_string(const IpAddress& ip);  // "10.0.0.1", "2001:db8::1" (RFC 5952)

struct Endpoint {
  IpAddress ip{};
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

// By the kernel's numbers (include/net/tcp_states.h).
enum class TcpState : std::uint8_t {
  established = 1,
  syn_sent,
  syn_received,
  fin_wait_1,
  fin_wait_2,
  time_wait,
  closed,
  close_wait,
  last_ack,
  listening,
  closing
};
constexpr std::uint32_t mask_of(TcpState state) { return 1U << static_cast<unsigned>(state); }
inline constexpr std::uint32_t kAllTcpStates = 0xffe;

// Of the kernel's tcp_info; what an older kernel does not tell is 0.
struct TcpFigures {
  std::uint64_t bytes_sent = 0;      // payload, each byte once for each time it was sent
  std::uint64_t bytes_resent = 0;    // of them
  std::uint64_t bytes_acked = 0;     // SYN of who began and FIN count as one each
  std::uint64_t bytes_received = 0;  // in order; FIN counts as one
  std::uint32_t segments_sent = 0;
  std::uint32_t segments_received = 0;
  std::uint32_t segments_resent = 0;
  std::uint32_t rtt_us = 0;               // smoothed; 0: none was measured
  std::uint64_t busy_us = 0;              // in which something was to be sent, and of that:
  std::uint64_t receiver_limited_us = 0;  // the receiver's window was full
  std::uint64_t sender_limited_us = 0;    // the sender's buffer was
};

struct TcpSocket {
  std::uint64_t cookie = 0;  // its own, as long as the host is up
  TcpState state = TcpState::closed;
  Endpoint local{};
  Endpoint remote{};
  std::uint32_t inode = 0;  // 0, like uid, of one that has ended or has no process
  std::uint32_t uid = 0;
  std::uint32_t receive_queue = 0;  // bytes; of a listening one, connections to be accepted
  std::uint32_t send_queue = 0;     // bytes; of a listening one, as many as may wait
  std::optional<TcpFigures> figures{};
};

// The sockets in what the kernel has answered or told, and how it ends.
struct TcpMessages {
  std::vector<TcpSocket> sockets{};
  bool done = false;
  int error = 0;  // errno
};
// Takes any bytes: what is cut off or makes no sense is left out, and what answers another question
// than that of this number (that of events is 0).
TcpMessages parse_tcp_messages(std::string_view bytes, std::uint32_t sequence = 0);

using TakeSocket = std::function<void(const TcpSocket&)>;

// Asks for those there are. Threads: one at a time.
class TcpDump {
 public:
  // Fault: unavailable, where the kernel has none.
  static Result<TcpDump> open();
  ~TcpDump();
  TcpDump(TcpDump&& other) noexcept;
  TcpDump& operator=(TcpDump&&) = delete;

  // Of IPv4 and IPv6, in one of the states of the mask.
  Result<void> read(std::uint32_t states, const TakeSocket& take);

 private:
  explicit TcpDump(int fd) : fd_(fd), buffer_(64u << 10, '\0') {}
  Result<void> read(int family, std::uint32_t states, const TakeSocket& take);
  int fd_;
  std::uint32_t sequence_ = 0;
  std::string buffer_;
};

// Is told of each that ends, with its last figures. Threads: one at a time.
class EndedTcp {
 public:
  // What waits to be read takes at most so many bytes. Fault: unavailable.
  static Result<EndedTcp> open(int buffer_bytes = 8 << 20);
  ~EndedTcp();
  EndedTcp(EndedTcp&& other) noexcept;
  EndedTcp& operator=(EndedTcp&&) = delete;

  int descriptor() const { return fd_; }  // readable when something is there
  // All that is there now. How often some were lost, because they were not read in time.
  std::size_t read(const TakeSocket& take);

 private:
  explicit EndedTcp(int fd) : fd_(fd), buffer_(64u << 10, '\0') {}
  int fd_;
  std::string buffer_;
};

}  // namespace monitron::host
