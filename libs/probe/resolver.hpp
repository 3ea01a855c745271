#pragma once
// Names to addresses with c-ares on the loop: never getaddrinfo, whose four threads one dead name
// server would stall. /etc/hosts comes first. Threads: loop only.

#include "loop/loop.hpp"
#include "probe/address.hpp"

#include <functional>
#include <memory>

namespace monitron::probe {

class Resolver {
 public:
  // `servers`: "address[:port]"; empty: those of /etc/resolv.conf.
  Resolver(loop::Loop& loop, const std::vector<std::string>& servers);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Called once, maybe before `resolve` returns. Faults: not_found when the name has no address;
  // unavailable for trouble of ours (no server answers, SERVFAIL).
  using Found = std::function<void(Result<std::vector<Address>>)>;
  // `family`: AF_INET or AF_INET6 asks for addresses of that kind alone.
  void resolve(const std::string& host, Found found, int family = AF_UNSPEC);

  // Those it asks, with their ports.
  const std::vector<Address>& servers() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::probe
