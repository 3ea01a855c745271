#pragma once
// Outgoing HTTP over libcurl multi on a loop. TLS is always verified.

#include "base/result.hpp"
#include "http/message.hpp"
#include "loop/loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

struct sockaddr;

namespace monitron::http {

struct ClientRequest {
  Method method = Method::get;
  std::string url{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  std::chrono::milliseconds timeout{10000};
  std::size_t max_response_bytes = 1u << 20;
  std::string ca_file{};           // empty: the system's
  std::string certificate_file{};  // of this client (PEM); empty: none
  std::string key_file{};
  std::string user{};  // basic auth when not empty
  std::string password{};
  // Asked about each address before it is connected to, of names too, after they were looked up;
  // false: it is not, fault denied. Empty: all may be reached. Threads: the one that sends.
  std::function<bool(const sockaddr*)> may_reach{};
  // False: only status and headers are wanted. What comes of the body beyond max_response_bytes is
  // not waited for.
  bool wants_body = true;
};

class Client {
 public:
  // Faults: unavailable (no connection, refused, TLS not trusted), timeout; invalid for a header
  // with a line break. Any HTTP status is an answer.
  using Done = std::function<void(Result<Response>)>;

  explicit Client(loop::Loop& loop);
  ~Client();  // completes what is open as unavailable; after the loop has stopped
  // Threads: any; `done` is called on the loop.
  void send(ClientRequest request, Done done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// For programs without a loop (cli, tests) and for workers: blocks until the answer.
Result<Response> fetch(const ClientRequest& request);

// The URL as a log may show it: without user and password.
std::string without_credentials(const std::string& url);

}  // namespace monitron::http
