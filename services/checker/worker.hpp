#pragma once
// Runs the jobs of slices at their time, on several loops that share nothing. Every slot ends as a
// result or as a missed one, with the reason: a check that still runs when it is due again is not
// queued, a job that comes a whole interval late is not run. Threads: any, but for what is said
// otherwise.

#include "checker/result_sender.hpp"
#include "contracts/check_slice.hpp"
#include "probe/engine.hpp"

#include <functional>
#include <memory>
#include <string>

namespace monitron::checker {

struct WorkerConfig {
  std::size_t loops = 1;
  std::size_t in_flight = 1000;  // checks running at once, all loops together
  std::string location = "default";
  std::vector<std::string> guard_targets{};  // host:port; empty: no guard of our own network
  bool traceroute = false;                   // of the first failure
};

// What the worker tells of itself; called on its loops.
struct WorkerEvents {
  std::function<void(double seconds)> started_late = [](double) {};
  std::function<void(domain::MissReason)> missed = [](domain::MissReason) {};
  std::function<void(const domain::CheckResult&)> finished = [](const domain::CheckResult&) {};
  std::function<void(bool up)> own_network = [](bool) {};  // changed
};

class Lane;
struct Job;

class Worker {
 public:
  Worker(const WorkerConfig& config, const probe::EngineSettings& probes, ResultSender& sender,
         WorkerEvents events);
  ~Worker();  // ends what runs, without results

  // `finish` is called once all results of the slice are confirmed; never, when the worker ends
  // first.
  void accept(contracts::CheckSlice slice, std::function<void()> finish);
  // At once, before all that waits.
  void accept(contracts::CheckTest test, std::function<void()> finish);

  // Starts nothing more; what runs goes on.
  void stop_starting();
  std::size_t running() const;

 private:
  std::size_t lane_of(const Job& job) const;

  WorkerEvents events_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

// How many checks may run at once: what the limit of open files leaves, at most `wished` (0: all).
std::size_t in_flight_limit(std::size_t wished);

}  // namespace monitron::checker
