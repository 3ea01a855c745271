#include "probe/dns_sockets.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <linux/errqueue.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <uv.h>

namespace monitron::probe {

namespace {

constexpr std::size_t kBatch = 32;
constexpr int kTurns = 2;  // batches read before others have the loop

std::int64_t wall_ns() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

bool same_place(const Address& one, const Address& other) {
  if (one.family() != other.family()) return false;
  if (one.family() == AF_INET6) {
    const auto* a = reinterpret_cast<const sockaddr_in6*>(&one.storage);
    const auto* b = reinterpret_cast<const sockaddr_in6*>(&other.storage);
    return a->sin6_port == b->sin6_port &&
           std::memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(in6_addr)) == 0;
  }
  const auto* a = reinterpret_cast<const sockaddr_in*>(&one.storage);
  const auto* b = reinterpret_cast<const sockaddr_in*>(&other.storage);
  return a->sin_port == b->sin_port && a->sin_addr.s_addr == b->sin_addr.s_addr;
}

// Messages with all that the kernel tells of them, many by one call. One set per loop thread is
// enough.
struct Inbox {
  std::array<std::array<char, 4096>, kBatch> buffers;
  std::array<std::array<char, 512>, kBatch> controls;
  std::array<Address, kBatch> from;
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> messages{};

  // How many came; -1: none, errno says why.
  int receive(int fd, int flags) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts[i] = {buffers[i].data(), buffers[i].size()};
      msghdr& header = messages[i].msg_hdr;
      header = {};
      header.msg_name = &from[i].storage;
      header.msg_namelen = sizeof(from[i].storage);
      header.msg_iov = &parts[i];
      header.msg_iovlen = 1;
      header.msg_control = controls[i].data();
      header.msg_controllen = controls[i].size();
    }
    return recvmmsg(fd, messages.data(), kBatch, flags, nullptr);
  }
  std::string_view bytes(std::size_t at) const {
    return {buffers[at].data(), messages[at].msg_len};
  }

  std::int64_t stamp(std::size_t at) {
    auto& header = messages[at].msg_hdr;
    for (auto* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_TIMESTAMPNS) continue;
      timespec time{};
      std::memcpy(&time, CMSG_DATA(part), sizeof(time));
      return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
    }
    return wall_ns();
  }

  int network_error(std::size_t at) {
    auto& header = messages[at].msg_hdr;
    for (auto* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
      const bool v4 = part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR;
      const bool v6 = part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR;
      if (!v4 && !v6) continue;
      sock_extended_err error{};
      std::memcpy(&error, CMSG_DATA(part), sizeof(error));
      return static_cast<int>(error.ee_errno);
    }
    return 0;
  }
};

Inbox& inbox() {
  static thread_local Inbox kept;
  return kept;
}

}  // namespace

struct DnsSockets::State {
  struct Socket {
    State* owner = nullptr;
    uv_poll_t* poll = nullptr;
    int fd = -1;
    int family = AF_INET;
  };
  struct Waiting {
    Address server;
    Heard heard;
  };
  loop::Loop* loop = nullptr;
  std::array<Socket, 2> sockets{};
  std::unordered_map<std::uint16_t, Waiting> waiting;
  std::array<std::uint8_t, 4096> random_pool;
  std::size_t random_used = sizeof(random_pool);

  int open(Socket& socket);
  void watch(Socket& socket);
  void read(Socket& socket);
  void read_errors(Socket& socket);
  void hand_on(const Address& from, std::string_view bytes, std::int64_t received_ns, int error);
};

