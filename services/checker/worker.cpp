#include "checker/worker.hpp"

#include "base/descriptors.hpp"
#include "checker/lane.hpp"

#include <algorithm>

namespace monitron::checker {

namespace {

JobPtr job_of(domain::CheckDefinition check, Instant slot) {
  auto job = std::make_unique<Job>(Job{std::move(check), slot, false, std::nullopt});
  if (auto host = host_of(job->check); !host.empty()) {
    job->place = std::string(to_string(job->check.kind())) + " " + host;
  }
  return job;
}

}  // namespace

Worker::Worker(const WorkerConfig& config, const probe::EngineSettings& probes,
               ResultSender& sender, WorkerEvents events)
    : events_(std::move(events)) {
  // Each lane guards by itself; the network is away for the worker while it is for any.
  events_.own_network = [tell = events_.own_network,
                         away = std::make_shared<std::atomic<int>>(0)](bool up) {
    const int before = up ? away->fetch_sub(1) : away->fetch_add(1);
    if (before == (up ? 1 : 0)) tell(up);
  };
  const std::size_t loops = std::max<std::size_t>(1, config.loops);
  const std::size_t share = std::max<std::size_t>(1, config.in_flight / loops);
  for (std::size_t i = 0; i < loops; ++i) {
    lanes_.push_back(std::make_unique<Lane>(config, share, probes, sender, events_));
  }
}

Worker::~Worker() = default;

// Checks of one place share a lane, so that it counts all of them.
std::size_t Worker::lane_of(const Job& job) const {
  const auto hash = job.place.empty() ? domain::stable_hash(job.check.id.value)
                                      : std::hash<std::string>{}(job.place);
  return hash % lanes_.size();
}

void Worker::accept(contracts::CheckSlice slice, std::function<void()> finish) {
  if (slice.jobs.empty()) return finish();
  auto work = std::make_shared<SliceWork>(slice.jobs.size(), std::move(finish));
  std::vector<std::vector<JobPtr>> parts(lanes_.size());
  for (auto& each : slice.jobs) {
    auto job = job_of(std::move(each.check), each.slot);
    job->known_down = each.status == domain::CheckStatus::down;
    parts[lane_of(*job)].push_back(std::move(job));
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!parts[i].empty()) lanes_[i]->accept(std::move(parts[i]), work);
  }
}

void Worker::accept(contracts::CheckTest test, std::function<void()> finish) {
  auto work = std::make_shared<SliceWork>(1, std::move(finish));
  std::vector<JobPtr> jobs;
  jobs.push_back(job_of(std::move(test.check), system_clock().now()));
  jobs.front()->test_id = test.test_id;
  const auto lane = lane_of(*jobs.front());
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
  const std::size_t files = allow_descriptors(100'000);
  const std::size_t most = files > 2 * kReserve ? files - kReserve : kReserve;
  return wished == 0 ? most : std::min(wished, most);
}

}  // namespace monitron::checker
