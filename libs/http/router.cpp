#include "http/router.hpp"

#include "base/log.hpp"
#include "http/network.hpp"
#include "http/responder_sink.hpp"
#include "http/validator.hpp"

#include <algorithm>
#include <future>

namespace monitron::http {
namespace {

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  std::size_t start = 1;
  while (start <= path.size()) {
    const auto end = std::min(path.find('/', start), path.size());
    segments.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  return segments;
}

using Params = decltype(Request::params);

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
             Params& params) {
  if (pattern.size() != path.size()) return false;
  Params found;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!pattern[i].empty() && pattern[i].front() == ':') {
      found[pattern[i].substr(1)] = path[i];
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  params = std::move(found);
  return true;
}

std::string allow_header(const std::vector<Method>& allowed) {
  std::string text;
  for (const Method method : allowed) {
    if (!text.empty()) text += ", ";
    text += to_string(method);
    if (method == Method::get) text += ", HEAD";
  }
  return text + ", OPTIONS";
}

Problem problem_of(int status, std::string detail) {
  return {.status = status, .detail = std::move(detail)};
}

// By which requests are counted.
std::string key_of(const Caller& caller) { return caller.kind + ":" + caller.id; }

// An answer that somebody in this program waits for.
struct PromisedSink final : Responder::Sink {
  std::promise<Response> promise;
  void send(Response response) override { promise.set_value(std::move(response)); }
};

constexpr std::chrono::milliseconds kLookAgain{50};  // whether the client has gone

}  // namespace

Exchange::Exchange(Request request, Responder responder, std::shared_ptr<const Observer> observer)
    : request_(std::move(request)),
      responder_(std::move(responder)),
      observer_(std::move(observer)) {}

Exchange::~Exchange() {
  if (!answered_) send(error_response(request_, {Fault::bug, "a handler ended without an answer"}));
}

void Exchange::send(Response response) {
  if (answered_.exchange(true)) return;
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  const bool cached = std::any_of(response.headers.begin(), response.headers.end(),
                                  [](const auto& h) { return h.first == "Cache-Control"; });
  if (!cached) response.headers.emplace_back("Cache-Control", "no-store");
  add_validator(request_, response);
  response.headers.insert(response.headers.end(), headers.begin(), headers.end());
  note(response.status);
  responder_.send(std::move(response));
}

void Exchange::note(int status) const {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
  if (observer_) (*observer_)(to_string(request_.method), route, status, took.count());
  const auto level = frequent && status < 400 ? log::Level::debug : log::Level::info;
  if (!log::shows(level)) return;
  const auto& caller = request_.caller;
  log::write(level, "request.served", "",
             {{"method", to_string(request_.method)},
              {"route", route},
              {"status", status},
              {"latency_ms", took.count() * 1e3},
              {"caller", caller.kind.empty() ? std::string() : key_of(caller)},
              {"peer", request_.peer},
              {"request_id", request_.request_id}});
}

Router::Router(loop::Workers& workers, Guard guard) : workers_(workers), guard_(std::move(guard)) {}

void Router::add_async(Method method, std::string pattern, Access access, AsyncHandler handler) {
  MONITRON_EXPECTS(access.open || !access.permission.empty());
  auto segments = segments_of(pattern);
  routes_.push_back(
      {method, std::move(pattern), std::move(access), std::move(segments), std::move(handler)});
}

void Router::add(Method method, std::string pattern, Access access, Handler handler) {
  add_async(method, std::move(pattern), std::move(access),
            [handler = std::move(handler)](const std::shared_ptr<Exchange>& exchange) {
              exchange->send(handler(exchange->request()));
            });
}

const Router::Route* Router::find(const Request& request, std::vector<Method>& allowed,
                                  Params& params) const {
  const auto path = segments_of(request.path);
  const Method wanted = request.method == Method::head ? Method::get : request.method;
  const Route* best = nullptr;
  for (const auto& route : routes_) {
    Params found;
    if (!matches(route.segments, path, found)) continue;
    allowed.push_back(route.method);
    // A literal path wins over one with parameters: /checks/test before /checks/:id.
    if (route.method == wanted && (best == nullptr || found.size() < params.size())) {
      best = &route;
      params = std::move(found);
    }
  }
  return best;
}

// What a script of another page may send and read.
void Router::add_cors(const std::vector<Method>& allowed, Exchange& exchange) const {
  if (origins_.empty()) return;
  auto& headers = exchange.headers;
  headers.emplace_back("Vary", "Origin");
  const auto origin = exchange.request().header("origin");
  if (std::find(origins_.begin(), origins_.end(), origin) == origins_.end()) return;
  headers.emplace_back("Access-Control-Allow-Origin", origin);
  headers.emplace_back("Access-Control-Expose-Headers",
                       "Deprecation, ETag, Idempotent-Replayed, Link, Location, "
                       "Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, "
                       "X-Request-Id");
  const bool preflight = exchange.request().method == Method::options &&
                         !exchange.request().header("access-control-request-method").empty();
  if (!preflight) return;
  headers.emplace_back("Access-Control-Allow-Methods", allow_header(allowed));
  headers.emplace_back("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
                       "Prefer, X-Request-Id");
  headers.emplace_back("Access-Control-Max-Age", "600");
}

