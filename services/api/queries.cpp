#include "api/queries.hpp"

namespace monitron::api {

namespace {

constexpr std::size_t kWaitingPerThread = 16;

}  // namespace

Queries::Queries(QuerySettings settings)
    : settings_(std::move(settings)),
      source_({.database_url = settings_.database_url,
               .application_name = "monitron-api queries",
               .connections = static_cast<int>(settings_.concurrency)}),
      workers_("queries", settings_.concurrency, settings_.concurrency * kWaitingPerThread) {}

Queries::~Queries() {
  cancel_all();
  workers_.stop();
}

bool Queries::run(const promql::Limits& limits, Work work) {
  const auto budget = std::make_shared<promql::Budget>(limits);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    budgets_.insert(budget.get());
  }
  const auto forget = [this](promql::Budget* gone) {
    const std::lock_guard lock(mutex_);
    budgets_.erase(gone);
  };
  const bool taken = workers_.run([this, budget, forget, work = std::move(work)] {
    work(source_, *budget);
    forget(budget.get());
  });
  if (!taken) forget(budget.get());
  return taken;
}

void Queries::cancel_all() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (auto* budget : budgets_) budget->cancel();
}

}  // namespace monitron::api
