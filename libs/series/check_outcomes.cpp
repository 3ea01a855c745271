#include "series/check_outcomes.hpp"

#include "domain/check_state.hpp"

#include <algorithm>
#include <map>
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

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// PostgreSQL's text and jsonb know no NUL, and what a site answers may hold one.
std::string without_nul(std::string text) {
  std::erase(text, '\0');
  return text;
}

// Up, but somebody should look at it: an exit status of 1, a certificate near its end.
bool is_warning(const CheckResult& result) {
  return result.outcome.status == domain::CheckStatus::up && !result.outcome.reason.empty();
}

Json details_json(const CheckResult& result) {
  Json json = Json::object();
  for (const auto& [name, value] : result.outcome.details) json[name] = without_nul(value);
  return json;
}

struct Tracked {
  domain::CheckState state;
  std::string warning{};  // that its latest event began, and that has not ended
  const CheckResult* latest = nullptr;
};

struct Event {
  const CheckResult* result;
  domain::CheckStatus status;
  domain::CheckStatus previous;
};

domain::CheckStatus status_of(const std::string& text) {
  return domain::parse_check_status(text).value_or(domain::CheckStatus::unknown);
}

// Locked, so that two writers do not both count from the same state.
Result<std::map<Uuid, Tracked>> lock_states(Session& session,
                                            const std::vector<const CheckResult*>& results) {
  std::map<Uuid, Instant> first_slots;
  for (const auto* result : results) first_slots.emplace(result->check_id.value, result->slot);
  ArrayText ids, slots;
  for (const auto& [id, slot] : first_slots) {
    ids.add(id.str());
    slots.add(to_rfc3339(slot));
  }
  auto made = session.run(
      "INSERT INTO check_latest SELECT id, to_timestamp(0), 'unknown', since, 'unknown', 0, 0, 0, "
      "'{}' FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, since) ORDER BY id "
      "ON CONFLICT DO NOTHING",
      {ids.str(), slots.str()});
  if (!made) return fail(made.error());
  auto rows = session.run(
      "SELECT check_id, (extract(epoch FROM slot) * 1000)::bigint, status, "
      "(extract(epoch FROM status_since) * 1000)::bigint, last_status, failures, successes, "
      "unknowns, COALESCE((SELECT w.reason FROM (SELECT e.reason, e.detail FROM check_events e "
      "WHERE e.check_id = l.check_id ORDER BY e.at DESC, e.id DESC LIMIT 1) w "
      "WHERE w.detail->>'outcome' = 'warning'), '') FROM check_latest l "
      "WHERE check_id = ANY ($1::uuid[]) ORDER BY check_id FOR UPDATE",
      {ids.str()});
  if (!rows) return fail(rows.error());
  std::map<Uuid, Tracked> tracked;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    auto& one = tracked[*Uuid::parse(rows->text(i, 0))];
    one.warning = rows->text(i, 8);
    auto& state = one.state;
    state.slot = from_ms(rows->number(i, 1));
    state.status = status_of(rows->text(i, 2));
    state.status_since = from_ms(rows->number(i, 3));
    state.last = status_of(rows->text(i, 4));
    state.failures = static_cast<int>(rows->number(i, 5));
    state.successes = static_cast<int>(rows->number(i, 6));
    state.unknowns = static_cast<int>(rows->number(i, 7));
  }
  return tracked;
}

// Whether a warning begins, becomes another one or is over; one that goes on is told once.
bool turns_warning(const Tracked& one, const CheckResult& result) {
  if (is_warning(result)) return one.warning != without_nul(result.outcome.reason);
  return result.outcome.status == domain::CheckStatus::up && !one.warning.empty();
}

std::vector<Event> advance_all(std::map<Uuid, Tracked>& tracked,
                               const std::vector<const CheckResult*>& results) {
  std::vector<Event> events;
  for (const auto* result : results) {
    auto& one = tracked[result->check_id.value];
    const auto step = domain::advance(one.state, result->outcome.status, result->slot,
                                      {result->failures_before_down, result->successes_before_up});
    if (step.state.slot == one.state.slot) continue;  // late: kept as samples only
    const auto previous = one.state.status;
    one.state = step.state;
    one.latest = result;
    if (!step.changed && result->outcome.status != domain::CheckStatus::down &&
        !turns_warning(one, *result)) {
      continue;
    }
    events.push_back({result, step.state.status, previous});
    one.warning = is_warning(*result) ? without_nul(result->outcome.reason) : "";
  }
  return events;
}

Result<void> store_states(Session& session, const std::map<Uuid, Tracked>& tracked) {
  ArrayText ids, slots, statuses, since, last, failures, successes, unknowns, results;
  for (const auto& [id, one] : tracked) {
    if (!one.latest) continue;
    ids.add(id.str());
    slots.add(to_rfc3339(one.state.slot));
    statuses.add(domain::to_string(one.state.status));
    since.add(to_rfc3339(one.state.status_since));
    last.add(domain::to_string(one.state.last));
    failures.add(one.state.failures);
    successes.add(one.state.successes);
    unknowns.add(one.state.unknowns);
    results.add(result_json(*one.latest));
  }
  auto done = session.run(
      "UPDATE check_latest l SET slot = n.slot, status = n.status, status_since = n.since, "
      "last_status = n.last, failures = n.failures, successes = n.successes, "
      "unknowns = n.unknowns, last_result = n.result "
      "FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::timestamptz[], $5::text[], "
      "$6::int[], $7::int[], $8::int[], $9::jsonb[]) "
      "AS n (id, slot, status, since, last, failures, successes, unknowns, result) "
      "WHERE l.check_id = n.id",
      {ids.str(), slots.str(), statuses.str(), since.str(), last.str(), failures.str(),
       successes.str(), unknowns.str(), results.str()});
  if (!done) return fail(done.error());
  return {};
}

Result<void> store_events(Session& session, const std::vector<Event>& events) {
  if (events.empty()) return {};
  ArrayText ids, at, statuses, previous, reasons, details;
  for (const auto& event : events) {
    ids.add(event.result->check_id.str());
    at.add(to_rfc3339(event.result->slot));
    statuses.add(domain::to_string(event.status));
    previous.add(domain::to_string(event.previous));
    reasons.add(without_nul(event.result->outcome.reason));
    auto detail = details_json(*event.result);
    if (is_warning(*event.result)) detail["outcome"] = "warning";
    details.add(dump(detail));
  }
  auto done = session.run(
      "INSERT INTO check_events (check_id, at, status, previous_status, reason, detail) "
      "SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], "
      "$6::jsonb[])",
      {ids.str(), at.str(), statuses.str(), previous.str(), reasons.str(), details.str()});
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
               {"scheduled_at", to_rfc3339(result.slot)},
               {"started_at", to_rfc3339(result.started_at)},
               {"status", domain::to_string(result.outcome.status)},
               {"duration_seconds", seconds(result.outcome.duration)},
               {"reason", without_nul(result.outcome.reason)},
               {"phases", phases_json(result.outcome.phases)},
               {"values", values},
               {"detail", details_json(result)}});
}

Result<void> note_states(Session& session, std::vector<const CheckResult*> results) {
  if (results.empty()) return {};
  std::stable_sort(results.begin(), results.end(),
                   [](const auto* a, const auto* b) { return a->slot < b->slot; });
  auto tracked = lock_states(session, results);
  if (!tracked) return fail(tracked.error());
  const auto events = advance_all(*tracked, results);
  if (auto done = store_states(session, *tracked); !done) return done;
  return store_events(session, events);
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
