#pragma once
// LISTEN on a channel of PostgreSQL: a wake-up, never the data itself. Owns a thread and a
// connection; reconnects by itself and then wakes once, because something may have been missed.
// A server that stands still holds up neither the thread nor the destructor beyond some seconds.

#include <functional>
#include <memory>
#include <string>

namespace monitron::db {

class Listener {
 public:
  // `wake` is called on the listener's thread; it must only hand over (Loop::post, Workers::run).
  Listener(std::string url, std::string channel, std::function<void()> wake);
  ~Listener();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::db
