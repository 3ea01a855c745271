#pragma once
// An event loop over libuv. One thread runs it; only `post` may be called from other threads.
// Nothing that runs on it may block.

#include <chrono>
#include <functional>
#include <memory>

struct uv_loop_s;

namespace monitron::loop {

class Loop;

// A timer of a Loop; destroying it ends it. Threads: loop only.
class Timer {
 public:
  Timer() = default;
  Timer(Timer&&) noexcept;
  Timer& operator=(Timer&&) noexcept;
  ~Timer();
  void stop();

 private:
  friend class Loop;
  struct Handle;
  explicit Timer(Handle* handle) : handle_(handle) {}
  Handle* handle_ = nullptr;
};

class Loop {
 public:
  Loop();
  ~Loop();  // runs what is left of closing handles; the loop must not be running
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs `task` on the loop's thread, in order of posting. Threads: any. Tasks posted after `stop`
  // are run by the destructor at the latest, so that their owners learn of the end.
  void post(std::function<void()> task);

  // Runs until `stop`. Threads: the one that owns the loop.
  void run();
  // Threads: any.
  void stop();

  // Threads: loop only (or before `run`). The first call comes after `pause`.
  [[nodiscard]] Timer every(std::chrono::milliseconds pause, std::function<void()> task);
  [[nodiscard]] Timer after(std::chrono::milliseconds delay, std::function<void()> task);

  // SIGTERM and SIGINT call `task` on the loop; the second such signal ends the process.
  // Threads: before `run`; call before other threads start, so that they inherit nothing odd.
  void on_terminate(std::function<void()> task);

  // For the rooms that own handles of their own (http, probe).
  uv_loop_s* raw();

 private:
  Timer start(std::chrono::milliseconds first, std::chrono::milliseconds repeat,
              std::function<void()> task);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::loop
