#include "probe/icmp_sockets.hpp"

#include "base/random.hpp"
#include "probe/icmp_packets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <queue>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <uv.h>
#include <vector>

namespace monitron::probe {

namespace {

constexpr std::size_t kBatch = 32;
constexpr std::size_t kHead = 128;        // of a packet: headers and mark; the rest is padding
constexpr std::size_t kSequences = 8192;  // packets on the way that short quotes can name

std::int64_t wall_ns() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

void set_option(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof(value));
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

// What recvmmsg fills: one set per loop thread is enough.
struct Inbox {
  std::array<mmsghdr, kBatch> messages{};
  std::array<iovec, kBatch> parts{};
  std::array<std::array<char, kHead>, kBatch> heads{};
  std::array<std::array<char, 128>, kBatch> controls{};

  int receive(int fd) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts[i] = {heads[i].data(), kHead};
      messages[i].msg_hdr = {};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_control = controls[i].data();
      messages[i].msg_hdr.msg_controllen = controls[i].size();
    }
    const int count = recvmmsg(fd, messages.data(), kBatch, 0, nullptr);
    // An error that waits, of some older packet, is told once, before what has come.
    if (count >= 0 || errno == EAGAIN) return count;
    return recvmmsg(fd, messages.data(), kBatch, 0, nullptr);
  }
};

struct Wake {
  SteadyInstant when;
  std::uint64_t nonce;
  bool operator>(const Wake& other) const { return when > other.when; }
};

}  // namespace

struct IcmpSockets::State {
  struct Socket {
    State* owner = nullptr;
    uv_poll_t* poll = nullptr;
    int fd = -1;
    bool v6 = false;
    bool raw = false;
    std::uint16_t id = 0;
    std::uint16_t sequence = 0;
    std::uint32_t dropped = 0;          // as the kernel counts
    std::vector<std::uint64_t> recent;  // nonces by sequence
  };
  loop::Loop* loop = nullptr;
  std::array<Socket, 2> sockets{};
  std::unordered_map<std::uint64_t, EchoListener*> listeners;
  std::array<std::uint64_t, 64> nonces{};  // drawn together: each draw is a call of the kernel
  std::size_t nonces_left = 0;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes;
  uv_timer_t* timer = nullptr;
  SteadyInstant armed_for = SteadyInstant::max();

  int open(Socket& socket);
  void prepare(Socket& socket);
  void read(Socket& socket);
  bool read_error(Socket& socket);
  void take(Socket& socket, msghdr& message, std::string_view head);
  void take_error(Socket& socket, const sock_extended_err& error, std::string_view quote,
                  const Address& peer);
  EchoListener* listener_of(std::uint64_t nonce);
  void arm();
  void wake_due();
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
  prepare(socket);
  socket.owner = this;
  socket.poll = new uv_poll_t;
  socket.poll->data = &socket;
  uv_poll_init_socket(loop->raw(), socket.poll, socket.fd);
  // The error queue shows as "prioritized"; as a bare error it would end the polling.
  uv_poll_start(socket.poll, UV_READABLE | UV_PRIORITIZED, [](uv_poll_t* poll, int, int events) {
    auto* ready = static_cast<Socket*>(poll->data);
    if ((events & UV_PRIORITIZED) != 0) {
      for (int i = 0; i < 64 && ready->owner->read_error(*ready); ++i) {
      }
    }
    ready->owner->read(*ready);
  });
  return 0;
}

void IcmpSockets::State::prepare(Socket& socket) {
  std::array<std::uint8_t, 2> id{};
  random_bytes(id);
  socket.id = static_cast<std::uint16_t>(id[0] << 8 | id[1]);
  socket.recent.assign(kSequences, 0);
  if (socket.raw) filter_replies(socket.fd, socket.v6, socket.id);
  set_option(socket.fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  set_option(socket.fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
  set_option(socket.fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1);
  if (socket.v6) set_option(socket.fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
  if (!socket.v6) set_option(socket.fd, IPPROTO_IP, IP_RECVERR, 1);
  const int room = 8 << 20;
  if (setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0) {
    set_option(socket.fd, SOL_SOCKET, SO_RCVBUF, room);
  }
}

void IcmpSockets::State::read(Socket& socket) {
  static thread_local Inbox inbox;
  for (int turn = 0; turn < 8; ++turn) {  // then let others have the loop
    const int count = inbox.receive(socket.fd);
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const std::size_t size = std::min<std::size_t>(inbox.messages[at].msg_len, kHead);
      take(socket, inbox.messages[at].msg_hdr, {inbox.heads[at].data(), size});
    }
    if (count < static_cast<int>(kBatch)) return;
  }
}

void IcmpSockets::State::take(Socket& socket, msghdr& message, std::string_view head) {
  std::int64_t received_ns = 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SO_TIMESTAMPNS) {
      timespec time{};
      std::memcpy(&time, CMSG_DATA(part), sizeof(time));
      received_ns = time.tv_sec * 1'000'000'000LL + time.tv_nsec;
    } else if (part->cmsg_type == SO_RXQ_OVFL) {
      std::memcpy(&socket.dropped, CMSG_DATA(part), sizeof(socket.dropped));
    }
  }
  const auto echo = read_echo_reply(head, socket.v6, socket.raw && !socket.v6);
  if (!echo) return;
  if (EchoListener* listener = listener_of(echo->nonce)) {
    listener->heard({echo->index, received_ns == 0 ? wall_ns() : received_ns});
  }
}

