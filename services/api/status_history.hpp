#pragma once
// How much of each day (UTC) the components of status pages did. Measured one page at a time, so
// that what everybody is shown never waits for it; kept in memory.
// Threads: measure() by one at a time, all else by any.

#include "api/public_status.hpp"
#include "base/clock.hpp"
#include "store/overview.hpp"

#include <atomic>
#include <map>
#include <mutex>

namespace monitron::api {

class StatusHistory {
 public:
  static constexpr std::chrono::minutes kFresh{10};
  static constexpr std::size_t kMostMeasured = 500;  // checks of a page

  StatusHistory(db::Pool& database, const Clock& clock) : database_(database), clock_(clock) {}

  // Measures the published page whose days are the oldest, when these are older than kFresh or it
  // was given other components since. What cannot be measured is tried again after kFresh.
  void measure();
  // What is being measured is left as it was.
  void stop() { stopping_ = true; }

  // The last days of the component, today last: nothing is known of those not measured yet.
  std::vector<PublicDay> days_of(const store::StatusPage& page, const std::string& component,
                                 Instant now) const;

 private:
  struct Counts {
    double up = 0;
    double results = 0;
  };
  using Days = std::map<Instant, Counts>;  // by their beginning
  struct Page {
    std::string chosen{};  // what was measured: the page's components and how many days
    Instant measured_at{};
    std::map<std::string, Days> components{};
  };

  std::optional<store::StatusPage> next(Instant now);
  void measure(const store::StatusPage& page, Instant now);
  bool add_results(const std::vector<const store::Standing*>& checks, Instant from, Instant to,
                   Days& days);

  db::Pool& database_;
  const Clock& clock_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;    // guards what follows
  std::map<Uuid, Page> pages_;  // published ones
};

}  // namespace monitron::api
