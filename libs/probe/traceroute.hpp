#pragma once
// The way to an address, hop by hop, without rights: UDP datagrams of growing TTL, and the ICMP
// messages that come back by the socket's error queue. Few at once, seldom to the same address.
// Threads: loop only.

#include "loop/loop.hpp"
#include "probe/address.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace monitron::probe {

class Traceroutes {
 public:
  explicit Traceroutes(loop::Loop& loop);
  ~Traceroutes();  // what still runs ends without an answer
  Traceroutes(const Traceroutes&) = delete;
  Traceroutes& operator=(const Traceroutes&) = delete;

  // One line for each hop: number, address, time; "*" where none answered. Empty when it may not
  // run now: four run already, or this address was traced in the last five minutes. Called once,
  // within a second, maybe before this returns.
  using Done = std::function<void(std::string)>;
  void trace(const Address& to, Done done);

 private:
  class Trace;
  static constexpr std::size_t kAtOnce = 4;
  static constexpr std::size_t kRemembered = 1000;

  bool may_trace(const Address& to);
  void finished(Trace* trace);

  loop::Loop& loop_;
  std::unordered_map<Trace*, std::unique_ptr<Trace>> running_;
  std::unordered_map<std::string, std::chrono::steady_clock::time_point> last_;  // by address
};

}  // namespace monitron::probe
