#include "probe/traceroute.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

namespace monitron::probe {

using namespace std::chrono_literals;

namespace {

constexpr int kHops = 20;
constexpr int kFirstPort = 33'434;  // those of traceroute: nobody listens there
constexpr auto kPatience = 1000ms;
constexpr auto kPause = 5min;  // between two to the same address

std::int64_t wall_ns() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

struct Hop {
  std::int64_t sent_ns = 0;
  std::int64_t heard_ns = 0;  // 0: not heard
  std::string address;
  bool last = false;  // the target itself, or somebody who says that there is no way on
};

// One message of the error queue.
struct Complaint {
  int port = 0;  // of the datagram that it is about
  std::string from;
  bool on_the_way = false;
  std::int64_t stamp_ns = 0;
};

template <class Part>
Part part_of(const cmsghdr* message) {
  Part part{};
  std::memcpy(&part, CMSG_DATA(message), sizeof(part));
  return part;
}

std::string offender_of(const cmsghdr* message) {
  sockaddr_storage from{};
  const std::size_t size = message->cmsg_len - CMSG_LEN(sizeof(sock_extended_err));
  std::memcpy(&from, CMSG_DATA(message) + sizeof(sock_extended_err), std::min(size, sizeof(from)));
  if (from.ss_family != AF_INET && from.ss_family != AF_INET6) return {};
  return Address::of(reinterpret_cast<const sockaddr*>(&from)).str();
}

std::optional<Complaint> read_complaint(int fd) {
  std::array<char, 64> data{};
  std::array<char, 512> control{};
  sockaddr_storage to{};
  iovec part{data.data(), data.size()};
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = sizeof(to);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
  Complaint complaint;
  complaint.stamp_ns = wall_ns();
  complaint.port =
      ntohs(to.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&to)->sin6_port
                                     : reinterpret_cast<const sockaddr_in*>(&to)->sin_port);
  for (cmsghdr* it = CMSG_FIRSTHDR(&message); it != nullptr; it = CMSG_NXTHDR(&message, it)) {
    const bool v4 = it->cmsg_level == IPPROTO_IP && it->cmsg_type == IP_RECVERR;
    const bool v6 = it->cmsg_level == IPPROTO_IPV6 && it->cmsg_type == IPV6_RECVERR;
    if (it->cmsg_level == SOL_SOCKET && it->cmsg_type == SO_TIMESTAMPNS) {
      const auto time = part_of<timespec>(it);
      complaint.stamp_ns = time.tv_sec * 1'000'000'000LL + time.tv_nsec;
    } else if (v4 || v6) {
      const auto error = part_of<sock_extended_err>(it);
      if (error.ee_origin == SO_EE_ORIGIN_LOCAL) continue;
      complaint.from = offender_of(it);
      complaint.on_the_way =
          v4 ? error.ee_type == ICMP_TIME_EXCEEDED : error.ee_type == ICMP6_TIME_EXCEEDED;
    }
  }
  return complaint;
}

int open_socket(int family) {
  const int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  const int on = 1;
  const bool v6 = family == AF_INET6;
  setsockopt(fd, v6 ? static_cast<int>(IPPROTO_IPV6) : static_cast<int>(IPPROTO_IP),
             v6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  return fd;
}

}  // namespace

class Traceroutes::Trace {
 public:
  Trace(Traceroutes& owner, const Address& to, int fd, Done done)
      : owner_(owner), to_(to), fd_(fd), done_(std::move(done)) {}

