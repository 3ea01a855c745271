#pragma once
// Looks after the chunks that the compactor makes: does what people want deleted, drops what is too
// old, joins the small chunks of two hours that are over, and makes one partition and the rollups
// of each day that is over; again when samples have come late. With nothing better to do it joins
// those of the running two hours. For the owner of the compactor's lease, beside the Compactor or
// after it: they may be different threads.
//
// One unit of work at a time, in transactions of its own, each with the lease's fence. Killed at
// any point, nothing is lost and nothing twice. A Caretaker belongs to one thread, but for
// stop().

#include "series/rewriter.hpp"

#include <memory>

namespace monitron::series {

struct CaretakerConfig {
  RewriterConfig rewriting{};  // with address and name
  std::string lease = "ingest.compactor";
  std::chrono::minutes two_hours_rest{15};        // after they are over
  std::chrono::minutes day_rest{60};              // likewise
  std::chrono::minutes between_joins{30};         // of the two hours that are not over
  std::chrono::minutes between_rewrites{60};      // of one partition, for what comes late
  std::chrono::milliseconds first_pause{10'000};  // of a job after it failed; doubles each time,
  std::chrono::milliseconds last_pause{600'000};  // up to this
};

struct Care {
  bool worked = false;                // there may be more to do at once
  bool waits_for_compaction = false;  // what is to be deleted is still staged: turn the ring
  std::string what{};                 // for the log; empty: nothing was done
  std::size_t damaged = 0;            // chunks that could not be read, and stay as they are
  std::string first_damaged{};        // some of them
};

class Caretaker {
 public:
  explicit Caretaker(CaretakerConfig config);
  ~Caretaker();

  // The most urgent unit that is due. Faults: conflict, when the lease is somebody else's by now;
  // all others are of one unit, which gets a pause while others go on: unavailable, timeout
  // (readers were in the way), invalid (what is stored cannot be read).
  Result<Care> step(std::int64_t fence, Instant now);

  void stop();  // a step ends before long, and leaves long work undone; Threads: any

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::series
