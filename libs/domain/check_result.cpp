#include "domain/check_result.hpp"

#include <algorithm>
#include <array>

namespace monitron::domain {

namespace {

constexpr std::array<std::pair<MissReason, std::string_view>, 7> kMissReasons{
    {{MissReason::overrun, "overrun"},
     {MissReason::late, "late"},
     {MissReason::no_descriptors, "no_descriptors"},
     {MissReason::no_network, "no_network"},
     {MissReason::no_scheduler, "no_scheduler"},
     {MissReason::stopped, "stopped"},
     {MissReason::silent, "silent"}}};

}  // namespace

std::string_view to_string(MissReason reason) {
  for (const auto& [value, name] : kMissReasons) {
    if (value == reason) return name;
  }
  return "";
}

std::optional<MissReason> parse_miss_reason(std::string_view text) {
  for (const auto& [value, name] : kMissReasons) {
    if (name == text) return value;
  }
  return std::nullopt;
}

CheckResult make_result(const CheckDefinition& check, const std::string& location, Instant slot,
                        Instant started_at, ProbeOutcome outcome) {
  CheckResult result;
  result.check_id = check.id;
  result.slot = slot;
  result.started_at = started_at;
  result.outcome = std::move(outcome);
  result.name = check.name;
  result.type = check.type;
  result.target = check.target;
  result.instance_id = check.instance_id;
  result.location = location;
  result.locations = static_cast<int>(check.locations.size());
  result.quorum = quorum_of(check);
  result.labels = check.labels;
  result.interval = check.interval;
  result.failures_before_down = check.failures_before_down;
  result.successes_before_up = check.successes_before_up;
  result.flap_detection = check.flap_detection;
  return result;
}

namespace {

// Each location's samples are series of their own.
void set_location(ProbeValue& sample, const std::string& location) {
  auto& labels = sample.labels;
  const auto place =
      std::lower_bound(labels.begin(), labels.end(), kLocationLabel,
                       [](const auto& label, auto name) { return label.first < name; });
  if (place != labels.end() && place->first == kLocationLabel) {
    place->second = location;
  } else {
    labels.emplace(place, kLocationLabel, location);
  }
}

}  // namespace

std::vector<ProbeValue> samples_of(const CheckResult& result) {
  if (result.if_latest && result.outcome.status == CheckStatus::unknown) return {};
  const auto seconds = [](std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1e6;
  };
  const ProbeOutcome& outcome = result.outcome;
  std::vector<ProbeValue> samples;
  samples.reserve(outcome.values.size() + 7);
  if (outcome.status != CheckStatus::unknown) {
    samples.push_back({"probe_success", {}, outcome.status == CheckStatus::up ? 1.0 : 0.0});
  }
  samples.push_back({"probe_duration_seconds", {}, seconds(outcome.duration)});
  const auto add_phase = [&](const char* name, const Phases::Part& part) {
    if (part) samples.push_back({"probe_phase_seconds", {{"phase", name}}, seconds(*part)});
  };
  add_phase("resolve", outcome.phases.resolve);
  add_phase("connect", outcome.phases.connect);
  add_phase("tls", outcome.phases.tls);
  add_phase("first_byte", outcome.phases.first_byte);
  add_phase("transfer", outcome.phases.transfer);
  samples.insert(samples.end(), outcome.values.begin(), outcome.values.end());
  if (!result.location.empty()) {
    for (auto& sample : samples) set_location(sample, result.location);
  }
  return samples;
}

}  // namespace monitron::domain
