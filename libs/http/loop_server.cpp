#include "http/loop_server.hpp"

#include "base/log.hpp"
#include "http/in_flight.hpp"
#include "http/request_reader.hpp"
#include "http/responder_sink.hpp"
#include "loop/loop.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <limits>
#include <netdb.h>
#include <thread>
#include <unordered_map>
#include <uv.h>

namespace monitron::http {
namespace {

using SteadyClock = std::chrono::steady_clock;
using PeerId = std::uint64_t;

constexpr std::chrono::seconds kKeepAlive{75};  // above nginx's upstream keep-alive (60 s)
constexpr std::chrono::seconds kLinger{2};      // for what a client still sends, before the end
constexpr std::chrono::seconds kLook{1};
constexpr int kBacklog = 4096;
// Of further requests that came early. It is read on while a request is being answered, because
// only then the end of the connection is seen.
constexpr std::size_t kMostUnread = 64u << 10;
// Always has room: one that is read slowly and fills all of it must not make others' errors of it.
constexpr std::size_t kSmallAnswer = 64u << 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// One connection. Belongs to the loop; freed when its handle is closed.
struct Peer {
  Peer(LoopServer::State* o, PeerId i, std::size_t max_body_bytes)
      : owner(o), id(i), reader(max_body_bytes) {
    tcp.data = this;
  }

  LoopServer::State* const owner;
  const PeerId id;
  uv_tcp_t tcp{};
  uv_shutdown_t shutdown{};
  RequestReader reader;
  std::string unread{};    // came with the request that is being answered
  std::size_t held = 0;    // bytes of both
  bool answering = false;  // a handler has a request of it
  bool last = false;       // it ends after this answer
  bool paused = false;     // too much is unread
  bool left = false;       // it sends no more
  bool ending = false;     // what comes is thrown away
  bool closing = false;
  std::shared_ptr<std::atomic<bool>> gone{};  // what its request is told
  std::string address{};
  SteadyClock::time_point since = SteadyClock::now();  // it does what it does

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp); }
};

Peer& peer_of(uv_stream_t* stream) { return *static_cast<Peer*>(stream->data); }

struct Text {
  std::string head;
  std::string body;
  std::size_t size() const { return head.size() + body.size(); }
};

struct Write {
  uv_write_t request{};
  Text text;
  PeerId peer = 0;
};

// What is left of it behind `sent` bytes.
std::array<uv_buf_t, 2> buffers_of(Text& text, std::size_t sent) {
  const auto rest = [](std::string& part, std::size_t from) {
    return uv_buf_init(part.data() + from, static_cast<unsigned>(part.size() - from));
  };
  const auto of_head = std::min(sent, text.head.size());
  return {rest(text.head, of_head), rest(text.body, sent - of_head)};
}

// One for the loop: bytes are taken before the next read.
void give_buffer(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
  static thread_local std::array<char, 256u << 10> bytes;
  *buffer = uv_buf_init(bytes.data(), bytes.size());
}

