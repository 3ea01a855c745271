#include "api/status_history.hpp"

#include "base/log.hpp"
#include "series/reader.hpp"
#include "store/maintenance_windows.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::hours kDay{24};
constexpr std::size_t kChecksAtOnce = 20;  // of a transaction
constexpr int kMostBuckets = 200'000;      // of a year by the hour, at twenty locations

Instant day_of(Instant time) { return std::chrono::floor<std::chrono::days>(time); }

Instant first_day(const store::StatusPage& page, Instant now) {
  return day_of(now) - (page.history_days - 1) * kDay;
}

std::string chosen_of(const store::StatusPage& page) {
  return std::to_string(page.history_days) + page.sections;
}

// By hours or five minutes, as there are rollups of.
series::BucketQuery results_of(const Uuid& check, Instant from, Instant to,
                               std::chrono::seconds step) {
  return {
      .source = check,
      .metric_name = "probe_success",
      .from = from,
      .to = to,
      .step = step,
      .aggregates = {{series::Aggregate::sum, 0, "sum"}, {series::Aggregate::count, 0, "count"}},
      .limit = kMostBuckets};
}

}  // namespace

std::vector<PublicDay> StatusHistory::days_of(const store::StatusPage& page,
                                              const std::string& component, Instant now) const {
  static const Days nothing;
  const std::lock_guard lock(mutex_);
  const auto known = pages_.find(page.id);
  const auto* days = &nothing;
  if (known != pages_.end() && known->second.components.contains(component)) {
    days = &known->second.components.at(component);
  }
  std::vector<PublicDay> all;
  for (auto day = first_day(page, now); day <= now; day += kDay) {
    const auto found = days->find(day);
    const auto counts = found == days->end() ? Counts{} : found->second;
    all.push_back({to_rfc3339(day).substr(0, 10), counts.up, counts.results});
  }
  return all;
}

void StatusHistory::measure() {
  const auto now = clock_.now();
  if (const auto page = next(now); page && page->history_days > 0) measure(*page, now);
}

// Whose turn it is; noted at once, so that one that cannot be measured keeps nobody waiting.
std::optional<store::StatusPage> StatusHistory::next(Instant now) {
  const auto published = database_.transact(store::published_status_pages);
  if (!published) return std::nullopt;
  const std::lock_guard lock(mutex_);
  std::erase_if(pages_, [&](const auto& one) {
    return std::none_of(published->begin(), published->end(),
                        [&](const auto& page) { return page.id == one.first; });
  });
  const store::StatusPage* oldest = nullptr;
  auto oldest_at = now - kFresh;
  for (const auto& page : *published) {
    const auto& known = pages_[page.id];
    const auto at = known.chosen == chosen_of(page) ? known.measured_at : Instant{};
    if (at <= oldest_at) {
      oldest = &page;
      oldest_at = at - std::chrono::milliseconds(1);
    }
  }
  if (oldest == nullptr) return std::nullopt;
  auto& turn = pages_[oldest->id];
  turn.chosen = chosen_of(*oldest);
  turn.measured_at = now;
  return *oldest;
}

void StatusHistory::measure(const store::StatusPage& page, Instant now) {
  const auto standings = database_.transact(store::check_standings);
  if (!standings) return log::warning("status.not_measured", standings.error().text);
  std::map<std::string, Days> measured;
  std::size_t checks = 0;
  for (const auto& section : sections_of(page)) {
    for (const auto& component : section.components) {
      auto those = those_of(component, *standings);
      those.resize(std::min(those.size(), kMostMeasured - checks));
      checks += those.size();
      if (!add_results(those, first_day(page, now), now, measured[component.id])) return;
    }
  }
  const std::lock_guard lock(mutex_);
  const auto known = pages_.find(page.id);
  if (known != pages_.end()) known->second.components = std::move(measured);
}

// Each result counts once, wherever it is from; not in maintenance that is no part of an SLA.
bool StatusHistory::add_results(const std::vector<const store::Standing*>& checks, Instant from,
                                Instant to, Days& days) {
  const auto add = [&](const series::Buckets& found, double factor) {
    for (const auto& bucket : found.items) {
      if (bucket.values.size() != 2) continue;
      auto& day = days[day_of(bucket.start)];
      day.up += factor * bucket.values[0];
      day.results += factor * bucket.values[1];
    }
  };
  const auto add_one = [&](pqxx::work& tx, const store::Standing& check,
                           const domain::MaintenancePlan& plan) {
    add(series::read_buckets(tx, results_of(check.id, from, to, kDay)), 1);
    for (const auto& span : plan.outside_sla(check.labels, from, to)) {
      const auto step =
          span.to - span.from > kDay ? std::chrono::hours(1) : std::chrono::minutes(5);
      add(series::read_buckets(tx, results_of(check.id, span.from, span.to, step)), -1);
    }
  };
  for (std::size_t i = 0; i < checks.size() && !stopping_; i += kChecksAtOnce) {
    const auto done = database_.transact([&](pqxx::work& tx) {
      const auto windows = store::windows_outside_sla(tx, from, to);
      const domain::MaintenancePlan plan(
          std::vector<domain::MaintenanceWindow>(windows.begin(), windows.end()));
      for (auto k = i; k < std::min(i + kChecksAtOnce, checks.size()); ++k) {
        add_one(tx, *checks[k], plan);
      }
    });
    if (!done) log::warning("status.not_measured", done.error().text);
    if (!done) return false;
  }
  return !stopping_;
}

}  // namespace monitron::api
