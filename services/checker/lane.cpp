#include "checker/lane.hpp"

#include <algorithm>

namespace monitron::checker {

using domain::MissReason;

namespace {

// The clock is looked at again this soon: it may have been set.
constexpr std::int64_t kLongestPauseMs = 1000;

std::int64_t now_ms() { return to_ms(system_clock().now()); }

}  // namespace

Lane::Lane(const WorkerConfig& config, std::size_t limit, const probe::EngineSettings& probes,
           ResultSender& sender, const WorkerEvents& events)
    : location_(config.location), limit_(limit), sender_(sender), events_(events) {
  Failures::Config failures{config.guard_targets, config.traceroute, events.own_network};
  loop_.post([this, probes, failures = std::move(failures)]() mutable {
    engine_ = std::make_unique<probe::Engine>(loop_, probes);
    failures_ = std::make_unique<Failures>(loop_, *engine_, std::move(failures));
  });
  thread_ = std::thread([this] { loop_.run(); });
}

Lane::~Lane() {
  loop_.post([this] {
    engine_.reset();
    failures_.reset();
    timer_.stop();
  });
  loop_.stop();
  thread_.join();
}

void Lane::accept(std::vector<JobPtr> jobs, std::shared_ptr<SliceWork> work) {
  auto shared = std::make_shared<std::vector<JobPtr>>(std::move(jobs));
  loop_.post([this, shared, work = std::move(work)] {
    for (auto& job : *shared) take(std::move(job), work);
    tick();
  });
}

Lane::Key Lane::key_of(const Job& job) {
  return job.test_id ? Key{*job.test_id, 0} : Key{job.check.id.value, to_ms(job.slot)};
}

void Lane::take(JobPtr job, const std::shared_ptr<SliceWork>& work) {
  const auto [known, fresh] = waiting_.try_emplace(key_of(*job));
  known->second.push_back(work);
  if (!fresh) return;
  if (job->test_id) {
    enter(std::move(job));
    return drain();
  }
  const auto due_ms = to_ms(job->slot);
  wheel_.add(due_ms, std::move(job));
}

void Lane::arm() {
  const auto next = wheel_.next();
  if (!next) return;
  const auto pause = std::clamp<std::int64_t>(*next - now_ms(), 0, kLongestPauseMs);
  timer_ = loop_.after(std::chrono::milliseconds(pause), [this] { tick(); });
}

void Lane::tick() {
  for (auto& job : wheel_.take(now_ms())) enter(std::move(job));
  drain();
  arm();
}

void Lane::enter(JobPtr job) {
  const bool first = job->test_id.has_value();
  if (!job->place.empty()) {
    const int places = domain::info_of(job->check.kind()).per_host;
    const std::string place = job->place;
    auto entered = hosts_.enter(place, places, std::move(job), first);
    if (!entered) return;
    job = std::move(*entered);
  }
  first ? ready_.push_front(std::move(job)) : ready_.push_back(std::move(job));
}

// Not entered again from within: a job that is not run gives its place to the next one.
void Lane::drain() {
  if (std::exchange(draining_, true)) return;
  while (!ready_.empty() && starting_ && running_ < limit_) {
    JobPtr job = std::move(ready_.front());
    ready_.pop_front();
    start(std::move(job));
  }
  draining_ = false;
}

void Lane::start(JobPtr job) {
  const Instant now = system_clock().now();
  if (!job->test_id) {
    if (now >= job->slot + job->check.interval) {
      miss(*job, MissReason::late);
      return leave(*job);
    }
    if (!active_.insert(job->check.id.value).second) {
      miss(*job, MissReason::overrun);
      return leave(*job);
    }
    events_.started_late(std::max(0.0, static_cast<double>((now - job->slot).count()) / 1000.0));
  }
  ++running_;
  domain::CheckDefinition check = std::move(job->check);
  job->check.id = check.id;
  engine_->start(std::move(check),
                 [this, job = std::shared_ptr<Job>(std::move(job)), now](probe::Finding finding) {
                   finish(*job, now, std::move(finding));
                 });
}

void Lane::finish(Job& job, Instant started, probe::Finding finding) {
  if (finding.status == domain::CheckStatus::up) {
    failures_->over(finding.check);
    return deliver(job, started, std::move(finding));
  }
  auto kept = std::make_shared<Job>(std::move(job));
  failures_->judge(
      kept->known_down, std::move(finding),
      [this, kept, started](probe::Finding judged) { deliver(*kept, started, std::move(judged)); });
}

void Lane::deliver(Job& job, Instant started, probe::Finding finding) {
  --running_;
  if (!job.test_id) active_.erase(job.check.id.value);
  if (finding.trouble == probe::Trouble::descriptors && !job.test_id) {
    miss(job, MissReason::no_descriptors);
  } else {
    auto result = domain::make_result(finding.check, location_, job.slot, started,
                                      std::move(static_cast<domain::ProbeOutcome&>(finding)));
    result.test_id = job.test_id;
    events_.finished(result);
    sender_.add(std::move(result), forget(job));
  }
  leave(job);
  // Not from here: the probe that has just ended is still on the stack.
  if (!ready_.empty()) loop_.post([this] { drain(); });
}

void Lane::miss(const Job& job, MissReason reason) {
  events_.missed(reason);
  sender_.add(domain::MissedSlots{job.check.id, location_, job.slot, job.slot, reason},
              forget(job));
}

void Lane::leave(const Job& job) {
  if (job.place.empty()) return;
  if (auto next = hosts_.leave(job.place)) ready_.push_back(std::move(*next));
}

Waiting Lane::forget(const Job& job) {
  const auto found = waiting_.find(key_of(job));
  Waiting works = std::move(found->second);
  waiting_.erase(found);
  return works;
}

}  // namespace monitron::checker
