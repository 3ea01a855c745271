#pragma once
// Routes by method and path. Default deny: a route cannot be added without saying who may use it.
//
//   router.add(Method::get, "/api/v1/instances/:id", needs("read"), [](const Request& request)
//   {…});
//
// Matching happens on the server's thread; guard and handler run on workers, where they may block.
// A full pool answers 503. HEAD is served by the GET route, OPTIONS by the router. Answers to GET
// have an ETag, and are 304 when If-None-Match names it.

#include "base/result.hpp"
#include "http/message.hpp"
#include "http/rate_limit.hpp"
#include "http/server.hpp"
#include "loop/workers.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace monitron::http {

// What a caller must be allowed to; `open` is for everybody.
struct Access {
  bool open = false;
  std::string permission;
  bool frequent = false;  // thousands a second: a line each only for what failed
  // Lets in who has the permission on some things alone, too: the handler keeps to those.
  bool scoped = false;
  // All that it does is done in transactions on the calling thread, so that it can be one of many
  // operations that a request asks for.
  bool bulk = false;
  bool once = false;  // heeds an Idempotency-Key
  // The path that is to be used instead, when this one is only kept for older clients, and since
  // when (RFC 9745, seconds since 1970).
  std::string successor{};
  std::int64_t deprecated_since = 0;
};
inline Access open_to_all() { return {.open = true, .permission = {}}; }
inline Access needs(std::string permission) {
  return {.open = false, .permission = std::move(permission)};
}
inline Access needs_somewhere(std::string permission) {
  return {.permission = std::move(permission), .scoped = true};
}
inline Access also_in_bulk(Access access) {
  access.bulk = true;
  return access;
}
inline Access needs_frequently(std::string permission) {
  return {.open = false, .permission = std::move(permission), .frequent = true};
}

// Told of every answer: method, route, status, seconds.
using Observer = std::function<void(std::string_view, std::string_view, int, double)>;

// One request on its way to one answer, which may come later and from another thread, even after
// the router's end. Destroyed unanswered it answers 500. Threads: any.
class Exchange {
 public:
  Exchange(Request request, Responder responder, std::shared_ptr<const Observer> observer);
  ~Exchange();
  const Request& request() const { return request_; }
  Request& request() { return request_; }
  // The first answer counts.
  void send(Response response);

  std::string route;                                         // the pattern, for logs and metrics
  bool frequent = false;                                     // as Access says
  std::vector<std::pair<std::string, std::string>> headers;  // of the answer, whatever it is

 private:
  void note(int status) const;

  Request request_;
  Responder responder_;
  const std::shared_ptr<const Observer> observer_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::atomic<bool> answered_{false};
};

class Router {
 public:
  using Handler = std::function<Response(const Request&)>;
  using AsyncHandler = std::function<void(std::shared_ptr<Exchange>)>;
  // Finds out who asks. Faults: denied → 401; unavailable → 503.
  using Guard = std::function<Result<Caller>(const Request&)>;

  Router(loop::Workers& workers, Guard guard);

  // All before the server starts. A pattern has literal segments and ":name".
  void add(Method method, std::string pattern, Access access, Handler handler);
  void add_async(Method method, std::string pattern, Access access, AsyncHandler handler);
  // Of callers and, where nobody has to say who he is or cannot, of addresses. Beyond it: 429.
  void limit(RateLimit* rate) { rate_ = rate; }
  // Pages of these origins ("https://status.example.org") may read answers (CORS), without cookies:
  // there are none.
  void allow_origins(std::vector<std::string> origins) { origins_ = std::move(origins); }
  // Around each handler, once its caller is let in: calls what it is given, on this thread.
  using Around =
      std::function<void(const Access&, const Caller&, const std::function<void()>& handle)>;
  void surround(Around around) { around_ = std::move(around); }
  void observe(Observer observer) { observer_ = std::make_shared<Observer>(std::move(observer)); }

  // For http::Server.
  void serve(Request request, Responder responder);

  // Asks a route from within, as request.caller, whom the guard has let in before: what the route
  // needs, it needs here too. On the calling thread, which waits for the answer until `deadline`,
  // or until request.gone becomes true; then whatever works on it is told that its client has gone,
  // and the answer is 504.
  Response ask(Request request, std::chrono::steady_clock::time_point deadline) const;

  // Counts a request that comes by another way, as those that are served are counted: how long it
  // must wait; zero: go on. Threads: any.
  std::chrono::seconds count(const Caller& caller) const;
  // What the route asks for that ask() would ask; null: there is none.
  const Access* access_of(const Request& request) const;

  struct Route {
    Method method = Method::get;
    std::string pattern;
    Access access;
    std::vector<std::string> segments;
    AsyncHandler handler;
  };
  const std::vector<Route>& routes() const { return routes_; }

 private:
  void run(const Route& route, const std::shared_ptr<Exchange>& exchange) const;
  // Once the guard has let the caller in.
  void handle(const Route& route, const std::shared_ptr<Exchange>& exchange) const;
  bool within_limit(const std::string& caller, Exchange& exchange) const;
  void add_cors(const std::vector<Method>& allowed, Exchange& exchange) const;
  const Route* find(const Request& request, std::vector<Method>& allowed,
                    decltype(Request::params)& params) const;

  loop::Workers& workers_;
  Guard guard_;
  std::shared_ptr<const Observer> observer_;  // shared with what is under way
  std::vector<Route> routes_;
  Around around_;
  RateLimit* rate_ = nullptr;
  std::vector<std::string> origins_;
};

}  // namespace monitron::http
