#include "http/socket_server.hpp"

#include "base/descriptors.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "loop/loop.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <libwebsockets.h>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <uv.h>
#include <vector>

namespace monitron::http {
namespace {

// libwebsockets cuts connections that have some twenty more, without an answer.
constexpr std::size_t kMaxArguments = 64;
constexpr std::size_t kMaxHeader = 40u << 10;  // an address of the gateway and its headers
constexpr std::size_t kMaxIncoming = 64u << 10;
constexpr std::size_t kOtherDescriptors = 512;  // of the rest of the process
constexpr int kTooLarge = 1009;
constexpr int kNotText = 1003;
constexpr int kTryAgainLater = 1013;  // RFC 6455 registry; libwebsockets has no name for it
constexpr auto kWriteClose = static_cast<lws_write_protocol>(4);  // known, but only in its source
constexpr int kWritesPerTurn = 32;  // libwebsockets pays an epoll_ctl for each turn

}  // namespace

SocketFrame::SocketFrame(std::string_view text)
    : bytes_(std::make_shared<std::string>(LWS_PRE, '\0')) {
  bytes_->append(text);
}

std::size_t SocketFrame::size() const { return bytes_->size() - LWS_PRE; }

namespace {

// One client. The queue is filled from any thread under the server's mutex; `wsi` belongs to the
// server's thread.
struct Session {
  SocketId id = 0;
  Request request;
  lws* wsi = nullptr;
  bool open = false;
  std::size_t incoming = 0;
  bool converses = false;
  bool trusted = false;
  std::string heard;  // of the message that is coming in

  std::deque<SocketFrame> queue;
  std::size_t queued_bytes = 0;
  std::uint64_t dropped = 0;  // since the last notice
  std::chrono::steady_clock::time_point last_write = std::chrono::steady_clock::now();
  bool wants_turn = false;
  int close_code = 0;
  bool close_sent = false;
  std::string close_reason;
};

}  // namespace

struct SocketServer::State {
  SocketConfig config;
  Events events;
  lws_context* context = nullptr;
  std::thread thread;
  int port = 0;
  lws_retry_bo_t idle{};
  std::array<lws_protocols, 3> protocols{};

  mutable std::mutex mutex;  // guards what follows
  std::unordered_map<SocketId, std::shared_ptr<Session>> sessions;
  SocketId next_id = 1;
  bool turn_posted = false;
  Stats stats;

  loop::Loop loop;  // goes first: what was posted to it uses the above