std::string address_of(const uv_tcp_t& tcp) {
  sockaddr_storage address{};
  int size = sizeof address;
  std::array<char, 64> text{};
  if (uv_tcp_getpeername(&tcp, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  uv_ip_name(reinterpret_cast<const sockaddr*>(&address), text.data(), text.size());
  return text.data();
}

std::string_view reason_of(int status) {
  if (status >= 300) return title_of(status);
  return status == 202 ? "Accepted" : status == 204 ? "No Content" : "OK";
}

Text text_of(Response response, const Request& about, bool last) {
  const bool head = about.method == Method::head;
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text.append(reason_of(response.status)).append("\r\n");
  const auto add = [&](const std::string& name, const std::string& value) {
    text.append(header_safe(name)).append(": ").append(header_safe(value)).append("\r\n");
  };
  if (!response.body.empty() || head) add("Content-Type", response.content_type);
  const bool no_content = response.status == 204 || response.status == 304;
  if (!no_content) add("Content-Length", std::to_string(response.body.size()));
  add("X-Request-Id", about.request_id);
  for (const auto& [name, value] : response.headers) add(name, value);
  if (last) add("Connection", "close");
  text += "\r\n";
  return {std::move(text), head ? std::string() : std::move(response.body)};
}

}  // namespace

struct LoopServer::State {
  // Shared by the server and every responder, because an answer may come after the server's end.
  struct Link {
    std::mutex mutex;        // held while an answer is posted to the loop
    State* state = nullptr;  // null: the server has ended
    InFlight requests, answers;
  };
  class Sink;

  ServerConfig config;
  Handler handler;
  std::shared_ptr<Link> link = std::make_shared<Link>();
  std::atomic<bool> draining{false};
  int port = 0;
  uv_tcp_t listener{};
  PeerId next_id = 1;
  std::unordered_map<PeerId, Peer*> peers;  // the loop's
  std::size_t held = 0;                     // bytes of them all, of requests not handed on yet
  loop::Loop loop;
  loop::Timer timer;
  std::thread thread;

  Result<void> listen();
  void accept();
  void read(Peer& peer, std::string_view bytes);
  bool hold(Peer& peer, std::size_t bytes);
  void serve(Peer& peer);
  void answer(PeerId id, Text text);
  void written(PeerId id, std::size_t size, bool well);
  void leave(Peer& peer);
  void end(Peer& peer);
  void close(Peer& peer);
  void look();
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
};

class LoopServer::State::Sink final : public Responder::Sink {
 public:
  Sink(std::shared_ptr<Link> link, PeerId peer) : link_(std::move(link)), peer_(peer) {
    link_->requests.enter();
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() override { link_->requests.leave(bytes_); }

  bool take_room(std::size_t wanted, std::size_t most) {
    if (!link_->requests.make_room(wanted, most)) return false;
    bytes_ = wanted;
    return true;
  }
  void send(Response response) override {
    auto text = text_of(std::move(response), about, last);
    const std::lock_guard lock(link_->mutex);
    if (link_->state == nullptr) return;
    link_->answers.enter();
    const auto most = text.size() <= kSmallAnswer ? std::numeric_limits<std::size_t>::max()
                                                  : link_->state->config.max_answer_bytes;
    if (!link_->answers.make_room(text.size(), most)) {
      text = text_of(error_response(about, {Fault::unavailable, "too many answers are being read"}),
                     about, last);
      (void)link_->answers.make_room(text.size(), std::numeric_limits<std::size_t>::max());
    }
    link_->state->loop.post([state = link_->state, peer = peer_, text = std::move(text)]() mutable {
      state->answer(peer, std::move(text));
    });
  }

  bool last = false;

 private:
  const std::shared_ptr<Link> link_;
  const PeerId peer_;
  std::size_t bytes_ = 0;  // of the body
};

Result<void> LoopServer::State::listen() {
  const auto where = config.address + ":" + std::to_string(config.port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto service = std::to_string(config.port);
  if (getaddrinfo(config.address.c_str(), service.c_str(), &hints, &found) != 0) {
    return fail(Fault::unavailable, "cannot listen on " + where + ": no such address");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> frees(found, &freeaddrinfo);
  uv_tcp_init(loop.raw(), &listener);
  listener.data = this;
  auto* stream = reinterpret_cast<uv_stream_t*>(&listener);
  int failed = uv_tcp_bind(&listener, found->ai_addr, 0);
  if (failed == 0) {
    failed = uv_listen(stream, kBacklog, [](uv_stream_t* from, int status) {
      if (status == 0) static_cast<State*>(from->data)->accept();
    });
  }
  sockaddr_storage bound{};
  int size = sizeof bound;
  if (failed == 0) {
    failed = uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&bound), &size);
  }
  if (failed != 0) {
    uv_close(reinterpret_cast<uv_handle_t*>(&listener), nullptr);
    return fail(Fault::unavailable, "cannot listen on " + where + ": " + uv_strerror(failed));
  }
  // sin_port and sin6_port lie at the same place.
  port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
  return {};
}

void LoopServer::State::accept() {
  auto* peer = new Peer(this, next_id++, config.max_body_bytes);
  uv_tcp_init(loop.raw(), &peer->tcp);
  peer->tcp.data = peer;
  peers.emplace(peer->id, peer);
  const bool taken = uv_accept(reinterpret_cast<uv_stream_t*>(&listener), peer->stream()) == 0;
  if (!taken || peers.size() > config.max_connections) return close(*peer);
  uv_tcp_nodelay(&peer->tcp, 1);
  peer->address = address_of(peer->tcp);
  if (uv_read_start(peer->stream(), give_buffer, on_read) != 0) close(*peer);
}

void LoopServer::State::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  auto& peer = peer_of(stream);
  if (size == UV_EOF && peer.answering) return peer.owner->leave(peer);
  if (size < 0) return peer.owner->close(peer);
  if (peer.ending || peer.closing) return;
  peer.owner->read(peer, {buffer->base, static_cast<std::size_t>(size)});
}

// False when that is more than there is room for.
bool LoopServer::State::hold(Peer& peer, std::size_t bytes) {
  held += bytes - peer.held;
  peer.held = bytes;
  return held <= config.max_bytes_in_flight;
}

// One request at a time: what comes behind it waits for its answer.
void LoopServer::State::read(Peer& peer, std::string_view bytes) {
  while (!bytes.empty() && !peer.answering && !peer.closing) {
    if (peer.reader.state() == RequestReader::State::idle) peer.since = SteadyClock::now();
    bytes.remove_prefix(peer.reader.feed(bytes));
    if (peer.reader.wants_leave()) {
      const auto leave = uv_buf_init(const_cast<char*>(kContinue.data()), kContinue.size());
      if (uv_try_write(peer.stream(), &leave, 1) < 0) return close(peer);
    }
    const bool fits = hold(peer, peer.reader.held());
    const auto state = peer.reader.state();
    if (state == RequestReader::State::idle) continue;
    if (state != RequestReader::State::reading || !fits) serve(peer);
  }
  if (!peer.answering || peer.closing) return;
  if (hold(peer, peer.unread.size() + bytes.size())) {
    peer.unread.append(bytes);
    if (peer.unread.size() <= kMostUnread) return;
  } else {
    peer.last = true;  // the client sends it again elsewhere
    peer.unread.clear();
    hold(peer, 0);
  }
  peer.paused = true;
  uv_read_stop(peer.stream());
}

// It may have closed only its half: the answer is tried.
void LoopServer::State::leave(Peer& peer) {
  peer.left = true;
  *peer.gone = true;
}

void LoopServer::State::serve(Peer& peer) {
  const auto state = peer.reader.state();
  auto sink = std::make_unique<Sink>(link, peer.id);
  auto& kept = *sink;
  Request request;
  const auto read = peer.reader.take(request);
  request.gone = peer.gone = std::make_shared<std::atomic<bool>>(peer.left);
  request.request_id = request_id_of(request.headers);
  const auto forwarded = request.header("x-forwarded-for");
  request.peer = forwarded.empty() || forwarded.size() > 64 ? peer.address : forwarded;
  sink->about.method = request.method;
  sink->about.path = request.path;
  sink->about.request_id = request.request_id;
  peer.answering = true;
  peer.last = sink->last = !peer.reader.keep_alive();
  Responder responder(std::move(sink));
  if (state == RequestReader::State::too_large) {
    return responder.send(
        problem_response(request, {.status = 413, .detail = "the body is too large"}));
  }
  if (state == RequestReader::State::reading) {
    return responder.send(
        error_response(request, {Fault::unavailable, "too much is being sent at once"}));
  }
  if (state == RequestReader::State::bad) {
    return responder.send(error_response(request, {Fault::invalid, "this is no HTTP request"}));
  }
  if (!read) return responder.send(error_response(request, read.error()));
  if (draining) {
    return responder.send(error_response(request, {Fault::unavailable, "the server is stopping"}));
  }
  if (!kept.take_room(request.body.size(), config.max_bytes_in_flight)) {
    return responder.send(
        error_response(request, {Fault::unavailable, "too much is being worked on"}));
  }
  try {
    handler(std::move(request), std::move(responder));
  } catch (const std::exception& problem) {
    log::error("request.exception", problem.what());
  } catch (...) {
    log::error("request.exception", "not a std::exception");
  }
}

void LoopServer::State::answer(PeerId id, Text text) {
  const auto size = text.size();
  const auto found = peers.find(id);
  if (found == peers.end() || found->second->closing) return link->answers.leave(size);
  auto& peer = *found->second;
  peer.since = SteadyClock::now();
  const auto whole = buffers_of(text, 0);
  const auto sent = uv_try_write(peer.stream(), whole.data(), whole.size());
  if (sent >= 0 && static_cast<std::size_t>(sent) == size) return written(id, size, true);
  if (sent < 0 && sent != UV_EAGAIN) return written(id, size, false);
  auto* write = new Write{{}, std::move(text), id};
  write->request.data = write;
  const auto rest = buffers_of(write->text, static_cast<std::size_t>(std::max(sent, 0)));
  const auto begun = uv_write(
      &write->request, peer.stream(), rest.data(), rest.size(),
      [](uv_write_t* request, int status) {
        const std::unique_ptr<Write> done(static_cast<Write*>(request->data));
        peer_of(request->handle).owner->written(done->peer, done->text.size(), status == 0);
      });
  if (begun == 0) return;
  delete write;
  written(id, size, false);
}

void LoopServer::State::written(PeerId id, std::size_t size, bool well) {
  link->answers.leave(size);
  const auto found = peers.find(id);
  if (found == peers.end() || found->second->closing) return;
  auto& peer = *found->second;
  if (!well) return close(peer);
  peer.answering = false;
  peer.since = SteadyClock::now();
  if (peer.last) return end(peer);
  const auto unread = std::exchange(peer.unread, {});
  read(peer, unread);
  if (peer.answering || peer.closing) return;
  if (peer.left) return end(peer);
  if (!std::exchange(peer.paused, false)) return;
  if (uv_read_start(peer.stream(), give_buffer, on_read) != 0) close(peer);
}

// Not at once: what the client still sends would make its kernel throw the answer away.
void LoopServer::State::end(Peer& peer) {
  peer.ending = true;
  if (uv_shutdown(&peer.shutdown, peer.stream(), nullptr) != 0) return close(peer);
  uv_read_stop(peer.stream());
  if (uv_read_start(peer.stream(), give_buffer, on_read) != 0) close(peer);
}

void LoopServer::State::close(Peer& peer) {
  if (std::exchange(peer.closing, true)) return;
  if (peer.gone) *peer.gone = true;
  peers.erase(peer.id);
  hold(peer, 0);
  uv_close(reinterpret_cast<uv_handle_t*>(&peer.tcp),
           [](uv_handle_t* handle) { delete static_cast<Peer*>(handle->data); });
}

// Ends those that take too long.
void LoopServer::State::look() {
  const auto now = SteadyClock::now();
  std::vector<Peer*> late;
  for (const auto& [id, peer] : peers) {
    const auto age = now - peer->since;
    const bool idle = !peer->answering && peer->reader.state() == RequestReader::State::idle;
    const SteadyClock::duration allowed = peer->ending ? SteadyClock::duration(kLinger)
                                          : idle       ? SteadyClock::duration(kKeepAlive)
                                                       : config.request_timeout;
    if (age > allowed) late.push_back(peer);
  }
  for (auto* peer : late) close(*peer);
}

LoopServer::LoopServer(ServerConfig config, Handler handler) : state_(std::make_unique<State>()) {
  state_->config = std::move(config);
  state_->handler = std::move(handler);
}

Result<void> LoopServer::start() {
  std::signal(SIGPIPE, SIG_IGN);  // a client that leaves must not end the process
  auto* state = state_.get();
  if (auto listening = state->listen(); !listening) return listening;
  state->link->state = state;
  state->timer = state->loop.every(kLook, [state] { state->look(); });
  state->thread = std::thread([state] { state->loop.run(); });
  return {};
}

int LoopServer::port() const { return state_->port; }

bool LoopServer::drain(std::chrono::milliseconds grace) {
  const auto deadline = SteadyClock::now() + grace;
  state_->draining = true;
  if (!state_->link->requests.wait_empty(grace)) return false;
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
  return state_->link->answers.wait_empty(std::max(rest, std::chrono::milliseconds(0)));
}

LoopServer::~LoopServer() {
  if (!state_->thread.joinable()) return;
  {
    const std::lock_guard lock(state_->link->mutex);
    state_->link->state = nullptr;  // answers that come later have nowhere to go
  }
  state_->loop.post([state = state_.get()] {
    state->timer.stop();
    uv_close(reinterpret_cast<uv_handle_t*>(&state->listener), nullptr);
    while (!state->peers.empty()) state->close(*state->peers.begin()->second);
  });
  state_->loop.stop();
  state_->thread.join();
}

}  // namespace monitron::http
