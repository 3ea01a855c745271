#pragma once
// The connections of this host (its network namespace), watched: a thread of its own hears of each
// socket that ends, and each round looks at those there are. Needs no privilege.

#include "host/connections.hpp"

#include <memory>
#include <mutex>
#include <thread>

namespace monitron::host {

struct ConnectionRound {
  std::vector<std::pair<EdgeKey, Edge>> edges{};
  std::vector<Listener> listeners{};
  std::map<TcpState, std::uint64_t> states{};
  std::uint64_t lost = 0;           // times that ends were too many at once to be heard of, so far
  std::uint64_t without_owner = 0;  // sockets there are whose process is not known
  std::vector<LoggedConnection> log{};
  std::uint64_t unlogged = 0;  // so far
};

class ConnectionWatcher {
 public:
  // Fault: unavailable, where the kernel tells nothing of sockets.
  static Result<std::unique_ptr<ConnectionWatcher>> start(ConnectionTable::Limits limits = {});
  ~ConnectionWatcher();
  ConnectionWatcher(const ConnectionWatcher&) = delete;
  ConnectionWatcher& operator=(const ConnectionWatcher&) = delete;

  // Threads: one at a time.
  Result<ConnectionRound> round();
  // From now on, between two rounds; 0: none.
  void log_at_most(std::size_t connections);

 private:
  ConnectionWatcher(TcpDump dump, EndedTcp ended, int stop, ConnectionTable::Limits limits);
  void listen();
  void hear();                        // with the mutex
  void see(const TcpSocket& socket);  // with the mutex
  Result<std::vector<TcpSocket>> listening();

  TcpDump dump_;
  bool first_ = true;                    // this, and what follows, is of round() alone
  SocketOwners owners_;                  // as the round before has found them
  std::vector<std::uint32_t> inodes_{};  // of the sockets of the last round
  std::uint64_t without_owner_ = 0;
  std::uint64_t half_closed_ = 0;  // of the round: TIME_WAIT to come
  int stop_;                       // an eventfd
  std::mutex mutex_;               // guards what follows
  EndedTcp ended_;
  ConnectionTable table_;
  std::uint64_t lost_ = 0;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace monitron::host
