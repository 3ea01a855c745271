#include "loop/loop.hpp"

#include "base/result.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <uv.h>
#include <vector>

namespace monitron::loop {

struct Timer::Handle {
  uv_timer_t timer{};
  std::function<void()> task;
};

struct Loop::State {
  uv_loop_t uv{};
  uv_async_t wake{};
  std::array<uv_signal_t, 2> signals{};
  bool signals_open = false;
  int terminations = 0;
  std::function<void()> terminate_task;

  std::mutex mutex;  // guards what follows
  std::vector<std::function<void()>> posted;
  bool stopping = false;

  // False when there were none.
  bool run_posted() {
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex);
      tasks.swap(posted);
    }
    for (auto& task : tasks) task();
    return !tasks.empty();
  }
};

namespace {

void close_timer(uv_timer_t* timer, uv_close_cb freed) {
  uv_timer_stop(timer);
  uv_close(reinterpret_cast<uv_handle_t*>(timer), freed);
}

}  // namespace

Timer::Timer(Timer&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    stop();
    handle_ = std::exchange(other.handle_, nullptr);
  }
  return *this;
}

Timer::~Timer() { stop(); }

void Timer::stop() {
  if (handle_ == nullptr) return;
  Handle* handle = std::exchange(handle_, nullptr);
  close_timer(&handle->timer,
              [](uv_handle_t* closed) { delete static_cast<Timer::Handle*>(closed->data); });
}

Loop::Loop() : state_(std::make_unique<State>()) {
  MONITRON_EXPECTS(uv_loop_init(&state_->uv) == 0);
  state_->wake.data = state_.get();
  const int opened = uv_async_init(&state_->uv, &state_->wake, [](uv_async_t* wake) {
    auto* state = static_cast<State*>(wake->data);
    state->run_posted();
    const std::lock_guard lock(state->mutex);
    if (state->stopping) uv_stop(&state->uv);
  });
  MONITRON_EXPECTS(opened == 0);
}

Loop::~Loop() {
  while (state_->run_posted()) {  // what a task posts is run too
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->wake), nullptr);
  if (state_->signals_open) {
    for (auto& signal : state_->signals) {
      uv_close(reinterpret_cast<uv_handle_t*>(&signal), nullptr);
    }
  }
  // Handles that their owners have closed still wait for their callbacks.
  uv_run(&state_->uv, UV_RUN_NOWAIT);
  uv_run(&state_->uv, UV_RUN_NOWAIT);
  MONITRON_EXPECTS(uv_loop_close(&state_->uv) == 0);
}

void Loop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->posted.push_back(std::move(task));
  }
  uv_async_send(&state_->wake);
}

void Loop::run() { uv_run(&state_->uv, UV_RUN_DEFAULT); }

void Loop::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  uv_async_send(&state_->wake);
}

// A task may destroy its own Timer: the handle, and with it the task, goes in a later callback.
Timer Loop::start(std::chrono::milliseconds first, std::chrono::milliseconds repeat,
                  std::function<void()> task) {
  auto* handle = new Timer::Handle;
  handle->task = std::move(task);
  uv_timer_init(&state_->uv, &handle->timer);
  handle->timer.data = handle;
  uv_timer_start(
      &handle->timer, [](uv_timer_t* timer) { static_cast<Timer::Handle*>(timer->data)->task(); },
      static_cast<std::uint64_t>(first.count()), static_cast<std::uint64_t>(repeat.count()));
  return Timer(handle);
}

Timer Loop::every(std::chrono::milliseconds pause, std::function<void()> task) {
  return start(pause, pause, std::move(task));
}

Timer Loop::after(std::chrono::milliseconds delay, std::function<void()> task) {
  return start(delay, std::chrono::milliseconds(0), std::move(task));
}

void Loop::on_terminate(std::function<void()> task) {
  state_->terminate_task = std::move(task);
  state_->signals_open = true;
  constexpr std::array numbers{SIGTERM, SIGINT};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    uv_signal_t& signal = state_->signals[i];
    uv_signal_init(&state_->uv, &signal);
    signal.data = state_.get();
    const auto received = [](uv_signal_t* handle, int) {
      auto* state = static_cast<State*>(handle->data);
      if (++state->terminations > 1) std::_Exit(1);
      state->terminate_task();
    };
    uv_signal_start(&signal, received, numbers[i]);
    uv_unref(reinterpret_cast<uv_handle_t*>(&signal));
  }
}

uv_loop_s* Loop::raw() { return &state_->uv; }

}  // namespace monitron::loop
