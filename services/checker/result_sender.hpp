#pragma once
// Gathers results for a few milliseconds and publishes them; a slice is finished once all of its
// results are confirmed. What is not confirmed is sent again until it is: how much can wait is
// bounded by the slices that the broker leaves unacknowledged. Threads: any.

#include "contracts/check_results.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace monitron::checker {

// One delivery from the broker, finished when all of its jobs are.
class SliceWork {
 public:
  SliceWork(std::size_t jobs, std::function<void()> finish)
      : left_(jobs), finish_(std::move(finish)) {}
  void job_done() {
    if (left_.fetch_sub(1) == 1) finish_();
  }

 private:
  std::atomic<std::size_t> left_;
  std::function<void()> finish_;
};
using Waiting = std::vector<std::shared_ptr<SliceWork>>;

class ResultSender {
 public:
  using Completion = std::function<void(Result<void>)>;
  // False: nothing was taken (the publisher is full).
  using Publish = std::function<bool(contracts::Message, Completion)>;

  ResultSender(std::string worker, Publish publish);
  // Gives up what is not confirmed: those slices are not finished and will be delivered again.
  ~ResultSender();
  ResultSender(const ResultSender&) = delete;
  ResultSender& operator=(const ResultSender&) = delete;

  void add(domain::CheckResult result, Waiting waiting);
  std::size_t unconfirmed() const;

 private:
  struct Entry {
    domain::CheckResult result;
    Waiting waiting;
  };
  using Batch = std::vector<Entry>;
  struct Shared;

  void run();
  void send(Batch batch);

  std::string worker_;
  Publish publish_;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace monitron::checker
