#pragma once
// The result of one run of a check, and the samples it is kept as.

#include "domain/check.hpp"

namespace monitron::domain {

// Results in a row that could not be run before the hard state is unknown, unless a result says
// otherwise.
inline constexpr int kUnknownsBeforeUnknown = 2;

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
  std::string reason;    // for people; empty when there is nothing to say
  bool warning = false;  // up, but somebody should look at it
  std::chrono::microseconds duration{0};
  Phases phases;
  std::vector<ProbeValue> values;
  std::map<std::string, std::string> details;  // response_head, certificate_…: shown, not counted
  bool operator==(const ProbeOutcome&) const = default;
};

// Identity: (check_id, location, slot). Storing it twice stores it once. The definition's members
// that readers need travel with the result, so that they decide by what the check was when it ran.
struct CheckResult {
  CheckId check_id;
  Instant slot;        // when it was due
  Instant started_at;  // when it began
  ProbeOutcome outcome;

  std::string name;
  std::string type = "http";  // as in the definition
  std::string target;
  std::optional<InstanceId> instance_id;
  std::string location;  // where it ran
  int locations = 1;     // how many it runs from, and how many must see it down
  int quorum = 1;
  std::map<std::string, std::string> labels;
  std::chrono::seconds interval{60};
  int failures_before_down = 3;
  int successes_before_up = 2;
  int unknowns_before_unknown = kUnknownsBeforeUnknown;
  bool flap_detection = true;
  std::optional<Uuid> test_id;  // set: asked for by "test now", no result of the schedule
  // Set: said by who watches for silence. It holds only while the latest slot stored of this check
  // and location is this one: what came meanwhile refutes it.
  std::optional<Instant> if_latest;
  bool operator==(const CheckResult&) const = default;
};

CheckResult make_result(const CheckDefinition& check, const std::string& location, Instant slot,
                        Instant started_at, ProbeOutcome outcome);

// Slots that were due and have no result, and why: every slot is one or the other.
enum class MissReason {
  overrun,         // the run before had not ended
  late,            // the worker had it a whole interval late
  no_descriptors,  // this machine's limit of open files
  no_network,      // the location's own network was away
  no_scheduler,    // nobody scheduled: a takeover, a pause of the machine
  stopped,         // the worker was stopped before it could start it
  silent           // found without a result afterwards; nobody said why
};
std::string_view to_string(MissReason reason);
std::optional<MissReason> parse_miss_reason(std::string_view text);

struct MissedSlots {
  std::optional<CheckId> check_id;  // absent: all checks of the location
  std::string location;
  Instant from;  // the first slot missed, or the begin of the time without schedule
  Instant to;    // the last slot missed, or the end
  MissReason reason = MissReason::overrun;
  bool operator==(const MissedSlots&) const = default;
};

inline constexpr std::string_view kLocationLabel = "location";
// Of a ping: the round trip of each packet that was answered, {seq="1"} … in the order of sending.
inline constexpr std::string_view kPacketRtt = "probe_icmp_packet_rtt_seconds";
inline constexpr std::string_view kPacketsSent = "probe_icmp_packets_sent";

// The samples of a result: probe_success (absent while unknown), probe_duration_seconds,
// probe_phase_seconds{phase=…} and the probe's own values; all with the label `location`. A word
// about silence that says unknown has none: nothing was run.
std::vector<ProbeValue> samples_of(const CheckResult& result);

}  // namespace monitron::domain