// One message of the error queue; false when there is none.
bool IcmpSockets::State::read_error(Socket& socket) {
  std::array<char, kHead> quote{};
  std::array<char, 512> control{};
  Address peer;
  iovec part{quote.data(), quote.size()};
  msghdr message{};
  message.msg_name = &peer.storage;
  message.msg_namelen = sizeof(peer.storage);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket.fd, &message, MSG_ERRQUEUE);
  if (size < 0) return false;
  for (cmsghdr* entry = CMSG_FIRSTHDR(&message); entry != nullptr;
       entry = CMSG_NXTHDR(&message, entry)) {
    const bool v4 = entry->cmsg_level == IPPROTO_IP && entry->cmsg_type == IP_RECVERR;
    const bool v6 = entry->cmsg_level == IPPROTO_IPV6 && entry->cmsg_type == IPV6_RECVERR;
    if (!v4 && !v6) continue;
    const auto* error = reinterpret_cast<const sock_extended_err*>(CMSG_DATA(entry));
    if (error->ee_origin == SO_EE_ORIGIN_LOCAL) continue;  // told by the call that failed
    take_error(socket, *error, {quote.data(), static_cast<std::size_t>(size)}, peer);
  }
  return true;
}

void IcmpSockets::State::take_error(Socket& socket, const sock_extended_err& error,
                                    std::string_view quote, const Address& peer) {
  const auto quoted = read_quoted_request(quote, socket.v6);
  if (!quoted || (socket.raw && quoted->id != socket.id)) return;
  const std::uint64_t nonce =
      quoted->mark ? quoted->mark->first : socket.recent[quoted->sequence % kSequences];
  EchoListener* listener = listener_of(nonce);
  if (listener == nullptr || listener->peer().bytes() != peer.bytes()) return;
  EchoError told;
  if (quoted->mark) told.index = quoted->mark->second;
  told.text = icmp_error_text(error.ee_type, error.ee_code, socket.v6);
  const sockaddr* teller = SO_EE_OFFENDER(&error);
  if (teller->sa_family == AF_INET || teller->sa_family == AF_INET6) {
    told.teller = Address::of(teller).str();
  }
  listener->refused(told);
}

EchoListener* IcmpSockets::State::listener_of(std::uint64_t nonce) {
  const auto found = listeners.find(nonce);
  return found == listeners.end() ? nullptr : found->second;
}

void IcmpSockets::State::arm() {
  while (!wakes.empty() && listener_of(wakes.top().nonce) == nullptr) wakes.pop();
  if (wakes.empty() || wakes.top().when >= armed_for) return;
  armed_for = wakes.top().when;
  const auto pause =
      std::chrono::ceil<std::chrono::milliseconds>(armed_for - std::chrono::steady_clock::now());
  uv_update_time(loop->raw());
  uv_timer_start(
      timer, [](uv_timer_t* fired) { static_cast<State*>(fired->data)->wake_due(); },
      static_cast<std::uint64_t>(std::max<std::int64_t>(pause.count(), 0)), 0);
}

void IcmpSockets::State::wake_due() {
  armed_for = SteadyInstant::max();
  const SteadyInstant now = std::chrono::steady_clock::now();
  while (!wakes.empty() && wakes.top().when <= now) {
    const std::uint64_t nonce = wakes.top().nonce;
    wakes.pop();
    if (EchoListener* listener = listener_of(nonce)) listener->wake();
  }
  arm();
}

IcmpSockets::IcmpSockets(loop::Loop& loop) : state_(std::make_unique<State>()) {
  state_->loop = &loop;
  state_->sockets[1].v6 = true;
  state_->timer = new uv_timer_t;
  uv_timer_init(loop.raw(), state_->timer);
  state_->timer->data = state_.get();
}

IcmpSockets::~IcmpSockets() {
  uv_close(reinterpret_cast<uv_handle_t*>(state_->timer),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
  for (auto& socket : state_->sockets) {
    if (socket.poll == nullptr) continue;
    uv_poll_stop(socket.poll);
    uv_close(reinterpret_cast<uv_handle_t*>(socket.poll),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
    close(socket.fd);
  }
}

std::uint64_t IcmpSockets::join(EchoListener& listener) {
  if (state_->nonces_left == 0) {
    random_bytes({reinterpret_cast<std::uint8_t*>(state_->nonces.data()), sizeof(state_->nonces)});
    state_->nonces_left = state_->nonces.size();
  }
  const std::uint64_t nonce = state_->nonces[--state_->nonces_left];
  state_->listeners[nonce] = &listener;
  return nonce;
}

void IcmpSockets::leave(std::uint64_t nonce) { state_->listeners.erase(nonce); }

void IcmpSockets::wake_at(std::uint64_t nonce, SteadyInstant when) {
  state_->wakes.push({when, nonce});
  state_->arm();
}

int IcmpSockets::send(const Address& to, std::uint64_t nonce, int index, int size,
                      std::int64_t& sent_ns) {
  State::Socket& socket = state_->sockets[to.family() == AF_INET6 ? 1 : 0];
  if (const int error = state_->open(socket); error != 0) return error;
  const Echo echo{socket.id, ++socket.sequence, nonce, index};
  socket.recent[echo.sequence % kSequences] = nonce;
  const auto packet = write_echo_request(echo, static_cast<std::size_t>(size), socket.v6);
  const auto once = [&] {
    sent_ns = wall_ns();
    return sendto(socket.fd, packet.data(), packet.size(), 0, to.raw(), to.length());
  };
  if (once() >= 0) return 0;
  // The first failure may be the word of a router on an older packet, which is in the error queue
  // too; what fails twice is this packet's.
  return once() >= 0 ? 0 : errno;
}

void IcmpSockets::read_all() {
  for (auto& socket : state_->sockets) {
    if (socket.fd >= 0) state_->read(socket);
  }
}

std::uint64_t IcmpSockets::dropped() const {
  return std::uint64_t{state_->sockets[0].dropped} + state_->sockets[1].dropped;
}

}  // namespace monitron::probe
