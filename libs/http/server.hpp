#pragma once
// The HTTP server inside a pod: Pistache behind nginx (it is unsafe alone: findings in
// docs/decisions). Handlers see values only, so the server can change without touching them.

#include "base/result.hpp"
#include "http/message.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace monitron::http {

struct ServerConfig {
  std::string address = "127.0.0.1";
  int port = 0;  // 0: any free one, see Server::port()
  int threads = 2;
  std::size_t max_body_bytes = (1u << 20) + (64u << 10);
  std::map<std::string, std::size_t, std::less<>>
      max_body_bytes_at{};                           // paths with their own (Server)
  std::size_t max_bytes_in_flight = 64u << 20;       // bodies not answered yet; beyond it: 503
  std::size_t max_answer_bytes = 256u << 20;         // not taken by their clients yet (LoopServer)
  std::chrono::milliseconds request_timeout{60000};  // above nginx's read timeout
  std::size_t max_connections = 20'000;              // of a LoopServer
};

// Answers one request, exactly once, from any thread; destroyed unanswered it answers 500.
class Responder {
 public:
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();
  void send(Response response);

  struct Sink;
  explicit Responder(std::unique_ptr<Sink> sink);

 private:
  std::unique_ptr<Sink> sink_;
};

// Must not block: database work and bcrypt go to loop::Workers. An escaping exception is answered
// with 500 and no text of it.
using Handler = std::function<void(Request, Responder)>;

class Server {
 public:
  // `handler` gets every request; routing is http::Router's.
  Server(ServerConfig config, Handler handler);
  ~Server();
  Result<void> start();
  int port() const;
  // Refuses new requests with 503, waits until those in flight are answered or `grace` has passed.
  bool drain(std::chrono::milliseconds grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::http
