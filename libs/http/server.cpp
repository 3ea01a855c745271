#include "http/server.hpp"

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/in_flight.hpp"
#include "http/responder_sink.hpp"
#include "http/target.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <pistache/endpoint.h>
#include <set>
#include <shared_mutex>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

namespace monitron::http {
namespace {

namespace pistache = Pistache::Http;

constexpr std::chrono::milliseconds kReminder{5};
constexpr std::size_t kHeaderRoom = 64u << 10;
// Above nginx's upstream keep-alive (60 s), or nginx meets connections that close under it.
constexpr std::chrono::seconds kKeepAlive{75};

// Answers that Pistache has and may not have written yet. They are looked at, not waited for:
// Pistache 0.0.5 resolves a chained promise without the lock that then() takes, so that a
// continuation attached from another thread ends, now and then, in a crash. And it takes an answer
// off a queue and then reads its event away: one that is queued between the two lies there until
// the next one comes (PollableQueue::pop in mailbox.h). So each thread of Pistache that has an
// answer is given a writing to nobody every moment, until all are written. Threads: any.
class Unwritten {
 public:
  using Promise = Pistache::Async::Promise<ssize_t>;
  using Transport = Pistache::Tcp::Transport;

  Unwritten() : thread_([this] { run(); }) {}
  ~Unwritten() { stop(); }

  void add(Promise promise, Transport* by) {
    const std::lock_guard lock(mutex_);
    writes_.push_back({std::move(promise), by, std::chrono::steady_clock::now()});
    if (writes_.size() == 1) changed_.notify_all();
  }
  bool wait_written(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline, [this] { return writes_.empty(); });
  }
  // Before the transports end.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Write {
    Promise promise;
    Transport* by;
    std::chrono::steady_clock::time_point since;
  };
  // A write to a connection that has gone is never told of.
  static constexpr std::chrono::seconds kLongest{2};

  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      changed_.wait(lock, [this] { return stopping_ || !writes_.empty(); });
      changed_.wait_for(lock, kReminder, [this] { return stopping_; });
      const auto due = still_at_it();
      if (writes_.empty()) changed_.notify_all();
      lock.unlock();
      for (auto* transport : due) transport->asyncWrite(-1, Pistache::RawBuffer("", 0));
      lock.lock();
    }
  }
  std::set<Transport*> still_at_it() {
    const auto oldest = std::chrono::steady_clock::now() - kLongest;
    std::erase_if(writes_, [oldest](const Write& write) {
      return !write.promise.isPending() || write.since < oldest;
    });
    std::set<Transport*> due;
    for (const auto& write : writes_) due.insert(write.by);
    return due;
  }

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Write> writes_;
  bool stopping_ = false;
  std::thread thread_;
};

// Shared by the server and every responder, because an answer may come after the server's end.
struct Link {
  std::shared_mutex mutex;  // held shared while an answer is given to Pistache
  bool open = true;
  InFlight in_flight;
  Unwritten unwritten;
};

struct Token {
  explicit Token(std::shared_ptr<Link> l) : link(std::move(l)) { link->in_flight.enter(); }
  ~Token() { link->in_flight.leave(bytes); }
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  bool take_room(std::size_t wanted, std::size_t most) {
    if (!link->in_flight.make_room(wanted, most)) return false;
    bytes = wanted;
    return true;
  }
  std::shared_ptr<Link> link;
  std::size_t bytes = 0;  // of the body
};

// Pistache writes only headers of its own classes, not raw ones.
class PlainHeader : public pistache::Header::Header {
 public:
  PlainHeader(std::string name, const std::string& value)
      : name_(std::move(name)), value_(header_safe(value)) {}
  const char* name() const override { return name_.c_str(); }
  void write(std::ostream& out) const override { out << value_; }
  std::uint64_t hash() const override { return 0; }

 private:
  std::string name_;
  std::string value_;
};

std::optional<Method> method_of(pistache::Method method) {
  switch (method) {
    case pistache::Method::Get:
      return Method::get;
    case pistache::Method::Head:
      return Method::head;
    case pistache::Method::Post:
      return Method::post;
    case pistache::Method::Put:
      return Method::put;
    case pistache::Method::Patch:
      return Method::patch;
    case pistache::Method::Delete:
      return Method::delete_;
    case pistache::Method::Options:
      return Method::options;
    default:
      return std::nullopt;
  }
}