int DnsSockets::State::open(Socket& socket) {
  if (socket.fd >= 0) return 0;
  socket.fd = ::socket(socket.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket.fd < 0) return errno;
  const int on = 1;
  const int room = 4 << 20;
  const bool v6 = socket.family == AF_INET6;
  setsockopt(socket.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
  setsockopt(socket.fd, v6 ? int(IPPROTO_IPV6) : int(IPPROTO_IP), v6 ? IPV6_RECVERR : IP_RECVERR,
             &on, sizeof(on));
  socket.owner = this;
  socket.poll = new uv_poll_t;
  socket.poll->data = &socket;
  uv_poll_init_socket(loop->raw(), socket.poll, socket.fd);
  watch(socket);
  return 0;
}

void DnsSockets::State::watch(Socket& socket) {
  uv_poll_start(socket.poll, UV_READABLE, [](uv_poll_t* poll, int status, int) {
    auto* readable = static_cast<Socket*>(poll->data);
    if (status == 0) return readable->owner->read(*readable);
    // The error queue has something; libuv has stopped watching.
    readable->owner->watch(*readable);
    readable->owner->read_errors(*readable);
    readable->owner->read(*readable);
  });
}

void DnsSockets::State::read(Socket& socket) {
  for (int turn = 0; turn < kTurns; ++turn) {
    int count = inbox().receive(socket.fd, 0);
    // An error of an earlier query is told once, before what has come.
    if (count < 0 && errno != EAGAIN) count = inbox().receive(socket.fd, 0);
    for (std::size_t i = 0; static_cast<int>(i) < count; ++i) {
      hand_on(inbox().from[i], inbox().bytes(i), inbox().stamp(i), 0);
    }
    if (count < static_cast<int>(kBatch)) return;
  }
}

void DnsSockets::State::read_errors(Socket& socket) {
  for (int turn = 0; turn < kTurns; ++turn) {
    const int count = inbox().receive(socket.fd, MSG_ERRQUEUE);
    for (std::size_t i = 0; static_cast<int>(i) < count; ++i) {
      const int error = inbox().network_error(i);
      if (error != 0) hand_on(inbox().from[i], inbox().bytes(i), 0, error);
    }
    if (count < static_cast<int>(kBatch)) return;
  }
}

void DnsSockets::State::hand_on(const Address& from, std::string_view bytes,
                                std::int64_t received_ns, int error) {
  if (bytes.size() < 2) return;
  const auto id = static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                                             static_cast<unsigned char>(bytes[1]));
  const auto found = waiting.find(id);
  if (found == waiting.end() || !same_place(found->second.server, from)) return;
  const Heard heard = found->second.heard;  // it may leave while it is called
  heard({bytes, received_ns, error});
}

DnsSockets::DnsSockets(loop::Loop& loop) : state_(std::make_unique<State>()) {
  state_->loop = &loop;
  state_->sockets[1].family = AF_INET6;
}

DnsSockets::~DnsSockets() {
  for (auto& socket : state_->sockets) {
    if (socket.poll == nullptr) continue;
    uv_poll_stop(socket.poll);
    uv_close(reinterpret_cast<uv_handle_t*>(socket.poll),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
    close(socket.fd);
  }
}

bool DnsSockets::join(std::uint16_t id, Heard heard) {
  return state_->waiting.try_emplace(id, State::Waiting{{}, std::move(heard)}).second;
}

void DnsSockets::leave(std::uint16_t id) { state_->waiting.erase(id); }

void DnsSockets::random(std::span<std::uint8_t> out) {
  MONITRON_EXPECTS(out.size() <= state_->random_pool.size());
  if (out.size() > state_->random_pool.size() - state_->random_used) {
    random_bytes(state_->random_pool);
    state_->random_used = 0;
  }
  std::copy_n(state_->random_pool.begin() + static_cast<std::ptrdiff_t>(state_->random_used),
              out.size(), out.begin());
  state_->random_used += out.size();
}

int DnsSockets::send(std::uint16_t id, const Address& to, std::string_view query,
                     std::int64_t& sent_ns) {
  auto& socket = state_->sockets[to.family() == AF_INET6 ? 1 : 0];
  if (const int error = state_->open(socket); error != 0) return error;
  const auto found = state_->waiting.find(id);
  if (found != state_->waiting.end()) found->second.server = to;
  int error = 0;
  // An error of an earlier query is told to whoever calls next: it is not ours unless it stays.
  for (int attempt = 0; attempt < 3; ++attempt) {
    sent_ns = wall_ns();
    const auto sent = sendto(socket.fd, query.data(), query.size(), 0, to.raw(), to.length());
    if (sent >= 0) return 0;
    error = errno;
  }
  return error;
}

}  // namespace monitron::probe
