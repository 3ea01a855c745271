#pragma once
// The result of one run of a check, and the samples it is kept as.

#include "domain/check.hpp"

namespace monitron::domain {

// One number of a result, named as Prometheus's blackbox_exporter names it where it has it.
struct ProbeValue {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;  // sorted by name
  double value = 0;
  bool operator==(const ProbeValue&) const = default;
};

// How long the parts of a run took; a part that was not reached is absent. Redirects add up.
struct Phases {
  using Part = std::optional<std::chrono::microseconds>;
  Part resolve;
  Part connect;
  Part tls;
  Part first_byte;
  Part transfer;
  bool operator==(const Phases&) const = default;
};

// What a probe says: everything of a result but its place in the schedule.
struct ProbeOutcome {
  CheckStatus status = CheckStatus::unknown;
  std::string reason;  // for people; empty when there is nothing to say
  std::chrono::microseconds duration{0};
  Phases phases;
  std::vector<ProbeValue> values;
  std::map<std::string, std::string> details;  // response_head, certificate_…: shown, not counted
  bool operator==(const ProbeOutcome&) const = default;
};

// Identity: (check_id, slot). Storing it twice stores it once. The definition's members that
// readers need travel with the result, so that they decide by what the check was when it ran.
struct CheckResult {
  CheckId check_id;
  Instant slot;        // when it was due
  Instant started_at;  // when it began
  ProbeOutcome outcome;

  std::string name;
  CheckKind kind = CheckKind::http;
  std::string target;
  std::optional<InstanceId> instance_id;
  std::string location;
  std::map<std::string, std::string> labels;
  std::chrono::seconds interval{60};
  int failures_before_down = 3;
  int successes_before_up = 2;
  std::optional<Uuid> test_id;  // set: asked for by "test now", no result of the schedule
  bool operator==(const CheckResult&) const = default;
};

CheckResult make_result(const CheckDefinition& check, Instant slot, Instant started_at,
                        ProbeOutcome outcome);

// The samples of a result: probe_success (absent while unknown), probe_duration_seconds,
// probe_phase_seconds{phase=…} and the probe's own values.
std::vector<ProbeValue> samples_of(const CheckResult& result);

}  // namespace monitron::domain
