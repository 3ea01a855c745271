#pragma once
// The watcher's silence: a check that should have results and has none becomes unknown. The word
// names the latest result that was seen, so that what is still on its way refutes it; it is told
// once in each silence. Threads: one.

#include "checker/watched.hpp"
#include "service/metrics.hpp"

#include <map>

namespace monitron::checker {

class SilenceKeeper {
 public:
  using TellMissed = std::function<void(domain::MissedSlots)>;

  SilenceKeeper(db::Pool& database, Tell tell, TellMissed tell_missed, service::Metrics& metrics,
                Instant watched_since);

  Result<void> tick(Instant now);

 private:
  db::Pool& database_;
  const Tell tell_;
  const TellMissed tell_missed_;
  service::Metrics& metrics_;
  const Instant watched_since_;
  // Check and location: the latest result when it was told of.
  std::map<std::pair<Uuid, std::string>, std::optional<Instant>> told_;
};

// What is told of a check that is silent since `latest` at `location`; `why`: what is known of it.
domain::CheckResult silence_of(const domain::CheckDefinition& check, const std::string& location,
                               Instant latest, const std::string& why, Instant now);
// The slots since `latest` whose results should have been stored by now; nothing: there is none.
std::optional<domain::MissedSlots> silent_slots(const domain::CheckDefinition& check,
                                                const std::string& location, Instant latest,
                                                Instant now);

}  // namespace monitron::checker