Headers headers_of(const pistache::Request& source) {
  Headers headers;
  for (const auto& [name, raw] : source.headers().rawList()) {
    headers[to_lower(name)] = std::string(trim(raw.value()));
  }
  for (const auto& header : source.headers().list()) {
    std::ostringstream text;
    header->write(text);
    headers.try_emplace(to_lower(header->name()), std::string(trim(text.str())));
  }
  return headers;
}

Result<void> read_target(const pistache::Request& source, Request& request) {
  auto path = decode_path(source.resource());
  if (!path) return fail(path.error());
  request.path = std::move(*path);
  // Pistache 0.0.5 keeps one value of each name. The gateway sends along what was asked.
  auto raw = request.header("x-original-query");
  if (raw.empty()) raw = source.query().as_str();
  if (!raw.empty() && raw.front() == '?') raw.erase(0, 1);
  auto query = parse_form(raw);
  if (!query) return fail(query.error());
  request.query = std::move(*query);
  return {};
}

Result<void> read_request(const pistache::Request& source, Request& request) {
  request.headers = headers_of(source);
  request.request_id = request_id_of(request.headers);
  const auto forwarded = request.header("x-forwarded-for");
  request.peer = forwarded.empty() || forwarded.size() > 64 ? source.address().host() : forwarded;
  const auto method = method_of(source.method());
  if (!method) return fail(Fault::invalid, "unknown method");
  request.method = *method;
  for (const auto& [name, value] : request.headers) {
    if (value.find('\0') != std::string::npos) return fail(Fault::invalid, "NUL in " + name);
  }
  request.body = source.body();
  return read_target(source, request);
}

}  // namespace

namespace {

struct PistacheSink final : Responder::Sink {
  std::shared_ptr<Token> token;
  pistache::ResponseWriter writer;
  Pistache::Tcp::Transport* transport;

  PistacheSink(std::shared_ptr<Token> t, pistache::ResponseWriter w, Pistache::Tcp::Transport* by)
      : token(std::move(t)), writer(std::move(w)), transport(by) {}

  void add_header(const std::string& name, const std::string& value) {
    writer.headers().add(std::make_shared<PlainHeader>(name, value));
  }

  void send(Response response) override {
    const std::shared_lock lock(token->link->mutex);
    if (!token->link->open) return;
    if (about.method == Method::head) response.body.clear();
    if (!response.body.empty() || about.method == Method::head) {
      add_header("Content-Type", response.content_type);
    }
    add_header("X-Request-Id", about.request_id);
    for (const auto& [name, value] : response.headers) add_header(name, value);
    const auto code = static_cast<pistache::Code>(response.status);
    token->link->unwritten.add(writer.send(code, response.body), transport);
  }
};

}  // namespace

Responder::Responder(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
Responder::Responder(Responder&&) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
  std::swap(sink_, other.sink_);
  return *this;
}

Responder::~Responder() {
  if (!sink_) return;
  log::error("request.unanswered", "a handler ended without an answer",
             {{"path", sink_->about.path}, {"request_id", sink_->about.request_id}});
  const Request about = sink_->about;
  send(problem_response(about, {.status = 500}));
}

void Responder::send(Response response) {
  if (!sink_) return;
  const auto sink = std::move(sink_);
  try {
    sink->send(std::move(response));
  } catch (const std::exception& problem) {
    log::warning("response.lost", problem.what(), {{"request_id", sink->about.request_id}});
  }
}

struct Server::State {
  ServerConfig config;
  Handler handler;
  std::shared_ptr<Link> link = std::make_shared<Link>();
  std::atomic<bool> draining{false};
  std::unique_ptr<pistache::Endpoint> endpoint;
  int port = 0;

  void serve(const pistache::Request& source, pistache::ResponseWriter writer,
             Pistache::Tcp::Transport* transport);
};

