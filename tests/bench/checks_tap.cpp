// checks_tap <broker url> <location> <begin> <seconds>: listens to the results of a location's
// checks as they are published, keeps those whose slots lie within so many seconds from `begin`
// (Unix time) and, ten seconds after their end, prints a JSON object of what
// became of the slots: how many have a result, how many were said to be missed, how late checks
// began.
//
// Where checks of kind icmp are among them it also listens to the packets on the loopback device,
// by a socket of its own, and tells by how much the round trips that were reported (one packet a
// run, one check an address) differ from the time between the kernel's stamps of a request that
// leaves and of the reply that comes.

#include "contracts/check_results.hpp"
#include "contracts/telemetry.hpp"
#include "contracts/topology.hpp"
#include "mq/consumer.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <map>
#include <mutex>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <set>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace monitron;

namespace {

// ICMP over the loopback device, seen from outside of whoever sends it.
class Wire {
 public:
  struct Echo {
    std::int64_t sent_ns = 0;
    std::int64_t took_ns = 0;
  };

  Wire() : fd_(open()), thread_([this] { run(); }) {}
  ~Wire() {
    stopping_ = true;
    thread_.join();
    if (fd_ >= 0) close(fd_);
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  bool listens() const { return fd_ >= 0; }

  // The first echo of this address that was asked for within the second from then.
  std::optional<Echo> after(const std::string& address, Instant time) const {
    const std::lock_guard lock(mutex_);
    const auto found = echoes_.find(inet_addr(address.c_str()));
    if (found == echoes_.end()) return std::nullopt;
    // Whoever reports has a clock of milliseconds.
    const std::int64_t from = (to_ms(time) - 1) * 1'000'000;
    for (const Echo& echo : found->second) {
      if (echo.sent_ns >= from && echo.sent_ns < from + 900'000'000) return echo;
    }
    return std::nullopt;
  }

 private:
  using Key = std::array<std::uint32_t, 2>;  // address; id and sequence

  static int open() {
    const int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));
    if (fd < 0) return -1;
    // IPv4 and in it ICMP: everything else is left alone.
    std::array<sock_filter, 6> code{
        {{BPF_LD | BPF_H | BPF_ABS, 0, 0, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL)},
         {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, ETH_P_IP},
         {BPF_LD | BPF_B | BPF_ABS, 0, 0, 9},
         {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, IPPROTO_ICMP},
         {BPF_RET | BPF_K, 0, 0, 64},
         {BPF_RET | BPF_K, 0, 0, 0}}};
    const sock_fprog program{code.size(), code.data()};
    sockaddr_ll place{};
    place.sll_family = AF_PACKET;
    place.sll_protocol = htons(ETH_P_ALL);
    place.sll_ifindex = static_cast<int>(if_nametoindex("lo"));
    const int on = 1;
    const int room = 16 << 20;
    const timeval patience{0, 100'000};
    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (bind(fd, reinterpret_cast<const sockaddr*>(&place), sizeof(place)) == 0) return fd;
    close(fd);
    return -1;
  }

  void run() {
    while (fd_ >= 0 && !stopping_) {
      std::array<char, 64> bytes{};
      std::array<char, 256> control{};
      sockaddr_ll from{};
      iovec part{bytes.data(), bytes.size()};
      msghdr message{};
      message.msg_name = &from;
      message.msg_namelen = sizeof(from);
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      if (recvmsg(fd_, &message, 0) >= 28) take(bytes.data(), from.sll_pkttype, stamp(message));
    }
  }

  static std::int64_t stamp(msghdr& message) {
    for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_TIMESTAMPNS) continue;
      timespec time{};
      std::memcpy(&time, CMSG_DATA(part), sizeof(time));
      return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
    }
    return 0;
  }

  // Each packet is seen as it leaves and as it comes.
  void take(const char* packet, int direction, std::int64_t stamp_ns) {
    const char* icmp = packet + static_cast<std::ptrdiff_t>(packet[0] & 15) * 4;
    const bool leaves = direction == PACKET_OUTGOING;
    const bool request = icmp[0] == ICMP_ECHO;
    const bool reply = icmp[0] == ICMP_ECHOREPLY;
    if (!(request && leaves) && !(reply && !leaves)) return;
    Key key{};
    std::memcpy(key.data(), packet + (request ? 16 : 12), 4);
    std::memcpy(&key[1], icmp + 4, 4);
    const std::lock_guard lock(mutex_);
    if (request) {
      open_[key] = stamp_ns;
    } else if (const auto found = open_.find(key); found != open_.end()) {
      echoes_[key[0]].push_back({found->second, stamp_ns - found->second});
      open_.erase(found);
    }
  }

  int fd_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::map<Key, std::int64_t> open_;
  std::map<std::uint32_t, std::vector<Echo>> echoes_;
  std::thread thread_;
};

