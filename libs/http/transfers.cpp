#include "http/transfers.hpp"

#include <curl/curl.h>
#include <new>
#include <unordered_map>
#include <uv.h>

namespace monitron::http {

namespace {

// A socket that curl wants watched.
struct Watch {
  uv_poll_t poll{};
  curl_socket_t socket = CURL_SOCKET_BAD;
  void* owner = nullptr;
};

}  // namespace

struct Transfers::State {
  loop::Loop& loop;
  CURLM* multi = nullptr;
  uv_timer_t* timer = nullptr;  // freed by its close callback
  std::unordered_map<void*, Ended> open;

  explicit State(loop::Loop& l) : loop(l) {}

  void collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      auto node = open.extract(message->easy_handle);
      curl_multi_remove_handle(multi, node.key());
      node.mapped()(code);
    }
  }

  void act(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi, socket, events, &running);
    collect();
  }

  static void on_poll(uv_poll_t* poll, int status, int events) noexcept {
    const auto* watch = static_cast<Watch*>(poll->data);
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE) flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE) flags |= CURL_CSELECT_OUT;
    static_cast<State*>(watch->owner)->act(watch->socket, flags);
  }

  static int on_socket(CURL*, curl_socket_t socket, int what, void* user, void* known) noexcept {
    auto* state = static_cast<State*>(user);
    auto* watch = static_cast<Watch*>(known);
    if (what == CURL_POLL_REMOVE) {
      if (watch == nullptr) return 0;
      uv_poll_stop(&watch->poll);
      uv_close(reinterpret_cast<uv_handle_t*>(&watch->poll),
               [](uv_handle_t* closed) { delete static_cast<Watch*>(closed->data); });
      curl_multi_assign(state->multi, socket, nullptr);
      return 0;
    }
    if (watch == nullptr) {
      watch = new (std::nothrow) Watch{.poll = {}, .socket = socket, .owner = state};
      if (watch == nullptr) return -1;
      uv_poll_init_socket(state->loop.raw(), &watch->poll, socket);
      watch->poll.data = watch;
      curl_multi_assign(state->multi, socket, watch);
    }
    const int events =
        ((what & CURL_POLL_IN) ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) ? UV_WRITABLE : 0);
    uv_poll_start(&watch->poll, events, on_poll);
    return 0;
  }

  static int on_timer(CURLM*, long timeout_ms, void* user) noexcept {
    auto* state = static_cast<State*>(user);
    if (timeout_ms < 0) return uv_timer_stop(state->timer);
    const auto fire = [](uv_timer_t* timer) {
      static_cast<State*>(timer->data)->act(CURL_SOCKET_TIMEOUT, 0);
    };
    return uv_timer_start(state->timer, fire, static_cast<std::uint64_t>(timeout_ms), 0);
  }
};

Transfers::Transfers(loop::Loop& loop) : state_(std::make_unique<State>(loop)) {
  prepare_curl();
  State& state = *state_;
  state.multi = curl_multi_init();
  state.timer = new uv_timer_t;
  uv_timer_init(loop.raw(), state.timer);
  state.timer->data = &state;
  curl_multi_setopt(state.multi, CURLMOPT_SOCKETFUNCTION, State::on_socket);
  curl_multi_setopt(state.multi, CURLMOPT_SOCKETDATA, &state);
  curl_multi_setopt(state.multi, CURLMOPT_TIMERFUNCTION, State::on_timer);
  curl_multi_setopt(state.multi, CURLMOPT_TIMERDATA, &state);
}

Transfers::~Transfers() {
  for (const auto& [easy, ended] : state_->open) curl_multi_remove_handle(state_->multi, easy);
  curl_multi_cleanup(state_->multi);
  uv_timer_stop(state_->timer);
  uv_close(reinterpret_cast<uv_handle_t*>(state_->timer),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_timer_t*>(closed); });
}

void Transfers::add(void* easy, Ended ended) {
  state_->open.emplace(easy, std::move(ended));
  curl_multi_add_handle(state_->multi, easy);
}

void Transfers::remove(void* easy) {
  if (state_->open.erase(easy) > 0) curl_multi_remove_handle(state_->multi, easy);
}

void prepare_curl() {
  static const CURLcode kDone = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)kDone;
}

}  // namespace monitron::http
