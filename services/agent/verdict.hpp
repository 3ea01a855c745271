#pragma once
// What an answer of the server means for the batch that was sent. Pure.

#include "base/result.hpp"
#include "http/message.hpp"

#include <chrono>
#include <string>

namespace monitron::agent {

struct Verdict {
  enum class Action {
    done,          // 202: it will be stored
    send_in_full,  // 409 dictionary_unknown
    retry,         // the server or the way to it, or our right to send: not the batch
    quarantine,    // the batch will never be acceptable
  };
  Action action = Action::retry;
  std::string reason{};
  std::chrono::milliseconds at_least{0};  // Retry-After
  std::string configuration{};            // of `done`: version that is to be obeyed; empty: any
};

Verdict judge(const Result<http::Response>& answer);

// Growing pause between tries: doubles from `first` to `most`, half of it by chance, so that agents
// that lost their server together do not come back together.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most)
      : first_(first), most_(most) {}
  // `chance` is in [0, 1).
  std::chrono::milliseconds next(double chance);
  void reset() { tries_ = 0; }
  int tries() const { return tries_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds most_;
  int tries_ = 0;
};

}  // namespace monitron::agent
