#pragma once
// Which pages a rule would have sent over samples that are stored: what its expression evaluates to
// at each of its intervals goes through the alert state machine. Maintenance, dependencies and
// silences are left out. Threads: the caller's.

#include "rules/alert_set.hpp"

#include <functional>
#include <optional>

namespace monitron::rules {

inline constexpr std::chrono::hours kLongestReplay{31 * 24};
inline constexpr std::size_t kMaxPages = 10'000;  // of one rule

struct ReplayedRule {
  AlertingRule alerting{};
  promql::Expr expr{};
  std::chrono::milliseconds interval{15'000};
};

struct Page {
  domain::LabelSet element{};  // labels that its series had
  domain::LabelSet labels{};   // as people would have seen them
  Instant fired_at{};
  std::optional<Instant> resolved_at{};  // none: not before the end
  double value = 0;                      // when it fired
  bool operator==(const Page&) const = default;
};

struct Replayed {
  std::vector<Page> pages{};  // by time
  // It ended early, at `until`: the budget, or so many pages.
  bool truncated = false;
  Instant until{};
  std::size_t failed = 0;  // evaluations that changed nothing
  std::string first_failure{};
};

// Pages that fire in [from, to]. It begins before `from`, so that what holds since long ago is no
// page of the range. Faults: invalid, when the range is too long; those of the source, and timeout
// when nobody waits for it any more. Of the budget the share `left` is left to others.
struct ReplayRange {
  Instant from{};
  Instant to{};
};
// Told now and then how much of the range is done.
using ReplayProgress = std::function<void(std::chrono::seconds)>;
Result<Replayed> replay(const ReplayedRule& rule, const ReplayRange& range, promql::Source& source,
                        promql::Budget& budget, double left = 0,
                        const ReplayProgress& progress = {});

// Which pages of two versions are the same: of the same element, at overlapping times.
struct Difference {
  std::vector<Page> only_new{};
  std::vector<Page> only_old{};
  std::size_t both = 0;
};
Difference difference_of(const std::vector<Page>& now, const std::vector<Page>& before);

}  // namespace monitron::rules
