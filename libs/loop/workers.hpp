#pragma once
// A fixed number of threads with one bounded queue: where work may block. Full means "no", so that
// the caller stops reading or answers 503; it never grows.

#include <functional>
#include <memory>
#include <string>

namespace monitron::loop {

class Workers {
 public:
  // `name` appears in thread names (at most 15 characters are kept).
  Workers(std::string name, std::size_t threads, std::size_t queue_limit);
  ~Workers();  // stops
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // False when the queue is full or the pool is stopping; then `task` was not taken.
  // A task must not throw. Threads: any.
  [[nodiscard]] bool run(std::function<void()> task);

  // Takes no more, runs what is queued, joins. Threads: not one of its own.
  void stop();

  std::size_t queued() const;  // Threads: any

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::loop
