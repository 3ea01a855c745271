#pragma once
// How other threads wake one that waits for a socket. Private to this room.

#include <chrono>

namespace monitron::mq {

class Wake {
 public:
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  void signal();  // Threads: any
  // Until a signal, something to read at `socket` (-1: none), or the time has passed.
  void wait(int socket, std::chrono::milliseconds at_most);

 private:
  int event_;
};

// Growing pauses between tries: 0.1 s doubling to 5 s, with jitter, so that many clients do not
// come back at the same moment.
class Backoff {
 public:
  std::chrono::milliseconds next();
  void reset() { pause_ = kFirst; }

 private:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLast{5000};
  std::chrono::milliseconds pause_ = kFirst;
};

}  // namespace monitron::mq
