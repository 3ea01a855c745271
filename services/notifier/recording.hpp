#pragma once
// What a recording rule evaluates to, as samples of the series that it makes: named as the rule
// says, with the labels of the element and of the rule. A series that was in the result before and
// is not any more is ended by a stale marker, as Prometheus does. Pure; one thread at a time.

#include "contracts/telemetry.hpp"
#include "notifier/query_elements.hpp"
#include "store/rules.hpp"

#include <set>

namespace monitron::notifier {

class Recording {
 public:
  explicit Recording(store::Rule rule) : rule_(std::move(rule)) {}

  // The same evaluation is the same batch for whoever makes it, but for the stale markers. Nothing:
  // there is no series. Fault: invalid, when two series are the same, or there are more than one
  // dictionary holds.
  Result<std::optional<contracts::Batch>> record(const std::vector<QueryElement>& result,
                                                 std::int64_t time_ms);

  // Evaluations are at whole multiples of the interval, each rule's off by a part of it that is its
  // own, so that not all are at once. The last one at `now_ms`, or before it.
  static std::int64_t slot_at(const store::Rule& rule, std::int64_t now_ms);

 private:
  contracts::Series series_of(const QueryElement& element) const;

  const store::Rule rule_;
  std::set<contracts::Series> before_;
};

}  // namespace monitron::notifier