  void ask_turn(Session& session);
  void give_turns();
  int write(Session& session);
  int filter(lws* wsi);
  int hear(Session& session, std::string_view part);
  void end(Session& session, int code, const char* reason);
  void forget(Session& session);
  void say_goodbye();
};

namespace {

std::string header_of(lws* wsi, lws_token_indexes token) {
  std::array<char, 5000> text{};
  const int size = lws_hdr_copy(wsi, text.data(), static_cast<int>(text.size()), token);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

// libwebsockets has decoded path and arguments already.
Request request_of(lws* wsi) {
  Request request;
  request.path = header_of(wsi, WSI_TOKEN_GET_URI);
  request.headers["authorization"] = header_of(wsi, WSI_TOKEN_HTTP_AUTHORIZATION);
  request.headers["origin"] = header_of(wsi, WSI_TOKEN_ORIGIN);
  request.headers["host"] = header_of(wsi, WSI_TOKEN_HOST);
  request.peer = header_of(wsi, WSI_TOKEN_X_FORWARDED_FOR);
  request.request_id = Uuid::make().str();
  if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) == 0) return request;
  std::string part(kMaxHeader, '\0');
  for (int i = 0;; ++i) {
    const int size = lws_hdr_copy_fragment(wsi, part.data(), static_cast<int>(part.size()),
                                           WSI_TOKEN_HTTP_URI_ARGS, i);
    if (size < 0) break;
    if (size == 0) continue;
    const std::string_view text(part.data(), static_cast<std::size_t>(size));
    const auto equals = text.find('=');
    const auto value =
        equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
    request.query.emplace(text.substr(0, equals), value);
  }
  return request;
}

int refuse(lws* wsi, const Request& request, const Problem& problem) {
  const auto answer = problem_response(request, problem);
  std::array<unsigned char, LWS_PRE + 2048> buffer{};
  unsigned char* start = buffer.data() + LWS_PRE;
  unsigned char* at = start;
  unsigned char* end = buffer.data() + buffer.size();
  if (lws_add_http_common_headers(wsi, static_cast<unsigned>(problem.status),
                                  answer.content_type.c_str(), answer.body.size(), &at, end) ||
      lws_finalize_write_http_header(wsi, start, &at, end)) {
    return 1;
  }
  std::string body(LWS_PRE, '\0');
  body += answer.body;
  lws_write(wsi, reinterpret_cast<unsigned char*>(body.data()) + LWS_PRE, answer.body.size(),
            LWS_WRITE_HTTP_FINAL);
  return 1;
}

// Not lws_close_reason and -1: Debian's 4.1.6 closes twice on libuv and then sends no close frame.
// The connection ends when the client answers, or after the time-out.
void write_close(Session& session) {
  if (session.close_sent) return;
  session.close_sent = true;
  std::string frame(LWS_PRE, '\0');
  frame += static_cast<char>(session.close_code >> 8);
  frame += static_cast<char>(session.close_code & 0xff);
  frame += session.close_reason.substr(0, 100);
  lws_write(session.wsi, reinterpret_cast<unsigned char*>(frame.data()) + LWS_PRE,
            frame.size() - LWS_PRE, kWriteClose);
  lws_set_timeout(session.wsi, PENDING_TIMEOUT_CLOSE_ACK, 2);
}

using SessionHandle = std::shared_ptr<Session>;

SessionHandle* handle_of(lws* wsi) {
  return static_cast<SessionHandle*>(lws_get_opaque_user_data(wsi));
}

int on_event(lws* wsi, lws_callback_reasons reason, void*, void* data,
             std::size_t length) noexcept {
  auto* state = static_cast<SocketServer::State*>(lws_context_user(lws_get_context(wsi)));
  if (reason == LWS_CALLBACK_HTTP) {
    return refuse(wsi, request_of(wsi),
                  {.status = 426, .detail = "this is a WebSocket: ask for the upgrade"});
  }
  if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION) return state->filter(wsi);
  SessionHandle* session = handle_of(wsi);
  if (session == nullptr) return 0;  // refused, or not yet known
  switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
      (*session)->open = true;
      state->events.opened((*session)->id, std::exchange((*session)->request, {}));
      return 0;
    case LWS_CALLBACK_RECEIVE:
      return state->hear(**session, {static_cast<const char*>(data), length});
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return state->write(**session);
    case LWS_CALLBACK_CLOSED:
      state->forget(**session);
      return 0;
    case LWS_CALLBACK_WSI_DESTROY:
      state->forget(**session);
      lws_set_opaque_user_data(wsi, nullptr);
      delete session;
      return 0;
    default:
      return 0;
  }
}

}  // namespace

int SocketServer::State::filter(lws* wsi) {
  auto session = std::make_shared<Session>();
  session->request = request_of(wsi);
  session->wsi = wsi;
  const auto* protocol = lws_get_protocol(wsi);
  session->converses = !config.conversation.empty() && protocol != nullptr &&
                       std::string_view(protocol->name) == config.conversation;
  if (session->converses) session->request.headers["sec-websocket-protocol"] = config.conversation;
  if (session->request.query.size() > kMaxArguments) {
    return refuse(wsi, session->request,
                  {.status = 400, .detail = "the address has more than 64 parameters"});
  }
  auto problem = events.admit(session->request);
  {
    const std::lock_guard lock(mutex);
    if (!problem && sessions.size() >= config.max_sessions) {
      problem = Problem{.status = 503, .detail = "too many connections; try again"};
    }
    if (!problem) {
      session->id = next_id++;
      sessions.emplace(session->id, session);
      stats.sessions = sessions.size();
    }
  }
  if (problem) return refuse(wsi, session->request, *problem);
  lws_set_opaque_user_data(wsi, new SessionHandle(session));
  return 0;
}

