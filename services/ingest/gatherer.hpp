#pragma once
// Gathers small batches of many senders into envelopes, so that the broker handles few messages
// instead of many: one goes out when 256 KB are together or the oldest batch has waited 10 ms. Owns
// a thread. Threads: any.

#include "contracts/telemetry.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace monitron::ingest {

struct GathererLimits {
  std::size_t envelope_bytes = 256u << 10;
  std::chrono::milliseconds linger{10};
  std::size_t waiting_bytes = 64u << 20;  // beyond it nothing more is taken
};

class Gatherer {
 public:
  using Completion = std::function<void(const Result<void>&)>;
  // False when the publisher takes no more.
  using Publish = std::function<bool(contracts::Message, Completion)>;

  Gatherer(Publish publish, const Clock& clock, GathererLimits limits = {});
  ~Gatherer();  // sends what waits

  // `done` is called once, from any thread, with the fate of the envelope the batch went into.
  // False: full; nothing was taken.
  [[nodiscard]] bool add(contracts::Batch batch, std::size_t bytes, Completion done);

  std::size_t waiting_bytes() const;

 private:
  struct Waiting {
    contracts::Batch batch;
    std::size_t bytes;
    Completion done;
  };

  void run();
  void send(std::vector<Waiting> waiting);
  void publish(const std::string& key, contracts::Envelope envelope,
               std::vector<Completion> completions);

  Publish publish_;
  const Clock& clock_;
  const GathererLimits limits_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::chrono::steady_clock::time_point oldest_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace monitron::ingest
