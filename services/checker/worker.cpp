#include "checker/worker.hpp"

#include "checker/wheel.hpp"
#include "domain/check_slots.hpp"
#include "loop/loop.hpp"

#include <algorithm>
#include <deque>
#include <sys/resource.h>
#include <unordered_map>
#include <unordered_set>

namespace monitron::checker {

using domain::CheckDefinition;

namespace {

struct Job {
  CheckDefinition check;
  Instant slot;
  std::optional<Uuid> test_id;
};

// A (check, slot) that is known, and the deliveries that wait for it: after a reconnect the broker
// delivers a slice again while its first copy still runs.
struct Key {
  Uuid check;
  std::int64_t slot_ms = 0;
  bool operator==(const Key&) const = default;
};
struct KeyHash {
  std::size_t operator()(const Key& key) const {
    return domain::stable_hash(key.check) ^ static_cast<std::size_t>(key.slot_ms);
  }
};

}  // namespace

// One loop, its thread and everything on it. All but accept, stop_starting and running: loop only.
class Worker::Lane {
 public:
  Lane(std::string location, std::size_t limit, const probe::EngineSettings& probes,
       ResultSender& sender, const WorkerEvents& events)
      : location_(std::move(location)), limit_(limit), sender_(sender), events_(events) {
    loop_.post([this, probes] { engine_ = std::make_unique<probe::Engine>(loop_, probes); });
    thread_ = std::thread([this] { loop_.run(); });
  }

  ~Lane() {
    loop_.post([this] {
      engine_.reset();
      timer_.stop();
    });
    loop_.stop();
    thread_.join();
  }

  void accept(std::vector<Job> jobs, std::shared_ptr<SliceWork> work) {
    loop_.post([this, jobs = std::move(jobs), work = std::move(work)]() mutable {
      for (auto& job : jobs) take(std::move(job), work);
      arm();
    });
  }

  void stop_starting() { starting_ = false; }
  std::size_t running() const { return running_; }

 private:
  void take(Job job, const std::shared_ptr<SliceWork>& work) {
    const Key key{job.check.id.value, to_ms(job.slot)};
    const auto [known, fresh] = waiting_.try_emplace(key);
    known->second.push_back(work);
    if (!fresh) return;
    if (job.test_id) {
      ready_.push_front(std::move(job));
      return drain();
    }
    wheel_.add(key.slot_ms, std::move(job));
  }

  void arm() {
    const auto next = wheel_.next();
    if (!next) return;
    const std::int64_t pause = std::max<std::int64_t>(0, *next - now_ms());
    timer_ = loop_.after(std::chrono::milliseconds(pause), [this] { tick(); });
  }

  void tick() {
    for (auto& job : wheel_.take(now_ms())) ready_.push_back(std::move(job));
    drain();
    arm();
  }

  void drain() {
    while (!ready_.empty() && starting_ && running_ < limit_) {
      Job job = std::move(ready_.front());
      ready_.pop_front();
      start(std::move(job));
    }
  }

  void start(Job job) {
    const Instant now = system_clock().now();
    if (!job.test_id) {
      if (now >= job.slot + job.check.interval) return skip(job, "late");
      if (!active_.insert(job.check.id.value).second) return skip(job, "overrun");
      events_.started_late(std::max(0.0, static_cast<double>((now - job.slot).count()) / 1000.0));
    }
    ++running_;
    auto shared = std::make_shared<Job>(std::move(job));
    engine_->start(shared->check, [this, shared, now](domain::ProbeOutcome outcome) {
      finish(*shared, now, std::move(outcome));
    });
  }

  void finish(const Job& job, Instant started, domain::ProbeOutcome outcome) {
    --running_;
    if (!job.test_id) active_.erase(job.check.id.value);
    auto result = domain::make_result(job.check, location_, job.slot, started, std::move(outcome));
    result.test_id = job.test_id;
    events_.finished(result);
    sender_.add(std::move(result), forget(job));
    // Not from here: the probe that has just ended is still on the stack.
    if (!ready_.empty()) loop_.post([this] { drain(); });
  }

  void skip(const Job& job, const char* reason) {
    events_.skipped(reason);
    for (const auto& work : forget(job)) work->job_done();
  }

  Waiting forget(const Job& job) {
    const auto found = waiting_.find({job.check.id.value, to_ms(job.slot)});
    Waiting works = std::move(found->second);
    waiting_.erase(found);
    return works;
  }

  static std::int64_t now_ms() { return to_ms(system_clock().now()); }

  std::string location_;
  std::size_t limit_;
  ResultSender& sender_;
  const WorkerEvents& events_;
  loop::Loop loop_;
  std::unique_ptr<probe::Engine> engine_;
  Wheel<Job> wheel_;
  loop::Timer timer_;
  std::deque<Job> ready_;  // due, waiting for a free place
  std::unordered_map<Key, Waiting, KeyHash> waiting_;
  std::unordered_set<Uuid> active_;
  std::atomic<std::size_t> running_{0};
  std::atomic<bool> starting_{true};
  std::thread thread_;
};

Worker::Worker(const WorkerConfig& config, const probe::EngineSettings& probes,
               ResultSender& sender, WorkerEvents events)
    : events_(std::move(events)) {
  const std::size_t loops = std::max<std::size_t>(1, config.loops);
  const std::size_t share = std::max<std::size_t>(1, config.in_flight / loops);
  for (std::size_t i = 0; i < loops; ++i) {
    lanes_.push_back(std::make_unique<Lane>(config.location, share, probes, sender, events_));
  }
}

Worker::~Worker() = default;

void Worker::accept(contracts::CheckSlice slice, std::function<void()> finish) {
  if (slice.jobs.empty()) return finish();
  auto work = std::make_shared<SliceWork>(slice.jobs.size(), std::move(finish));
  std::vector<std::vector<Job>> parts(lanes_.size());
  for (auto& job : slice.jobs) {
    const auto lane = domain::stable_hash(job.check.id.value) % lanes_.size();
    parts[lane].push_back({std::move(job.check), job.slot, std::nullopt});
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!parts[i].empty()) lanes_[i]->accept(std::move(parts[i]), work);
  }
}

void Worker::accept(contracts::CheckTest test, std::function<void()> finish) {
  auto work = std::make_shared<SliceWork>(1, std::move(finish));
  const auto lane = domain::stable_hash(test.test_id) % lanes_.size();
  std::vector<Job> jobs;
  jobs.push_back({std::move(test.check), system_clock().now(), test.test_id});
  lanes_[lane]->accept(std::move(jobs), std::move(work));
}

void Worker::stop_starting() {
  for (const auto& lane : lanes_) lane->stop_starting();
}

std::size_t Worker::running() const {
  std::size_t sum = 0;
  for (const auto& lane : lanes_) sum += lane->running();
  return sum;
}

std::size_t in_flight_limit(std::size_t wished) {
  // Kept for the broker, the database, logs, name servers and ICMP.
  constexpr std::size_t kReserve = 64;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  const std::size_t files = std::min<std::size_t>(limit.rlim_cur, 100'000);
  const std::size_t most = files > 2 * kReserve ? files - kReserve : kReserve;
  return wished == 0 ? most : std::min(wished, most);
}

}  // namespace monitron::checker