int SocketServer::State::hear(Session& session, std::string_view part) {
  const bool whole = lws_is_final_fragment(session.wsi) != 0;
  if (!session.converses) {
    session.incoming = whole ? 0 : session.incoming + part.size();
    return session.incoming > kMaxIncoming ? -1 : 0;
  }
  {
    const std::lock_guard lock(mutex);
    if (session.close_code != 0) return 0;
    const auto most = session.trusted ? config.max_heard : config.max_heard_before;
    if (session.heard.size() + part.size() > most) {
      end(session, kTooLarge, "the message is too large");
      return 0;
    }
    if (lws_frame_is_binary(session.wsi) != 0) {
      end(session, kNotText, "messages are text");
      return 0;
    }
  }
  session.heard += part;
  if (whole) events.heard(session.id, std::exchange(session.heard, {}));
  return 0;
}

// With the mutex held.
void SocketServer::State::end(Session& session, int code, const char* reason) {
  session.close_code = code;
  session.close_reason = reason;
  session.queue.clear();
  session.queued_bytes = 0;
  ask_turn(session);
}

void SocketServer::State::forget(Session& session) {
  {
    const std::lock_guard lock(mutex);
    if (sessions.erase(session.id) == 0) return;
    stats.sessions = sessions.size();
    session.wsi = nullptr;
    session.queue.clear();
  }
  if (session.open) events.closed(session.id);
}

// To those who read; a frame to others would wait for them.
void SocketServer::State::say_goodbye() {
  const std::lock_guard lock(mutex);
  for (auto& [id, session] : sessions) {
    if (!session->open || session->close_code != 0 || lws_send_pipe_choked(session->wsi)) continue;
    session->close_code = LWS_CLOSE_STATUS_GOINGAWAY;
    write_close(*session);
  }
}

void SocketServer::State::ask_turn(Session& session) {
  session.wants_turn = true;
  if (turn_posted) return;
  turn_posted = true;
  loop.post([this] { give_turns(); });
}

void SocketServer::State::give_turns() {
  const std::lock_guard lock(mutex);
  turn_posted = false;
  for (auto& [id, session] : sessions) {
    if (!session->wants_turn || session->wsi == nullptr || !session->open) continue;
    session->wants_turn = false;
    if (session->close_sent) continue;
    lws_callback_on_writable(session->wsi);
    // A blocked socket never becomes writable, so its end must not wait for that.
    if (session->close_code == kTryAgainLater) {
      lws_set_timeout(session->wsi, PENDING_TIMEOUT_CLOSE_SEND, 3);
    }
  }
}

int SocketServer::State::write(Session& session) {
  for (int i = 0; i < kWritesPerTurn; ++i) {
    std::unique_lock lock(mutex);
    if (session.close_code != 0) {
      write_close(session);
      return 0;
    }
    if (session.queue.empty() && session.dropped == 0) return 0;
    if (lws_send_pipe_choked(session.wsi)) break;
    SocketFrame frame("");
    if (session.dropped > 0) {
      frame = SocketFrame(R"({"type":"dropped","count":)" + std::to_string(session.dropped) + "}");
      session.dropped = 0;
    } else {
      frame = std::move(session.queue.front());
      session.queue.pop_front();
      session.queued_bytes -= frame.size();
      ++stats.sent;
    }
    session.last_write = std::chrono::steady_clock::now();
    lock.unlock();
    auto* text = reinterpret_cast<unsigned char*>(frame.bytes_->data()) + LWS_PRE;
    if (lws_write(session.wsi, text, frame.size(), LWS_WRITE_TEXT) < 0) return -1;
  }
  lws_callback_on_writable(session.wsi);
  return 0;
}

SocketServer::SocketServer(SocketConfig config, Events events) : state_(std::make_unique<State>()) {
  state_->config = std::move(config);
  state_->events = std::move(events);
}