std::chrono::seconds Router::count(const Caller& caller) const {
  return rate_ == nullptr ? std::chrono::seconds(0) : rate_->take(key_of(caller)).wait;
}

bool Router::within_limit(const std::string& caller, Exchange& exchange) const {
  if (rate_ == nullptr) return true;
  const auto verdict = rate_->take(caller);
  for (auto& header : rate_->headers_of(verdict)) exchange.headers.push_back(std::move(header));
  if (!verdict.allowed) {
    exchange.send(
        problem_response(exchange.request(),
                         problem_of(429, "too many requests: wait as long as Retry-After says")));
  }
  return verdict.allowed;
}

void Router::serve(Request request, Responder responder) {
  std::vector<Method> allowed;
  Params params;
  const Route* route = find(request, allowed, params);
  request.params = std::move(params);
  auto exchange = std::make_shared<Exchange>(std::move(request), std::move(responder), observer_);
  const Request& asked = exchange->request();
  add_cors(allowed, *exchange);
  if (route == nullptr) {
    exchange->route = "none";
    if (allowed.empty()) {
      return exchange->send(problem_response(asked, problem_of(404, "no such path")));
    }
    const std::pair<std::string, std::string> allow{"Allow", allow_header(allowed)};
    if (asked.method == Method::options) return exchange->send({204, "", "", {allow}});
    auto problem = problem_of(405, "this path has no such method");
    problem.headers.push_back(allow);
    return exchange->send(problem_response(asked, problem));
  }
  exchange->route = route->pattern;
  exchange->frequent = route->access.frequent;
  if (const auto& access = route->access; !access.successor.empty()) {
    exchange->headers.emplace_back("Deprecation", "@" + std::to_string(access.deprecated_since));
    exchange->headers.emplace_back("Link", "<" + access.successor + ">; rel=\"successor-version\"");
  }
  if (!workers_.run([this, route, exchange] { run(*route, exchange); })) {
    exchange->send(error_response(asked, {Fault::unavailable, "the worker queue is full"}));
  }
}

void Router::run(const Route& route, const std::shared_ptr<Exchange>& exchange) const {
  Request& request = exchange->request();
  try {
    if (route.access.open) {
      if (!within_limit("address:" + network_of(request.peer), *exchange)) return;
    } else {
      auto caller = guard_(request);
      const bool nobody = !caller && caller.error().fault == Fault::denied;
      if (nobody && !within_limit("address:" + network_of(request.peer), *exchange)) return;
      if (nobody) {
        auto problem = problem_of(401, caller.error().text);
        problem.headers.emplace_back("WWW-Authenticate", "Bearer");
        return exchange->send(problem_response(request, problem));
      }
      if (!caller) return exchange->send(error_response(request, caller.error()));
      request.caller = std::move(*caller);
      if (!within_limit(key_of(request.caller), *exchange)) return;
    }
    handle(route, exchange);
  } catch (const std::exception& problem) {
    exchange->send(error_response(request, {Fault::bug, problem.what()}));
  } catch (...) {
    exchange->send(error_response(request, {Fault::bug, "not a std::exception"}));
  }
}

void Router::handle(const Route& route, const std::shared_ptr<Exchange>& exchange) const {
  const Request& request = exchange->request();
  const auto& access = route.access;
  const bool inside = access.open || request.caller.may(access.permission) ||
                      (access.scoped && request.caller.may_somewhere(access.permission));
  if (!inside) {
    return exchange->send(problem_response(
        request, problem_of(403, "this needs the permission " + access.permission)));
  }
  if (!around_) return route.handler(exchange);
  around_(access, request.caller, [&] { route.handler(exchange); });
}

const Access* Router::access_of(const Request& request) const {
  std::vector<Method> allowed;
  Params params;
  const Route* route = find(request, allowed, params);
  return route == nullptr ? nullptr : &route->access;
}

Response Router::ask(Request request, std::chrono::steady_clock::time_point deadline) const {
  std::vector<Method> allowed;
  Params params;
  const Route* route = find(request, allowed, params);
  if (route == nullptr) return problem_response(request, problem_of(404, "no such path"));
  request.params = std::move(params);
  const auto outer = request.gone;
  const auto gone = std::make_shared<std::atomic<bool>>(false);
  request.gone = gone;
  auto sink = std::make_unique<PromisedSink>();
  sink->about = request;
  auto answer = sink->promise.get_future();
  const auto exchange =
      std::make_shared<Exchange>(std::move(request), Responder(std::move(sink)), observer_);
  exchange->route = route->pattern;
  exchange->frequent = route->access.frequent;
  try {
    handle(*route, exchange);
  } catch (const std::exception& problem) {
    exchange->send(error_response(exchange->request(), {Fault::bug, problem.what()}));
  }
  while (answer.wait_for(kLookAgain) != std::future_status::ready) {
    if (std::chrono::steady_clock::now() < deadline && !(outer && outer->load())) continue;
    *gone = true;
    exchange->send(problem_response(exchange->request(), problem_of(504, "it took too long")));
  }
  return answer.get();
}

}  // namespace monitron::http
