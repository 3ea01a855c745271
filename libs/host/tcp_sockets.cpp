#include "host/tcp_sockets.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace monitron::host {
namespace {

constexpr std::string_view kMapped{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12};

tl::unexpected<Error> failed(const char* what) {
  return fail(Fault::unavailable, std::string(what) + ": " + std::strerror(errno));
}

// The beginning of `bytes` as a T; what is missing at its end stays zero (older kernels tell less).
template <class T>
T beginning_of(std::string_view bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

constexpr std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// Takes the next one of a row of length-prefixed parts off the front: its head and what follows.
template <class Head>
bool take_part(std::string_view& bytes, Head& head, std::string_view& rest) {
  if (bytes.size() < sizeof head) return false;
  head = beginning_of<Head>(bytes);
  const std::size_t length = [&] {
    if constexpr (std::is_same_v<Head, nlmsghdr>)
      return std::size_t{head.nlmsg_len};
    else
      return std::size_t{head.nla_len};
  }();
  if (length < sizeof head || length > bytes.size()) return false;
  rest = bytes.substr(sizeof head, length - sizeof head);
  bytes.remove_prefix(std::min(bytes.size(), aligned(length)));
  return true;
}

Endpoint endpoint_of(int family, const __be32* ip, __be16 port) {
  Endpoint end;
  end.port = ntohs(port);
  if (family == AF_INET) {
    std::copy(kMapped.begin(), kMapped.end(), end.ip.bytes.begin());
    std::memcpy(end.ip.bytes.data() + kMapped.size(), ip, 4);
  } else {
    std::memcpy(end.ip.bytes.data(), ip, 16);
  }
  return end;
}

TcpFigures figures_of(std::string_view bytes) {
  const auto info = beginning_of<tcp_info>(bytes);
  return {.bytes_sent = info.tcpi_bytes_sent,
          .bytes_resent = info.tcpi_bytes_retrans,
          .bytes_acked = info.tcpi_bytes_acked,
          .bytes_received = info.tcpi_bytes_received,
          .segments_sent = info.tcpi_segs_out,
          .segments_received = info.tcpi_segs_in,
          .segments_resent = info.tcpi_total_retrans,
          .rtt_us = info.tcpi_rtt,
          .busy_us = info.tcpi_busy_time,
          .receiver_limited_us = info.tcpi_rwnd_limited,
          .sender_limited_us = info.tcpi_sndbuf_limited};
}

std::optional<TcpSocket> socket_of(std::string_view body) {
  if (body.size() < sizeof(inet_diag_msg)) return std::nullopt;
  const auto head = beginning_of<inet_diag_msg>(body);
  if (head.idiag_family != AF_INET && head.idiag_family != AF_INET6) return std::nullopt;
  TcpSocket socket;
  socket.cookie = std::uint64_t{head.id.idiag_cookie[0]} | std::uint64_t{head.id.idiag_cookie[1]}
                                                               << 32;
  socket.state = static_cast<TcpState>(head.idiag_state);
  socket.local = endpoint_of(head.idiag_family, head.id.idiag_src, head.id.idiag_sport);
  socket.remote = endpoint_of(head.idiag_family, head.id.idiag_dst, head.id.idiag_dport);
  socket.inode = head.idiag_inode;
  socket.uid = head.idiag_uid;
  socket.receive_queue = head.idiag_rqueue;
  socket.send_queue = head.idiag_wqueue;
  body.remove_prefix(sizeof head);
  nlattr attribute{};
  std::string_view value;
  while (take_part(body, attribute, value)) {
    if (attribute.nla_type == INET_DIAG_INFO) socket.figures = figures_of(value);
  }
  return socket;
}

int open_netlink() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) return -1;
  // One that is not bound is told of nothing.
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

std::string to_string(const IpAddress& ip) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool is_v4 = std::memcmp(ip.bytes.data(), kMapped.data(), kMapped.size()) == 0;
  inet_ntop(is_v4 ? AF_INET : AF_INET6, ip.bytes.data() + (is_v4 ? kMapped.size() : 0), text.data(),
            text.size());
  return text.data();
}

TcpMessages parse_tcp_messages(std::string_view bytes, std::uint32_t sequence) {
  TcpMessages all;
  nlmsghdr head{};
  std::string_view body;
  while (take_part(bytes, head, body)) {
    if (head.nlmsg_seq != sequence) continue;
    if (head.nlmsg_type == NLMSG_DONE) {  // with what went wrong, if anything
      all.done = true;
      all.error = -std::min(beginning_of<std::int32_t>(body), 0);
    }
    if (head.nlmsg_type == NLMSG_ERROR) all.error = -beginning_of<nlmsgerr>(body).error;
    if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY) continue;
    if (auto socket = socket_of(body)) all.sockets.push_back(*socket);
  }
  return all;
}

Result<TcpDump> TcpDump::open() {
  const int fd = open_netlink();
  if (fd < 0) return failed("sock_diag");
  return TcpDump(fd);
}

TcpDump::~TcpDump() {
  if (fd_ >= 0) ::close(fd_);
}
TcpDump::TcpDump(TcpDump&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      sequence_(other.sequence_),
      buffer_(std::move(other.buffer_)) {}

Result<void> TcpDump::read(std::uint32_t states, const TakeSocket& take) {
  for (const int family : {AF_INET, AF_INET6}) {
    if (auto done = read(family, states, take); !done) return done;
  }
  return {};
}

Result<void> TcpDump::read(int family, std::uint32_t states, const TakeSocket& take) {
  struct {
    nlmsghdr head{};
    inet_diag_req_v2 body{};
  } request;
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.head.nlmsg_seq = ++sequence_;
  request.body.sdiag_family = static_cast<std::uint8_t>(family);
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_ext = 1U << (INET_DIAG_INFO - 1);
  request.body.idiag_states = states;
  if (::send(fd_, &request, sizeof request, 0) < 0) return failed("sock_diag");
  while (true) {
    const auto got = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("sock_diag");
    const auto messages =
        parse_tcp_messages({buffer_.data(), static_cast<std::size_t>(got)}, sequence_);
    for (const auto& socket : messages.sockets) take(socket);
    if (messages.error != 0) {
      errno = messages.error;
      return failed("sock_diag");
    }
    if (messages.done) return {};
  }
}

Result<EndedTcp> EndedTcp::open(int buffer_bytes) {
  const int fd = open_netlink();
  if (fd < 0) return failed("sock_diag");
  EndedTcp ended(fd);
  // Beyond net.core.rmem_max with a privilege alone.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  }
  for (const int group : {SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY}) {
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
      return failed("sock_diag: sockets that end");
    }
  }
  return ended;
}

EndedTcp::~EndedTcp() {
  if (fd_ >= 0) ::close(fd_);
}
EndedTcp::EndedTcp(EndedTcp&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

std::size_t EndedTcp::read(const TakeSocket& take) {
  std::size_t lost = 0;
  while (true) {
    const auto got = ::recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == ENOBUFS) {
      ++lost;
      continue;
    }
    if (got <= 0) return lost;
    const auto messages = parse_tcp_messages({buffer_.data(), static_cast<std::size_t>(got)});
    for (const auto& socket : messages.sockets) take(socket);
  }
}

}  // namespace monitron::host