Result<void> SocketServer::start() {
  lws_set_log_level(LLL_ERR, [](int, const char* line) {
    std::string_view text(line);
    if (text.ends_with('\n')) text.remove_suffix(1);
    log::warning("stream.library", text);
  });
  State& state = *state_;
  const auto descriptors = allow_descriptors(state.config.max_sessions + kOtherDescriptors);
  state.config.max_sessions = descriptors - std::min(descriptors, kOtherDescriptors);
  state.idle.secs_since_valid_ping = static_cast<std::uint16_t>(state.config.ping.count());
  state.idle.secs_since_valid_hangup = static_cast<std::uint16_t>(state.config.hang_up.count());
  // The first is for those that name none.
  const std::array names = {"stream", state.config.conversation.c_str()};
  for (std::size_t i = 0; i < (state.config.conversation.empty() ? 1 : names.size()); ++i) {
    state.protocols[i].name = names[i];
    state.protocols[i].callback = on_event;
    state.protocols[i].rx_buffer_size = 4096;
    state.protocols[i].tx_packet_size = 64u << 10;
  }
  void* loops[1] = {state.loop.raw()};
  lws_context_creation_info info{};
  info.options =
      LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DISABLE_IPV6 | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
  info.foreign_loops = loops;
  info.user = &state;
  info.pt_serv_buf_size = 32u << 10;
  info.max_http_header_data = kMaxHeader;
  state.context = lws_create_context(&info);
  if (state.context == nullptr)
    return fail(Fault::unavailable, "libwebsockets has no libuv plugin");
  info.port = state.config.port;
  info.iface = state.config.address.c_str();
  info.protocols = state.protocols.data();
  info.retry_and_idle_policy = &state.idle;
  info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_DISABLE_IPV6;
  info.vhost_name = "stream";
  lws_vhost* vhost = lws_create_vhost(state.context, &info);
  if (vhost == nullptr) {
    return fail(Fault::unavailable, "cannot listen on " + state.config.address + ":" +
                                        std::to_string(state.config.port));
  }
  state.port = lws_get_vhost_listen_port(vhost);
  state.thread = std::thread([&state] {
    pthread_setname_np(pthread_self(), "stream");
    state.loop.run();
  });
  return {};
}

int SocketServer::port() const { return state_->port; }

SocketServer::~SocketServer() { stop(); }

void SocketServer::stop() {
  State& state = *state_;
  if (state.context == nullptr) return;
  if (state.thread.joinable()) {
    state.loop.post([&state] {
      state.say_goodbye();
      lws_context_destroy(state.context);
      state.loop.stop();
    });
    state.thread.join();
  } else {
    lws_context_destroy(state.context);
  }
  // On a foreign loop libwebsockets is destroyed in two steps, with the closing of handles between.
  for (int i = 0; i < 100 && uv_run(state.loop.raw(), UV_RUN_NOWAIT) != 0; ++i) {
  }
  lws_context_destroy(std::exchange(state.context, nullptr));
}

void SocketServer::send(SocketId id, const SocketFrame& frame) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  const auto found = state.sessions.find(id);
  if (found == state.sessions.end() || found->second->close_code != 0) return;
  Session& session = *found->second;
  session.queue.push_back(frame);
  session.queued_bytes += frame.size();
  bool full = false;
  if (session.converses && (session.queue.size() > state.config.queue_messages ||
                            session.queued_bytes > state.config.queue_bytes)) {
    return state.end(session, kTryAgainLater, "too slow");
  }
  while (session.queue.size() > state.config.queue_messages ||
         session.queued_bytes > state.config.queue_bytes) {
    full = true;
    session.queued_bytes -= session.queue.front().size();
    session.queue.pop_front();
    ++session.dropped;
    ++state.stats.dropped;
  }
  const auto silent = std::chrono::steady_clock::now() - session.last_write;
  if (full && silent > state.config.stuck) return state.end(session, kTryAgainLater, "too slow");
  state.ask_turn(session);
}

void SocketServer::trust(SocketId id) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->sessions.find(id);
  if (found != state_->sessions.end()) found->second->trusted = true;
}

void SocketServer::close(SocketId id, int code, std::string reason) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  const auto found = state.sessions.find(id);
  if (found == state.sessions.end() || found->second->close_code != 0) return;
  found->second->close_code = code;
  found->second->close_reason = std::move(reason);
  state.ask_turn(*found->second);
}

bool SocketServer::is_open(SocketId id) const {
  const std::lock_guard lock(state_->mutex);
  return state_->sessions.contains(id);
}

SocketServer::Stats SocketServer::stats() const {
  const std::lock_guard lock(state_->mutex);
  return state_->stats;
}

}  // namespace monitron::http