struct Reported {
  std::string address;
  Instant started;
  std::int64_t rtt_ns = 0;
};

double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(static_cast<double>(values.size()) * share);
  return values[std::min(at, values.size() - 1)];
}

class Tap {
 public:
  Tap(const std::string& broker, std::string location, Instant from, Instant to)
      : location_(std::move(location)),
        from_(from),
        to_(to),
        consumer_(queue(broker), [this](const auto& got) { return take(got.message); }) {}

  // When all that is under way at the end has been told.
  Instant over() const { return to_ + std::chrono::seconds(10); }

  void tell(const Wire& wire) {
    const std::lock_guard lock(mutex_);
    std::vector<double> off;
    std::vector<double> truths;
    for (const auto& one : reported_) {
      const auto truth = wire.after(one.address, one.started);
      if (!truth) continue;
      truths.push_back(static_cast<double>(truth->took_ns) / 1e3);
      off.push_back(std::abs(static_cast<double>(one.rtt_ns - truth->took_ns)) / 1e3);
    }
    std::printf(
        R"({"slots":%zu,"up":%zu,"twice":%zu,"missed":%zu,"late_p50_ms":%.2f,"late_p99_ms":%.2f,)"
        R"("late_max_ms":%.2f,"rtts":%zu,"rtts_seen":%zu,"rtt_p50_us":%.1f,"rtt_off_p50_us":%.2f,)"
        R"("rtt_off_p99_us":%.2f})"
        "\n",
        seen_.size(), up_, twice_, missed_, quantile(late_ms_, 0.5), quantile(late_ms_, 0.99),
        quantile(late_ms_, 1), reported_.size(), truths.size(), quantile(truths, 0.5),
        quantile(off, 0.5), quantile(off, 0.99));
  }

 private:
  static mq::ConsumerConfig queue(const std::string& broker) {
    mq::ConsumerConfig config;
    config.endpoint = *mq::parse_endpoint(broker);
    config.queue = "bench.checks";
    config.topology = contracts::tap_topology(
        config.queue, {{config.queue, std::string(contracts::kTelemetryExchange), "check.*"}});
    config.name = "bench";
    config.no_ack = true;
    return config;
  }

  Result<void> take(const contracts::Message& message) {
    if (message.type != contracts::CheckResults::contract.type) return {};
    const auto told = contracts::decode_check_results(message.body);
    if (!told) return fail(told.error());
    const std::lock_guard lock(mutex_);
    for (const auto& result : told->results) take(result);
    for (const auto& missed : told->missed) {
      if (missed.location != location_ || missed.from >= to_ || missed.to < from_) continue;
      if (missed_++ < kShown) std::fprintf(stderr, "missed: %s\n", name_of(missed.reason).c_str());
    }
    return {};
  }

  static std::string name_of(domain::MissReason reason) {
    return std::string(domain::to_string(reason));
  }

  void take(const domain::CheckResult& result) {
    if (result.location != location_ || result.slot < from_ || result.slot >= to_) return;
    if (result.if_latest) return;  // the watcher's word
    if (!seen_.emplace(result.check_id.value, to_ms(result.slot)).second) {
      ++twice_;
      return;
    }
    if (result.outcome.status == domain::CheckStatus::up) {
      ++up_;
    } else if (seen_.size() - up_ == 1) {
      std::fprintf(stderr, "%s: %s\n", result.target.c_str(), result.outcome.reason.c_str());
    }
    late_ms_.push_back(static_cast<double>((result.started_at - result.slot).count()));
    if (result.type != "icmp") return;
    for (const auto& value : result.outcome.values) {
      if (value.name != "probe_icmp_packet_rtt_seconds") continue;
      reported_.push_back(
          {result.target, result.started_at, static_cast<std::int64_t>(value.value * 1e9)});
    }
  }

  static constexpr std::size_t kShown = 100;

  const std::string location_;
  const Instant from_;
  const Instant to_;
  mutable std::mutex mutex_;
  std::set<std::pair<Uuid, std::int64_t>> seen_;
  std::size_t up_ = 0;
  std::size_t twice_ = 0;
  std::size_t missed_ = 0;
  std::vector<double> late_ms_;
  std::vector<Reported> reported_;
  mq::Consumer consumer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 64;
  const Instant from{std::chrono::seconds(std::atoll(argv[3]))};
  const Wire wire;
  Tap tap(argv[1], argv[2], from, from + std::chrono::seconds(std::atoi(argv[4])));
  while (system_clock().now() < tap.over()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  tap.tell(wire);
  return 0;
}
