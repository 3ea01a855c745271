#pragma once
// One loop of the worker, its thread and everything on it. All but accept, stop_starting and
// running: loop only.

#include "checker/failures.hpp"
#include "checker/host_queues.hpp"
#include "checker/result_sender.hpp"
#include "checker/wheel.hpp"
#include "checker/worker.hpp"
#include "domain/check_slots.hpp"
#include "loop/loop.hpp"

#include <deque>
#include <thread>
#include <unordered_map>
#include <unordered_set>

namespace monitron::checker {

struct Job {
  domain::CheckDefinition check;
  Instant slot;
  bool known_down = false;  // its hard state, as the scheduler knows it
  std::optional<Uuid> test_id;
  std::string place{};  // whose places it takes: kind and host; empty: nobody's
};
using JobPtr = std::unique_ptr<Job>;

class Lane {
 public:
  // `limit`: how many checks run at once here.
  Lane(const WorkerConfig& config, std::size_t limit, const probe::EngineSettings& probes,
       ResultSender& sender, const WorkerEvents& events);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void accept(std::vector<JobPtr> jobs, std::shared_ptr<SliceWork> work);
  void stop_starting() { starting_ = false; }
  std::size_t running() const { return running_; }

 private:
  // A (check, slot) or a test that is known, and the deliveries that wait for it: after a reconnect
  // the broker delivers a slice again while its first copy still runs.
  struct Key {
    Uuid id;  // of the check or, without a slot, of the test
    std::int64_t slot_ms = 0;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return domain::stable_hash(key.id) ^ static_cast<std::size_t>(key.slot_ms);
    }
  };

  static Key key_of(const Job& job);
  void take(JobPtr job, const std::shared_ptr<SliceWork>& work);
  void arm();
  void tick();
  void enter(JobPtr job);
  void drain();
  void start(JobPtr job);
  void finish(Job& job, Instant started, probe::Finding finding);
  void deliver(Job& job, Instant started, probe::Finding finding);
  void miss(const Job& job, domain::MissReason reason);
  void leave(const Job& job);
  Waiting forget(const Job& job);

  std::string location_;
  std::size_t limit_;
  ResultSender& sender_;
  const WorkerEvents& events_;
  loop::Loop loop_;
  std::unique_ptr<probe::Engine> engine_;
  std::unique_ptr<Failures> failures_;
  Wheel<JobPtr> wheel_;
  loop::Timer timer_;
  HostQueues<JobPtr> hosts_;
  std::deque<JobPtr> ready_;  // due and with a place at their host, waiting for one of ours
  std::unordered_map<Key, Waiting, KeyHash> waiting_;
  std::unordered_set<Uuid> active_;
  bool draining_ = false;
  std::atomic<std::size_t> running_{0};
  std::atomic<bool> starting_{true};
  std::thread thread_;
};

}  // namespace monitron::checker
