#pragma once
// Sends what is spooled, in order, one batch at a time: the next leaves when the server has taken
// the one before. A server that is away or busy is tried again with growing pauses; a batch that it
// will never take goes to quarantine and holds up nothing. Threads: worker (the only one of the
// agent); answers come from the loop and are handed to it.

#include "agent/batch.hpp"
#include "agent/quarantine.hpp"
#include "agent/server_tls.hpp"
#include "agent/verdict.hpp"
#include "loop/loop.hpp"

#include <functional>

namespace monitron::agent {

struct Target {
  std::string url;  // of the server, without path
  std::string token;
  ServerTls tls{};
  std::chrono::milliseconds timeout{15'000};
  std::chrono::milliseconds first_pause{1'000};
  std::chrono::milliseconds longest_pause{30'000};
};

class Sender {
 public:
  // `on_worker` runs a task on the agent's worker. `give_up` is called after a failed fsync; it
  // does not return.
  struct Surroundings {
    loop::Loop& loop;
    http::Client& client;
    std::function<void(std::function<void()>)> on_worker;
    std::function<void(const Error&)> give_up;
    std::function<void(const std::string& version)> told_configuration;  // with each batch taken
  };
  Sender(Surroundings surroundings, Target target, Spool& spool, Quarantine& quarantine);

  // Something was spooled.
  void wake();
  // Nothing new is sent any more; `finished` runs when the answer that is awaited has come.
  void stop(std::function<void()> finished);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t failures() const { return failures_; }

 private:
  enum class State { idle, waiting_for_answer, pausing, stopped };
  void send_next();
  void post(const std::string& body);
  void answered(const Result<http::Response>& answer);
  void act(const Verdict& verdict);
  void settle();  // the batch in hand is done with
  void pause(const Verdict& verdict);

  Surroundings around_;
  Target target_;
  Spool& spool_;
  Quarantine& quarantine_;
  State state_ = State::idle;
  SpooledBatch in_hand_;
  contracts::Batch decoded_;
  bool in_full_ = false;  // the server did not know a dictionary of the batch in hand
  KnownDictionaries known_;
  Backoff backoff_;
  loop::Timer pause_timer_;  // loop only
  std::function<void()> finished_;
  std::uint64_t sent_ = 0;
  std::uint64_t failures_ = 0;
};

}  // namespace monitron::agent
