#pragma once
// How many incidents there were, and how long people and recovery took.
//
// Counted are incidents that were opened within the range (from inclusive, to exclusive), whenever
// they ended; rehearsals (drills) are left out. The mean time to acknowledge is that of those that
// were ever acknowledged before they were resolved, by their first acknowledgement; the mean time
// to resolve that of those that are resolved by now. Of none of them there is no mean.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct IncidentFigures {
  int opened = 0;                               // all that count
  int acknowledged = 0;                         // ever
  int resolved = 0;                             // by now
  std::chrono::milliseconds to_acknowledge{0};  // sum over the acknowledged ones
  std::chrono::milliseconds to_resolve{0};      // sum over the resolved ones
  std::optional<double> mtta_seconds() const;
  std::optional<double> mttr_seconds() const;
  void add(const IncidentFigures& other);
};

struct RuleFigures {
  Uuid rule_id{};
  std::string rule_name{};  // as its latest incident calls it
  IncidentFigures figures{};
};

struct IncidentSummary {
  IncidentFigures overall{};
  std::map<std::string, IncidentFigures> by_severity{};
  std::vector<RuleFigures> by_rule{};  // most incidents first
};

IncidentSummary summarise_incidents(pqxx::work& tx, Instant from, Instant to);

}  // namespace monitron::store
