#include "host/connection_watcher.hpp"

#include "host/kernel_figures.hpp"
#include "host/proc_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace monitron::host {
namespace {

using namespace std::chrono_literals;

// Of a round, to find out whose sockets are; at the start as long as it takes, nearly.
constexpr auto kLookFor = 5ms, kLookForAtFirst = 100ms;

SteadyInstant now() { return std::chrono::steady_clock::now(); }

// Of TIME_WAIT the kernel keeps the number; to have them dumped would cost more than all others.
std::uint64_t time_waits() {
  for (const auto& [name, value] : parse_sockstat(read_text("/proc/net/sockstat").value_or(""))) {
    if (name == "node_sockstat_TCP_tw") return static_cast<std::uint64_t>(value);
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<ConnectionWatcher>> ConnectionWatcher::start(
    ConnectionTable::Limits limits) {
  auto dump = TcpDump::open();
  if (!dump) return fail(dump.error());
  auto ended = EndedTcp::open();
  if (!ended) return fail(ended.error());
  const int stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop < 0) return fail(Fault::unavailable, std::string("eventfd: ") + std::strerror(errno));
  return std::unique_ptr<ConnectionWatcher>(
      new ConnectionWatcher(*std::move(dump), *std::move(ended), stop, limits));
}

ConnectionWatcher::ConnectionWatcher(TcpDump dump, EndedTcp ended, int stop,
                                     ConnectionTable::Limits limits)
    : dump_(std::move(dump)),
      stop_(stop),
      ended_(std::move(ended)),
      table_(limits),
      thread_([this] { listen(); }) {}

ConnectionWatcher::~ConnectionWatcher() {
  const std::uint64_t one = 1;
  while (::write(stop_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::close(stop_);
}

void ConnectionWatcher::listen() {
  std::array<pollfd, 2> wanted{{{ended_.descriptor(), POLLIN, 0}, {stop_, POLLIN, 0}}};
  while (true) {
    if (poll(wanted.data(), wanted.size(), -1) < 0) continue;  // EINTR
    if (wanted[1].revents != 0) return;
    const std::lock_guard lock(mutex_);
    hear();
  }
}

void ConnectionWatcher::log_at_most(std::size_t connections) {
  const std::lock_guard lock(mutex_);
  table_.log_at_most(connections);
}

void ConnectionWatcher::hear() {
  lost_ += ended_.read([this](const TcpSocket& socket) { table_.ended(socket, now()); });
}

void ConnectionWatcher::see(const TcpSocket& socket) {
  const auto* owner = owners_.of(socket.inode);
  if (socket.inode != 0) inodes_.push_back(socket.inode);
  if (socket.inode != 0 && owner == nullptr) ++without_owner_;
  if (socket.state == TcpState::fin_wait_2 && !socket.figures) ++half_closed_;
  if (socket.state == TcpState::listening) return table_.see_listening(socket, owner);
  table_.see(socket, owner);
}

// Those who listen: whose they are is looked for before anything else, as their connections are
// named after it.
Result<std::vector<TcpSocket>> ConnectionWatcher::listening() {
  std::vector<TcpSocket> all;
  const auto done =
      dump_.read(mask_of(TcpState::listening), [&](const auto& one) { all.push_back(one); });
  if (!done) return fail(done.error());
  const bool is_any_new = std::any_of(all.begin(), all.end(), [this](const TcpSocket& one) {
    return one.inode != 0 && !owners_.was_told_of(one.inode);
  });
  if (!is_any_new) return all;
  for (const auto& one : all) inodes_.push_back(one.inode);
  owners_.look(inodes_, first_ ? kLookForAtFirst : kLookFor);
  return all;
}

// What ends while the others are told is heard of before the round ends: so nothing is missed, and
// nothing is counted twice.
Result<ConnectionRound> ConnectionWatcher::round() {
  constexpr auto kSelf = mask_of(TcpState::listening) | mask_of(TcpState::time_wait);
  const auto servers = listening();
  if (!servers) return fail(servers.error());
  std::unique_lock lock(mutex_);
  hear();
  table_.begin_round(now(), system_clock().now());
  without_owner_ = half_closed_ = 0;
  inodes_.clear();
  for (const auto& one : *servers) see(one);
  const auto done = dump_.read(kAllTcpStates & ~kSelf, [this](const auto& one) { see(one); });
  hear();
  if (!done) {
    table_.abandon_round();
    return fail(done.error());
  }
  table_.end_round();
  ConnectionRound round{table_.edges(), table_.listeners(), table_.states(),  lost_,
                        without_owner_, table_.take_log(),  table_.unlogged()};
  lock.unlock();
  owners_.look(inodes_, std::exchange(first_, false) ? kLookForAtFirst : kLookFor);
  const auto waiting = time_waits();  // with those of FIN_WAIT2 of which no more is left
  round.states[TcpState::time_wait] = waiting - std::min(waiting, half_closed_);
  return round;
}

}  // namespace monitron::host