  ~Trace() {
    if (poll_ == nullptr) return;
    uv_poll_stop(poll_);
    uv_close(reinterpret_cast<uv_handle_t*>(poll_),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
    close(fd_);
  }

  void begin() {
    poll_ = new uv_poll_t;
    poll_->data = this;
    uv_poll_init_socket(owner_.loop_.raw(), poll_, fd_);
    listen();
    for (int hop = 1; hop <= kHops; ++hop) send_to(hop);
    patience_ = owner_.loop_.after(kPatience, [this] { end(); });
  }

 private:
  // The error queue shows as an error of the descriptor, for which libuv stops watching.
  void listen() {
    uv_poll_start(poll_, UV_READABLE,
                  [](uv_poll_t* poll, int, int) { static_cast<Trace*>(poll->data)->read(); });
  }

  void send_to(int number) {
    const bool v6 = to_.family() == AF_INET6;
    setsockopt(fd_, v6 ? static_cast<int>(IPPROTO_IPV6) : static_cast<int>(IPPROTO_IP),
               v6 ? IPV6_UNICAST_HOPS : IP_TTL, &number, sizeof(number));
    Address to = to_;
    to.set_port(kFirstPort + number - 1);
    Hop& hop = hops_[static_cast<std::size_t>(number - 1)];
    // An answer that came meanwhile makes the next call fail once.
    for (int i = 0; i < 2; ++i) {
      hop.sent_ns = wall_ns();
      if (sendto(fd_, "monitron", 8, 0, to.raw(), to.length()) >= 0) return;
    }
  }

  void read() {
    while (const auto complaint = read_complaint(fd_)) {
      const int index = complaint->port - kFirstPort;
      if (index < 0 || index >= kHops || complaint->from.empty()) continue;
      Hop& hop = hops_[static_cast<std::size_t>(index)];
      hop.heard_ns = complaint->stamp_ns;
      hop.address = complaint->from;
      hop.last = !complaint->on_the_way;
    }
    if (whole()) return end();
    listen();
  }

  // All hops up to the last one have answered.
  bool whole() const {
    for (const Hop& hop : hops_) {
      if (hop.heard_ns == 0) return false;
      if (hop.last) return true;
    }
    return true;
  }

  std::string text() const {
    std::string lines;
    std::string silence;  // shown only when somebody answers after it
    for (std::size_t i = 0; i < hops_.size(); ++i) {
      const Hop& hop = hops_[i];
      if (hop.heard_ns == 0) {
        silence += std::to_string(i + 1) + "  *\n";
        continue;
      }
      std::array<char, 48> time{};
      const double ms = static_cast<double>(std::max<std::int64_t>(0, hop.heard_ns - hop.sent_ns));
      std::snprintf(time.data(), time.size(), "  %.3f ms\n", ms / 1e6);
      lines += std::exchange(silence, {}) + std::to_string(i + 1) + "  " + hop.address;
      lines += time.data();
      if (hop.last) return lines;
    }
    return lines + "no answer beyond";
  }

  void end() {
    const Done done = std::exchange(done_, nullptr);
    const std::string lines = text();
    owner_.finished(this);  // this is gone now
    done(lines);
  }

  Traceroutes& owner_;
  Address to_;
  int fd_;
  Done done_;
  uv_poll_t* poll_ = nullptr;
  loop::Timer patience_;
  std::array<Hop, kHops> hops_{};
};

Traceroutes::Traceroutes(loop::Loop& loop) : loop_(loop) {}
Traceroutes::~Traceroutes() = default;

bool Traceroutes::may_trace(const Address& to) {
  if (running_.size() >= kAtOnce) return false;
  const auto now = std::chrono::steady_clock::now();
  if (last_.size() >= kRemembered) {
    std::erase_if(last_, [&](const auto& entry) { return now - entry.second >= kPause; });
    if (last_.size() >= kRemembered) return false;
  }
  const auto [entry, fresh] = last_.try_emplace(to.str(), now);
  if (!fresh && now - entry->second < kPause) return false;
  entry->second = now;
  return true;
}

void Traceroutes::trace(const Address& to, Done done) {
  const int fd = may_trace(to) ? open_socket(to.family()) : -1;
  if (fd < 0) return done({});
  auto trace = std::make_unique<Trace>(*this, to, fd, std::move(done));
  Trace* raw = trace.get();
  running_.emplace(raw, std::move(trace));
  raw->begin();
}

void Traceroutes::finished(Trace* trace) { running_.erase(trace); }

}  // namespace monitron::probe
