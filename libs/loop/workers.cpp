#include "loop/workers.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

namespace monitron::loop {

struct Workers::State {
  std::size_t queue_limit = 0;
  mutable std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::deque<std::function<void()>> tasks;
  bool stopping = false;
  std::vector<std::thread> threads;

  void work() {
    for (;;) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return stopping || !tasks.empty(); });
      if (tasks.empty()) return;
      auto task = std::move(tasks.front());
      tasks.pop_front();
      lock.unlock();
      task();
    }
  }
};

Workers::Workers(std::string name, std::size_t threads, std::size_t queue_limit)
    : state_(std::make_unique<State>()) {
  state_->queue_limit = queue_limit;
  name.resize(std::min<std::size_t>(name.size(), 15));
  for (std::size_t i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get(), name] {
      pthread_setname_np(pthread_self(), name.c_str());
      state->work();
    });
  }
}

Workers::~Workers() { stop(); }

void Workers::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  for (auto& thread : state_->threads) thread.join();
  state_->threads.clear();
}

bool Workers::run(std::function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->stopping || state_->tasks.size() >= state_->queue_limit) return false;
    state_->tasks.push_back(std::move(task));
  }
  state_->changed.notify_one();
  return true;
}

std::size_t Workers::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->tasks.size();
}

}  // namespace monitron::loop
