#include "probe/icmp_sockets.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <span>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <uv.h>
#include <vector>

namespace monitron::probe {

namespace {

constexpr std::size_t kHeader = 8;
constexpr std::size_t kMark = 12;  // nonce and index at the head of the payload

std::int64_t wall_ns() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

std::uint16_t checksum(const std::string& packet) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < packet.size(); i += 2) {
    std::uint16_t word = 0;
    std::memcpy(&word, packet.data() + i, std::min<std::size_t>(2, packet.size() - i));
    sum += word;
  }
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

// A raw socket hears every reply to this host; the kernel lets through those with our id.
void filter_replies(int fd, bool v6, std::uint16_t id) {
  if (v6) {
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
  } else {
    const std::uint32_t mask = ~(1U << ICMP_ECHOREPLY);
    setsockopt(fd, SOL_RAW, ICMP_FILTER, &mask, sizeof(mask));
  }
  std::array<sock_filter, 4> v4_code{{{BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0},
                                      {BPF_LD | BPF_H | BPF_IND, 0, 0, 4},
                                      {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, id},
                                      {BPF_RET | BPF_K, 0, 0, 0}}};
  std::vector<sock_filter> code(v4_code.begin(), v4_code.end());
  if (v6) {
    code.erase(code.begin());
    code[0] = {BPF_LD | BPF_H | BPF_ABS, 0, 0, 4};
  }
  code.push_back({BPF_RET | BPF_K, 0, 0, 0xffffffffU});
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

std::int64_t stamp_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_TIMESTAMPNS) {
      timespec time{};
      std::memcpy(&time, CMSG_DATA(part), sizeof(time));
      return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
    }
  }
  return wall_ns();
}

}  // namespace

struct IcmpSockets::State {
  struct Socket {
    State* owner = nullptr;
    uv_poll_t* poll = nullptr;
    int fd = -1;
    bool v6 = false;
    bool raw = false;
    std::uint16_t id = 0;
  };
  loop::Loop* loop = nullptr;
  std::array<Socket, 2> sockets{};
  std::unordered_map<std::uint64_t, Heard> listeners;

  int open(Socket& socket);
  void read(Socket& socket);
  void take(const Socket& socket, std::string_view packet, std::int64_t received_ns);
};

int IcmpSockets::State::open(Socket& socket) {
  if (socket.fd >= 0) return 0;
  const int family = socket.v6 ? AF_INET6 : AF_INET;
  const int protocol =
      socket.v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
  const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  socket.raw = false;
  socket.fd = ::socket(family, SOCK_DGRAM | flags, protocol);
  if (socket.fd < 0 && (errno == EACCES || errno == EPERM || errno == EPROTONOSUPPORT)) {
    socket.raw = true;
    socket.fd = ::socket(family, SOCK_RAW | flags, protocol);
  }
  if (socket.fd < 0) return errno;
  std::array<std::uint8_t, 2> id{};
  random_bytes(id);
  socket.id = static_cast<std::uint16_t>(id[0] << 8 | id[1]);
  if (socket.raw) filter_replies(socket.fd, socket.v6, socket.id);
  const int on = 1;
  const int room = 8 << 20;
  setsockopt(socket.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  if (setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0) {
    setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
  }
  socket.owner = this;
  socket.poll = new uv_poll_t;
  socket.poll->data = &socket;
  uv_poll_init_socket(loop->raw(), socket.poll, socket.fd);
  uv_poll_start(socket.poll, UV_READABLE, [](uv_poll_t* poll, int, int) {
    auto* readable = static_cast<Socket*>(poll->data);
    readable->owner->read(*readable);
  });
  return 0;
}

void IcmpSockets::State::read(Socket& socket) {
  std::array<char, 2048> buffer{};
  std::array<char, 256> control{};
  for (int i = 0; i < 256; ++i) {  // then let others have the loop
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(socket.fd, &message, 0);
    if (size <= 0) return;
    take(socket, {buffer.data(), static_cast<std::size_t>(size)}, stamp_of(message));
  }
}

void IcmpSockets::State::take(const Socket& socket, std::string_view packet,
                              std::int64_t received_ns) {
  if (socket.raw && !socket.v6) {
    const std::size_t ip = packet.empty() ? 0 : (static_cast<unsigned char>(packet[0]) & 15U) * 4U;
    if (packet.size() < ip) return;
    packet.remove_prefix(ip);
  }
  if (packet.size() < kHeader + kMark) return;
  const int reply = socket.v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
  if (static_cast<unsigned char>(packet[0]) != reply) return;
  std::uint64_t nonce = 0;
  std::int32_t index = 0;
  std::memcpy(&nonce, packet.data() + kHeader, sizeof(nonce));
  std::memcpy(&index, packet.data() + kHeader + sizeof(nonce), sizeof(index));
  const auto found = listeners.find(nonce);
  if (found == listeners.end()) return;
  const Heard heard = found->second;  // it may leave while it is called
  heard({index, received_ns});
}

IcmpSockets::IcmpSockets(loop::Loop& loop) : state_(std::make_unique<State>()) {
  state_->loop = &loop;
  state_->sockets[1].v6 = true;
}

IcmpSockets::~IcmpSockets() {
  for (auto& socket : state_->sockets) {
    if (socket.poll == nullptr) continue;
    uv_poll_stop(socket.poll);
    uv_close(reinterpret_cast<uv_handle_t*>(socket.poll),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
    close(socket.fd);
  }
}

std::uint64_t IcmpSockets::join(Heard heard) {
  std::array<std::uint8_t, 8> bytes{};
  random_bytes(bytes);
  std::uint64_t nonce = 0;
  std::memcpy(&nonce, bytes.data(), sizeof(nonce));
  state_->listeners[nonce] = std::move(heard);
  return nonce;
}

void IcmpSockets::leave(std::uint64_t nonce) { state_->listeners.erase(nonce); }

int IcmpSockets::send(const Address& to, std::uint64_t nonce, int index, int size,
                      std::int64_t& sent_ns) {
  State::Socket& socket = state_->sockets[to.family() == AF_INET6 ? 1 : 0];
  if (const int error = state_->open(socket); error != 0) return error;
  std::string packet(kHeader + std::max(static_cast<std::size_t>(size), kMark), '\x55');
  packet[0] = static_cast<char>(socket.v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
  packet[1] = packet[2] = packet[3] = 0;
  packet[4] = static_cast<char>(socket.id >> 8U);
  packet[5] = static_cast<char>(socket.id & 0xffU);
  packet[6] = static_cast<char>(index >> 8);
  packet[7] = static_cast<char>(index);
  const std::int32_t mark = index;
  std::memcpy(packet.data() + kHeader, &nonce, sizeof(nonce));
  std::memcpy(packet.data() + kHeader + sizeof(nonce), &mark, sizeof(mark));
  if (!socket.v6) {
    const std::uint16_t sum = checksum(packet);
    std::memcpy(packet.data() + 2, &sum, sizeof(sum));
  }
  sent_ns = wall_ns();
  const ssize_t sent = sendto(socket.fd, packet.data(), packet.size(), 0, to.raw(), to.length());
  return sent < 0 ? errno : 0;
}

}  // namespace monitron::probe
