#pragma once
// Gathers results and missed slots for a few milliseconds and publishes them; a slice is finished
// once all of its slots are confirmed as one or the other. What is not confirmed is sent again
// until it is: how much can wait is bounded by the slices that the broker leaves unacknowledged.
// Threads: any.

#include "contracts/check_results.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
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
  void add(domain::MissedSlots missed, Waiting waiting);  // of one check
  std::size_t unconfirmed() const;

 private:
  using Told = std::variant<domain::CheckResult, domain::MissedSlots>;
  struct Entry {
    Told told;
    Waiting waiting;
  };
  using Batch = std::vector<Entry>;
  // One message, and what waits for its confirm.
  struct Parcel {
    contracts::CheckResults content;
    std::string key;
    std::vector<Waiting> waiting;
  };
  using Parcels = std::vector<std::shared_ptr<Parcel>>;
  struct Shared;

  void add(Entry entry);
  void run();
  Parcels pack(Batch batch) const;
  void send(const std::shared_ptr<Parcel>& parcel);

  std::string worker_;
  Publish publish_;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace monitron::checker