namespace {

class Entry : public pistache::Handler {
 public:
  HTTP_PROTOTYPE(Entry)
  using Serve = std::function<void(const pistache::Request&, pistache::ResponseWriter,
                                   Pistache::Tcp::Transport*)>;
  explicit Entry(Serve serve) : serve_(std::move(serve)) {}
  // Pistache sends the text of an exception to the client, and dies of one that is no
  // std::exception.
  void onRequest(const pistache::Request& request, pistache::ResponseWriter writer) override {
    try {
      serve_(request, std::move(writer), transport());
    } catch (const std::exception& problem) {
      log::error("request.exception", problem.what());
    } catch (...) {
      log::error("request.exception", "not a std::exception");
    }
  }

 private:
  Serve serve_;
};

std::size_t most_at(const ServerConfig& config, const std::string& path) {
  const auto own = config.max_body_bytes_at.find(path);
  return own == config.max_body_bytes_at.end() ? config.max_body_bytes : own->second;
}

std::size_t most_of_all(const ServerConfig& config) {
  auto most = config.max_body_bytes;
  for (const auto& [path, own] : config.max_body_bytes_at) most = std::max(most, own);
  return most;
}

}  // namespace

void Server::State::serve(const pistache::Request& source, pistache::ResponseWriter writer,
                          Pistache::Tcp::Transport* transport) {
  const auto token = std::make_shared<Token>(link);
  auto sink = std::make_unique<PistacheSink>(token, std::move(writer), transport);
  Request request;
  const auto read = read_request(source, request);
  sink->about.method = request.method;
  sink->about.path = request.path;
  sink->about.request_id = request.request_id;
  Responder responder(std::move(sink));
  if (!read) return responder.send(error_response(request, read.error()));
  if (draining) {
    return responder.send(error_response(request, {Fault::unavailable, "the server is stopping"}));
  }
  if (request.body.size() > most_at(config, request.path)) {
    return responder.send(
        problem_response(request, {.status = 413, .detail = "the body is too large"}));
  }
  if (!token->take_room(request.body.size(), config.max_bytes_in_flight)) {
    return responder.send(
        error_response(request, {Fault::unavailable, "too much is being worked on"}));
  }
  handler(std::move(request), std::move(responder));
}

Server::Server(ServerConfig config, Handler handler) : state_(std::make_unique<State>()) {
  state_->config = std::move(config);
  state_->handler = std::move(handler);
}

Result<void> Server::start() {
  std::signal(SIGPIPE, SIG_IGN);  // a client that leaves must not end the process
  const auto& config = state_->config;
  const auto where = config.address + ":" + std::to_string(config.port);
  try {
    const Pistache::Address address(config.address,
                                    Pistache::Port(static_cast<uint16_t>(config.port)));
    state_->endpoint = std::make_unique<pistache::Endpoint>(address);
    auto options = pistache::Endpoint::options()
                       .threads(config.threads)
                       .threadsName("http")
                       .flags(Pistache::Tcp::Options::ReuseAddr | Pistache::Tcp::Options::NoDelay)
                       .maxRequestSize(most_of_all(config) + kHeaderRoom)
                       .headerTimeout(config.request_timeout)
                       .bodyTimeout(config.request_timeout)
                       .keepaliveTimeout(kKeepAlive);
    state_->endpoint->init(options);
    state_->endpoint->setHandler(
        std::make_shared<Entry>([state = state_.get()](const auto& request, auto writer, auto* by) {
          state->serve(request, std::move(writer), by);
        }));
    state_->endpoint->serveThreaded();
    state_->port = static_cast<int>(static_cast<uint16_t>(state_->endpoint->getPort()));
  } catch (const std::exception& problem) {
    return fail(Fault::unavailable, "cannot listen on " + where + ": " + problem.what());
  }
  return {};
}

int Server::port() const { return state_->port; }

bool Server::drain(std::chrono::milliseconds grace) {
  const auto deadline = std::chrono::steady_clock::now() + grace;
  state_->draining = true;
  return state_->link->in_flight.wait_empty(grace) &&
         state_->link->unwritten.wait_written(deadline);
}

Server::~Server() {
  {
    const std::unique_lock lock(state_->link->mutex);
    state_->link->open = false;  // answers that come later have nowhere to go
  }
  state_->link->unwritten.stop();
  if (!state_->endpoint) return;
  try {
    state_->endpoint->shutdown();
  } catch (const std::exception& problem) {
    log::warning("http.shutdown", problem.what());
  }
}

}  // namespace monitron::http
