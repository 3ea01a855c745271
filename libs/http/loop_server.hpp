#pragma once
// A second HTTP/1.1 server behind the interface of Server, for very many requests with bodies: one
// loop reads them whole, hands them on and writes the answers. A tenth of what Pistache costs for a
// body of some kilobytes. Behind nginx as well, but it stands alone: a client that reads or writes
// slowly holds up nobody, sizes and idle times are limited. It notices when the client of a request
// goes before its answer, and says so in Request::gone. (One that only says that it will send no
// more is taken for one that goes, as nginx and others do; it still gets its answer.)

#include "http/server.hpp"

namespace monitron::http {

class LoopServer {
 public:
  // `handler` is called on the loop and must not block; it answers from any thread. `threads` of
  // the configuration is of no meaning here.
  LoopServer(ServerConfig config, Handler handler);
  ~LoopServer();
  Result<void> start();
  int port() const;
  // Refuses new requests with 503, waits until those in flight are answered or `grace` has passed.
  bool drain(std::chrono::milliseconds grace);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace monitron::http
