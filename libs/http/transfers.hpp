#pragma once
// libcurl's transfers on a loop: what others have prepared is carried, and they hear of its end.
// Threads: loop only; construction and destruction while the loop rests.

#include "loop/loop.hpp"

#include <functional>
#include <memory>

namespace monitron::http {

class Transfers {
 public:
  explicit Transfers(loop::Loop& loop);
  ~Transfers();  // of those that are open nobody hears any more
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // `easy` is a CURL* and stays the caller's. `ended` is called once, with a CURLcode, never from
  // within `add`; `easy` is free again by then.
  using Ended = std::function<void(int code)>;
  void add(void* easy, Ended ended);
  // Its end is not told. Unknown ones are let be.
  void remove(void* easy);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// curl_global_init, once in the program. Threads: any.
void prepare_curl();

}  // namespace monitron::http
