#pragma once
// Gives slices to the broker. What it does not confirm is sent again while that is of use; after
// that its window is told as missed (check.results), as is every other time without a schedule.
// Threads: one, and the publisher's, which may call back after the end of this.

#include "checker/windows.hpp"
#include "contracts/contract.hpp"
#include "service/metrics.hpp"

#include <functional>
#include <memory>
#include <string>

namespace monitron::checker {

class SliceSender {
 public:
  using Completion = std::function<void(Result<void>)>;
  // False: nothing was taken (the publisher is full).
  using Publish = std::function<bool(contracts::Message, Completion)>;

  SliceSender(Publish publish, std::string location, std::string instance,
              service::Metrics& metrics);

  // `slots`: how many are in it.
  void send(Instant window, contracts::Message slice, std::size_t slots);
  void miss(const Span& span, std::size_t slots);
  // Sends again what was not confirmed, and what was missed.
  void look(Instant now);
  // Before this all is confirmed or told as missed; `sent` when nothing is open.
  Instant settled(Instant sent) const;

 private:
  struct Slice;
  struct Shared;

  void publish(Slice slice);
  void tell_missed(Instant now);

  Publish publish_;
  std::string location_;
  std::string instance_;
  service::Counter slices_;
  service::Counter unsent_;
  service::Counter missed_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace monitron::checker
