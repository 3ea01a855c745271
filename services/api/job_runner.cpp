#include "api/job_runner.hpp"

#include "api/kept_answer.hpp"
#include "base/log.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::seconds kPause{1};
constexpr int kTriesToFinish = 3;

http::Response problem_of(const http::Request& request, Fault fault, std::string text) {
  return http::error_response(request, {fault, std::move(text)});
}

}  // namespace

JobRunner::JobRunner(Context& context, const http::Router& router, access::Access& access,
                     service::Metrics& metrics)
    : context_(context),
      router_(router),
      access_(access),
      metrics_(metrics),
      running_now_(metrics.gauge("monitron_api_jobs_running", "Jobs that are worked on")) {}

JobRunner::~JobRunner() { stop(); }

void JobRunner::start() {
  looking_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kPause, [this] { return ended_; })) {
      lock.unlock();
      look();
      lock.lock();
    }
  });
}

store::JobProgress JobRunner::progress_of(const Running& running) {
  const auto total = running.total.load();
  return {running.done, total > 0 ? std::optional(total) : std::nullopt};
}

std::map<Uuid, JobRunner::Place> JobRunner::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

void JobRunner::look() {
  keep();
  begin();
  running_now_.set(static_cast<double>(running().size()));
}

void JobRunner::keep() {
  for (const auto& [taking, place] : running()) keep(*place);
}

void JobRunner::keep(Running& running) {
  const auto progress = progress_of(running);
  const auto job = context_.database.transact([&](pqxx::work& tx) {
    auto kept = store::keep_job(tx, running.job, running.taking, progress);
    if (kept && progress.progress != running.told) tell_job(tx, *kept, context_.clock.now());
    return kept;
  });
  if (!job) return;  // PostgreSQL is away: the lease is kept as long as it holds
  running.told = progress.progress;
  if (!*job || (*job)->cancelling) running.unwanted = true;
}

void JobRunner::begin() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || running_.size() >= kJobsAtOnce) return;
    }
    const auto place = std::make_shared<Running>();
    const auto work = context_.database.transact([&](pqxx::work& tx) {
      for (const auto& lost : store::give_up_jobs(tx)) tell_job(tx, lost, context_.clock.now());
      auto taken = store::take_job(tx, place->taking);
      if (taken) tell_job(tx, taken->job, context_.clock.now());
      return taken;
    });
    if (!work || !*work) return;
    place->job = (*work)->job.id;
    const std::lock_guard lock(mutex_);
    if (stopping_ || !workers_.run([this, work = **work, place] { run(work, place); })) {
      return;  // another one takes it when the lease is over
    }
    running_[place->taking] = place;
  }
}

http::Response JobRunner::answer_to(const store::JobToDo& work, const Place& place) {
  auto asked = opened_request(context_.vault, work.job.id, work.request);
  if (!asked) {
    return problem_of({}, Fault::conflict,
                      "what was asked cannot be read with the keys of now: ask again");
  }
  auto& request = asked->request;
  auto caller = access_.again(work.job.actor.kind, work.job.actor.id, asked->standing);
  if (!caller) return http::error_response(request, caller.error());
  place->rights = rights_of(*caller);
  request.caller = std::move(*caller);
  request.gone = std::shared_ptr<const std::atomic<bool>>(place, &place->unwanted);
  request.work = place;
  return router_.ask(std::move(request), std::chrono::steady_clock::now() + kLongestJob);
}

void JobRunner::run(const store::JobToDo& work, const Place& place) {
  const auto& job = work.job;
  log::info("job.begun", job.kind, {{"job", job.id.str()}, {"operation", job.operation}});
  const auto answer = answer_to(work, place);
  finish(job, *place, answer);
  const std::lock_guard lock(mutex_);
  running_.erase(place->taking);
}

bool JobRunner::busy() const { return !running().empty(); }

// Of a job that has ended in the runner: as what, and why. What is away now may be back later.
JobRunner::End JobRunner::end_of(const store::Job& job, const Running& running,
                                 const http::Response& answer) {
  if (answer.status < 300 && answer.body.size() <= kMostJobBytes) {
    return {"done", store::JobAnswer{running.rights, kept(answer)}, ""};
  }
  if (job.cancelling) return {"cancelled", std::nullopt, ""};
  if (running.unwanted) return {"queued", std::nullopt, ""};
  if (answer.status == 503 && job.attempts < store::kMostAttempts) return {"queued"};
  if (answer.status < 300) {
    return {
        "failed", std::nullopt,
        problem_of({}, Fault::invalid, "it is done, but its answer is larger than 64 MiB").body};
  }
  const bool told = Json::accept(answer.body);
  return {"failed", std::nullopt,
          told ? answer.body : problem_of({}, Fault::bug, "no reason was given").body};
}

// What came too late, because the lease was over and somebody else has it, is nobody's.
std::optional<store::Job> JobRunner::store_end(pqxx::work& tx, const store::Job& job,
                                               const Running& running,
                                               const http::Response& answer) {
  const auto kept = store::keep_job(tx, job.id, running.taking, progress_of(running));
  if (!kept) return kept;
  const auto end = end_of(*kept, running, answer);
  if (end.state == "queued" && !running.unwanted) {
    return store::put_off_job(tx, job.id, running.taking);
  }
  if (end.state == "queued") return store::return_job(tx, job.id, running.taking);
  return store::finish_job(tx, job.id, running.taking, end.state, end.answer, end.problem);
}

// PostgreSQL may be away for a moment: what was done is not to be done again for that.
void JobRunner::finish(const store::Job& job, const Running& running,
                       const http::Response& answer) {
  const auto end = [&](pqxx::work& tx) {
    auto after = store_end(tx, job, running, answer);
    if (after) tell_job(tx, *after, context_.clock.now());
    return after;
  };
  auto ended = context_.database.transact(end);
  for (int tries = 1; !ended && tries < kTriesToFinish; ++tries) {
    ended = context_.database.transact(end);
  }
  (void)context_.database.transact(
      [&](pqxx::work& tx) { store::drop_surplus_jobs(tx, job.actor); });
  const std::string state = !ended ? "lost" : *ended ? (*ended)->state : "not ours";
  log::info("job.ended", job.kind, {{"job", job.id.str()}, {"state", state}});
  metrics_
      .counter("monitron_api_jobs_total", "Jobs that were worked on, by how that ended",
               {{"kind", job.kind}, {"state", state}})
      .add();
}

void JobRunner::prepare_stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& [taking, place] : running_) place->unwanted = true;
}

// Leases are kept as long as somebody is at work.
void JobRunner::stop() {
  prepare_stop();
  workers_.stop();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (looking_.joinable()) looking_.join();
}

}  // namespace monitron::api
