#pragma once
// What becomes of a rule file here: what is refused besides what Prometheus refuses, and what is
// taken, but not as it is written. Pure. Threads: any.

#include "rules/rule_file.hpp"

namespace monitron::rules {

inline constexpr std::size_t kLongestName = 200;              // bytes, of rules and groups
inline constexpr std::size_t kLongestExpression = 4096;       // bytes
inline constexpr std::size_t kLongestText = 1024;             // bytes, of a label or an annotation
inline constexpr std::size_t kMostTexts = 50;                 // labels or annotations of a rule
inline constexpr std::int64_t kLongestHoldSeconds = 604'800;  // for and keep_firing_for

// Why a rule cannot evaluate it; empty: it can.
std::string expression_complaint(const std::string& expr);

struct Remark {
  std::string group{};
  std::string rule{};  // empty: the group itself
  std::string field{};
  std::string reason{};
};

struct Remarks {
  Problems refused{};  // without their lines
  std::vector<Remark> warnings{};
};
// In the order of the file.
Remarks remarks_on(const RuleFile& file);

// What is evaluated at whole seconds: rounded up, from a second to an hour; 15 where nothing is
// said.
int interval_seconds_of(const RuleGroup& group);
std::int64_t whole_seconds(std::int64_t ms);  // rounded up

}  // namespace monitron::rules
