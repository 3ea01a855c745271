#include "api/queries.hpp"

#include "base/log.hpp"

namespace monitron::api {

namespace {

constexpr std::size_t kWaitingPerThread = 16;

}  // namespace

Queries::Queries(QuerySettings settings, service::Metrics& metrics)
    : settings_(std::move(settings)),
      running_(metrics.gauge("monitron_api_queries_running", "Queries that are worked on")),
      waiting_(metrics.gauge("monitron_api_queries_waiting", "Queries that wait for a thread")),
      cancelled_(metrics.counter("monitron_api_queries_cancelled_total",
                                 "Queries that ended because nobody waited for them any more")),
      source_({.database_url = settings_.database_url,
               .application_name = "monitron-api queries",
               .connections = static_cast<int>(settings_.concurrency + settings_.jobs)}),
      workers_("queries", settings_.concurrency, settings_.concurrency * kWaitingPerThread) {}

Queries::~Queries() {
  cancel_all();
  workers_.stop();
}

Queries::Budget Queries::budget(const promql::Limits& limits, Gone gone) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return nullptr;
  const auto made = std::make_shared<promql::Budget>(limits, std::move(gone));
  budgets_.insert(made);
  show();
  return made;
}

bool Queries::run_here(const promql::Limits& limits, Gone gone, const Work& work) {
  const auto budget = this->budget(limits, std::move(gone));
  if (!budget) return false;
  this->work(budget, work);
  return true;
}

bool Queries::run(const promql::Limits& limits, Gone gone, Work work) {
  const auto budget = this->budget(limits, std::move(gone));
  if (!budget) return false;
  const bool taken =
      workers_.run([this, budget, work = std::move(work)] { this->work(budget, work); });
  if (taken) return true;
  const std::lock_guard lock(mutex_);
  budgets_.erase(budget);
  show();
  return false;
}

void Queries::work(const Budget& budget, const Work& work) {
  {
    const std::lock_guard lock(mutex_);
    ++at_work_;
    show();
  }
  // Memory may end before the budget does. Who asks is told when the exchange is dropped.
  try {
    work(source_, *budget);
  } catch (const std::exception& problem) {
    log::error("query.exception", problem.what());
  }
  if (budget->is_cancelled()) cancelled_.add();
  const std::lock_guard lock(mutex_);
  --at_work_;
  budgets_.erase(budget);
  show();
}

void Queries::show() {
  running_.set(static_cast<double>(at_work_));
  waiting_.set(static_cast<double>(budgets_.size() - at_work_));
}

void Queries::cancel_all() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& budget : budgets_) budget->cancel();
}

}  // namespace monitron::api
