#include "series/check_outcomes.hpp"

#include "series/check_rows.hpp"
#include "series/state_events.hpp"
#include "series/stored_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace monitron::series {
namespace {

using Json = nlohmann::ordered_json;
using domain::CheckResult;

double seconds(std::chrono::microseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

Json phases_json(const domain::Phases& phases) {
  Json json = Json::object();
  const auto put = [&](const char* name, const domain::Phases::Part& part) {
    if (part) json[name] = seconds(*part);
  };
  put("resolve", phases.resolve);
  put("connect", phases.connect);
  put("tls", phases.tls);
  put("first_byte", phases.first_byte);
  put("transfer", phases.transfer);
  return json;
}

Json details_json(const CheckResult& result) {
  Json json = Json::object();
  for (const auto& [name, value] : result.outcome.details) json[name] = without_nul(value);
  return json;
}

struct Event {
  const CheckResult* result;
  domain::CheckState at;  // its location's state after it
  domain::CheckStatus status;
  domain::CheckStatus previous;
  const char* flapping;  // of the check: began, ended; null: neither
  const char* warning;
  double flapping_percent;
};

const char* change_of(bool changed, bool on) {
  if (!changed) return nullptr;
  return on ? "began" : "ended";
}

// Of a result that warns or is unknown: its reason.
std::string reason_told(const CheckResult& result) {
  const bool unknown = result.outcome.status == domain::CheckStatus::unknown;
  return unknown || result.outcome.warning ? without_nul(result.outcome.reason) : "";
}

// Whether what is told begins, becomes another one or, of a warning, is over; what goes on is told
// once.
bool turns(const CheckRow::Place& place, const domain::CheckState& before,
           const CheckResult& result) {
  const auto reason = reason_told(result);
  if (reason.empty()) return !place.told.empty() && before.last == domain::CheckStatus::up;
  return place.told != reason || before.last != result.outcome.status;
}

struct Advanced {
  std::vector<Event> events;
  std::vector<contracts::CheckStateChanged> changed;
  std::set<const CheckResult*> refuted;
};

void advance_one(CheckRow& check, const CheckResult& result, Advanced& advanced) {
  const auto* known = check.states.find(result.location);
  const auto before = known ? *known : domain::CheckState{};
  const auto since = check.states.since;
  const auto percent = domain::flapping_percent(check.states, result.quorum);
  const auto step = domain::advance(check.states, result);
  if (step.at.refuted) {
    advanced.refuted.insert(&result);
    return;
  }
  auto& place = check.places[result.location];
  place.changed = place.changed || step.at.state != before;
  check.flapping_percent = domain::flapping_percent(check.states, result.quorum);
  check.verdict_changed =
      check.verdict_changed ||
      (check.several && (step.changed || check.states.since != since || step.flapping_changed ||
                         step.warning_changed || check.flapping_percent != percent));
  if (step.at.state.slot == before.slot) return;  // late: kept as samples only
  place.latest = &result;
  const bool of_the_check = step.changed || step.flapping_changed || step.warning_changed;
  const bool changed = of_the_check || step.at.changed;
  if (of_the_check) {
    auto change = contracts::state_changed(result, check.states, step.previous);
    change.reason = without_nul(change.reason);
    advanced.changed.push_back(std::move(change));
  }
  if (!changed && result.outcome.status != domain::CheckStatus::down &&
      !turns(place, before, result)) {
    place.told = reason_told(result);
    return;
  }
  advanced.events.push_back({&result, step.at.state, check.states.status, step.previous,
                             change_of(step.flapping_changed, check.states.flapping),
                             change_of(step.warning_changed, check.states.warning),
                             check.flapping_percent});
  place.told = reason_told(result);
}

Result<void> store_events(Session& session, const std::vector<Event>& events) {
  if (events.empty()) return {};
  ArrayText ids, at, places, seen, statuses, previous, reasons, details, results, failures, needed,
      flapping, warnings;
  const auto add = [](ArrayText& column, const char* change) {
    if (change == nullptr) return column.add_null();
    column.add(change);
  };
  for (const auto& event : events) {
    ids.add(event.result->check_id.str());
    at.add(to_rfc3339(event.result->slot));
    places.add(event.result->location);
    seen.add(domain::to_string(event.at.status));
    results.add(domain::to_string(event.result->outcome.status));
    failures.add(event.at.failures);
    needed.add(event.result->failures_before_down);
    statuses.add(domain::to_string(event.status));
    previous.add(domain::to_string(event.previous));
    reasons.add(without_nul(event.result->outcome.reason));
    auto detail = details_json(*event.result);
    if (event.result->outcome.warning) detail["outcome"] = "warning";
    if (event.flapping != nullptr) detail["flapping_percent"] = event.flapping_percent;
    add(flapping, event.flapping);
    add(warnings, event.warning);
    details.add(dump(detail));
  }
  auto done = session.run(
      "INSERT INTO check_events (check_id, at, location, location_status, status, "
      "previous_status, reason, detail, result_status, failures, failures_before_down, flapping, "
      "warning) "
      "SELECT * FROM unnest($1::uuid[], $2::timestamptz[], "
      "$3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[], "
      "$9::text[], $10::int[], $11::int[], $12::text[], $13::text[])",
      {ids.str(), at.str(), places.str(), seen.str(), statuses.str(), previous.str(), reasons.str(),
       details.str(), results.str(), failures.str(), needed.str(), flapping.str(), warnings.str()});
  if (!done) return fail(done.error());
  return {};
}

}  // namespace

std::string result_json(const CheckResult& result) {
  Json values = Json::object();
  for (const auto& value : result.outcome.values) {
    std::string name = value.name;
    char mark = '{';
    for (const auto& [label, text] : value.labels) {
      name.append(1, mark).append(label).append("=").append(dump(without_nul(text)));
      mark = ',';
    }
    if (mark == ',') name += '}';
    values[name] = value.value;
  }
  return dump({{"check_id", result.check_id.str()},
               {"location", result.location},
               {"scheduled_at", to_rfc3339(result.slot)},
               {"started_at", to_rfc3339(result.started_at)},
               {"status", domain::to_string(result.outcome.status)},
               {"warning", result.outcome.warning},
               {"duration_seconds", seconds(result.outcome.duration)},
               {"reason", without_nul(result.outcome.reason)},
               {"phases", phases_json(result.outcome.phases)},
               {"values", values},
               {"detail", details_json(result)}});
}

Result<std::set<const CheckResult*>> note_states(Session& session,
                                                 std::vector<const CheckResult*> results) {
  Advanced advanced;
  if (results.empty()) return advanced.refuted;
  std::stable_sort(results.begin(), results.end(),
                   [](const auto* a, const auto* b) { return a->slot < b->slot; });
  auto checks = lock_checks(session, results);
  if (!checks) return fail(checks.error());
  for (const auto* result : results)
    advance_one(checks->at(result->check_id.value), *result, advanced);
  if (auto done = store_checks(session, *checks); !done) return fail(done.error());
  if (auto done = store_events(session, advanced.events); !done) return fail(done.error());
  if (auto done = tell_changed(session, std::move(advanced.changed)); !done) {
    return fail(done.error());
  }
  return advanced.refuted;
}

Result<void> note_trials(Session& session, const std::vector<const CheckResult*>& results) {
  if (results.empty()) return {};
  ArrayText ids, texts;
  for (const auto* result : results) {
    ids.add(result->test_id->str());
    texts.add(result_json(*result));
  }
  auto done = session.run(
      "INSERT INTO check_test_results (test_id, result) "
      "SELECT * FROM unnest($1::uuid[], $2::jsonb[]) ON CONFLICT DO NOTHING",
      {ids.str(), texts.str()});
  if (!done) return fail(done.error());
  return {};
}

}  // namespace monitron::series
