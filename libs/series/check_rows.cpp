#include "series/check_rows.hpp"

#include "series/check_certificates.hpp"
#include "series/check_domains.hpp"
#include "series/check_outcomes.hpp"

namespace monitron::series {
namespace {

using domain::CheckResult;
using domain::CheckStatus;

constexpr const char* kMakePlaces =
    "INSERT INTO check_latest (check_id, location, slot, heard, status, status_since, last_status, "
    "failures, successes, unknowns, warning, last_result) "
    "SELECT id, place, to_timestamp(0), to_timestamp(0), 'unknown', since, 'unknown', 0, 0, 0, '', "
    "'{}' FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS n (id, place, since) "
    "ORDER BY id, place ON CONFLICT DO NOTHING";

constexpr const char* kPlaceColumns =
    "SELECT l.check_id, l.location, (extract(epoch FROM slot) * 1000)::bigint, "
    "(extract(epoch FROM heard) * 1000)::bigint, status, "
    "(extract(epoch FROM status_since) * 1000)::bigint, last_status, failures, successes, "
    "unknowns, warning, turns, flapping::int, warns::int, warns_against FROM ";
constexpr const char* kOnePlace =
    "unnest($1::uuid[], $2::text[]) AS n (id, place) JOIN check_latest l "
    "ON l.check_id = n.id AND l.location = n.place ORDER BY 1, 2 FOR UPDATE OF l";
constexpr const char* kAllPlaces =
    "check_latest l WHERE check_id = ANY ($1::uuid[]) ORDER BY 1, 2 FOR UPDATE";

constexpr const char* kMakeVerdicts =
    "INSERT INTO check_verdicts SELECT id, 'unknown', to_timestamp(0) FROM unnest($1::uuid[]) id "
    "ORDER BY id ON CONFLICT DO NOTHING";
constexpr const char* kVerdicts =
    "SELECT check_id, status, (extract(epoch FROM status_since) * 1000)::bigint, flapping::int, "
    "warns::int FROM check_verdicts WHERE check_id = ANY ($1::uuid[]) ORDER BY check_id FOR UPDATE";

constexpr const char* kLocations =
    "SELECT id, place FROM checks, jsonb_array_elements_text(locations) place "
    "WHERE id = ANY ($1::uuid[])";

CheckStatus status_of(const std::string& text) {
  return domain::parse_check_status(text).value_or(CheckStatus::unknown);
}

void read_places(const Rows& rows, CheckRows& checks) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& check = checks[*Uuid::parse(rows.text(i, 0))];
    const auto count = [&](std::size_t column) { return static_cast<int>(rows.number(i, column)); };
    domain::CheckState state;
    state.slot = from_ms(rows.number(i, 2));
    state.heard = from_ms(rows.number(i, 3));
    state.status = status_of(rows.text(i, 4));
    state.status_since = from_ms(rows.number(i, 5));
    state.last = status_of(rows.text(i, 6));
    state.failures = count(7);
    state.successes = count(8);
    state.unknowns = count(9);
    state.flapping = {static_cast<std::uint32_t>(count(11)), count(12) != 0};
    state.warning = {count(13) != 0, count(14)};
    const auto& location = rows.text(i, 1);
    check.states.at.push_back({location, state});
    check.places[location].told = rows.text(i, 10);
    if (check.several) continue;
    check.states.status = state.status;
    check.states.since = state.status_since;
    check.states.flapping = state.flapping.on;
    check.states.warning = state.warns();
  }
}

Result<void> lock_verdicts(Session& session, const ArrayText& ids, CheckRows& checks) {
  if (auto made = session.run(kMakeVerdicts, {ids.str()}); !made) return fail(made.error());
  const auto rows = session.run(kVerdicts, {ids.str()});
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    auto& states = checks[*Uuid::parse(rows->text(i, 0))].states;
    states.status = status_of(rows->text(i, 1));
    states.since = from_ms(rows->number(i, 2));
    states.flapping = rows->number(i, 3) != 0;
    states.warning = rows->number(i, 4) != 0;
  }
  return {};
}

// After the rows are locked: an edit that is not seen here waits for them, and cleans up.
Result<void> read_locations(Session& session, CheckRows& checks) {
  ArrayText ids;
  for (const auto& [id, check] : checks) ids.add(id.str());
  const auto rows = session.run(kLocations, {ids.str()});
  if (!rows) return fail(rows.error());
  std::map<Uuid, std::vector<std::string>> locations;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    locations[*Uuid::parse(rows->text(i, 0))].push_back(rows->text(i, 1));
  }
  for (const auto& [id, list] : locations) domain::run_from(checks[id].states, list);
  return {};
}

Result<void> store_places(Session& session, const CheckRows& checks) {
  ArrayText ids, places, slots, heard, statuses, since, last, failures, successes, unknowns,
      warnings, results, turns, flapping, percents, warns, against;
  for (const auto& [id, check] : checks) {
    for (const auto& [location, place] : check.places) {
      const auto* state = check.states.find(location);
      if (!place.changed || state == nullptr) continue;
      ids.add(id.str());
      places.add(location);
      slots.add(to_rfc3339(state->slot));
      heard.add(to_rfc3339(state->heard));
      statuses.add(domain::to_string(state->status));
      since.add(to_rfc3339(state->status_since));
      last.add(domain::to_string(state->last));
      failures.add(state->failures);
      successes.add(state->successes);
      unknowns.add(state->unknowns);
      warnings.add(place.told);
      turns.add(static_cast<int>(state->flapping.turns));
      flapping.add(state->flapping.on ? "t" : "f");
      percents.add(std::to_string(state->flapping.percent()));
      warns.add(state->warning.on ? "t" : "f");
      against.add(state->warning.against);
      if (place.latest != nullptr) {
        results.add(result_json(*place.latest));
      } else {
        results.add_null();
      }
    }
  }
  auto done = session.run(
      "UPDATE check_latest l SET slot = n.slot, heard = n.heard, status = n.status, "
      "status_since = n.since, last_status = n.last, failures = n.failures, "
      "successes = n.successes, unknowns = n.unknowns, warning = n.warning, "
      "last_result = COALESCE(n.result, l.last_result), turns = n.turns, "
      "flapping = n.flapping, flapping_percent = n.percent, warns = n.warns, "
      "warns_against = n.against "
      "FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], "
      "$6::timestamptz[], $7::text[], $8::int[], $9::int[], $10::int[], $11::text[], $12::jsonb[], "
      "$13::int[], $14::bool[], $15::float8[], $16::bool[], $17::int[]) "
      "AS n (id, place, slot, heard, status, since, last, failures, successes, unknowns, warning, "
      "result, turns, flapping, percent, warns, against) "
      "WHERE l.check_id = n.id AND l.location = n.place",
      {ids.str(), places.str(), slots.str(), heard.str(), statuses.str(), since.str(), last.str(),
       failures.str(), successes.str(), unknowns.str(), warnings.str(), results.str(), turns.str(),
       flapping.str(), percents.str(), warns.str(), against.str()});
  if (!done) return fail(done.error());
  return {};
}

Result<void> store_verdicts(Session& session, const CheckRows& checks) {
  ArrayText ids, statuses, since, flapping, percents, warns;
  bool any = false;
  for (const auto& [id, check] : checks) {
    if (!check.verdict_changed) continue;
    any = true;
    ids.add(id.str());
    statuses.add(domain::to_string(check.states.status));
    since.add(to_rfc3339(check.states.since));
    flapping.add(check.states.flapping ? "t" : "f");
    percents.add(std::to_string(check.flapping_percent));
    warns.add(check.states.warning ? "t" : "f");
  }
  if (!any) return {};
  auto done = session.run(
      "UPDATE check_verdicts v SET status = n.status, status_since = n.since, "
      "flapping = n.flapping, flapping_percent = n.percent, warns = n.warns "
      "FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bool[], $5::float8[], "
      "$6::bool[]) AS n (id, status, since, flapping, percent, warns) WHERE v.check_id = n.id",
      {ids.str(), statuses.str(), since.str(), flapping.str(), percents.str(), warns.str()});
  if (!done) return fail(done.error());
  return {};
}

// What it runs from no more.
Result<void> drop_places(Session& session, const CheckRows& checks) {
  ArrayText ids, places;
  bool any = false;
  for (const auto& [id, check] : checks) {
    for (const auto& [location, place] : check.places) {
      if (check.states.find(location) != nullptr) continue;
      any = true;
      ids.add(id.str());
      places.add(location);
    }
  }
  if (!any) return {};
  auto done = session.run(
      "DELETE FROM check_latest l USING unnest($1::uuid[], $2::text[]) AS n (id, place) "
      "WHERE l.check_id = n.id AND l.location = n.place",
      {ids.str(), places.str()});
  if (!done) return fail(done.error());
  return {};
}

}  // namespace

Result<CheckRows> lock_checks(Session& session, const std::vector<const CheckResult*>& results) {
  CheckRows checks;
  std::map<std::pair<Uuid, std::string>, Instant> first_slots;
  for (const auto* result : results) {
    first_slots.try_emplace({result->check_id.value, result->location}, result->slot);
    checks[result->check_id.value].several = result->locations > 1;
  }
  ArrayText ids, places, slots, single_ids, single_places, several;
  for (const auto& [place, slot] : first_slots) {
    ids.add(place.first.str());
    places.add(place.second);
    slots.add(to_rfc3339(slot));
    if (checks[place.first].several) continue;
    single_ids.add(place.first.str());
    single_places.add(place.second);
  }
  bool any_several = false;
  for (const auto& [id, check] : checks) {
    if (!check.several) continue;
    any_several = true;
    several.add(id.str());
  }
  if (any_several) {
    if (auto done = lock_verdicts(session, several, checks); !done) return fail(done.error());
  }
  if (auto made = session.run(kMakePlaces, {ids.str(), places.str(), slots.str()}); !made) {
    return fail(made.error());
  }
  static const auto kOne = std::string(kPlaceColumns) + kOnePlace;
  const auto rows = session.run(kOne.c_str(), {single_ids.str(), single_places.str()});
  if (!rows) return fail(rows.error());
  read_places(*rows, checks);
  if (any_several) {
    static const auto kAll = std::string(kPlaceColumns) + kAllPlaces;
    const auto more = session.run(kAll.c_str(), {several.str()});
    if (!more) return fail(more.error());
    read_places(*more, checks);
  }
  if (auto done = read_locations(session, checks); !done) return fail(done.error());
  return checks;
}

Result<void> store_checks(Session& session, const CheckRows& checks) {
  if (auto done = store_places(session, checks); !done) return done;
  if (auto done = store_certificates(session, checks); !done) return done;
  if (auto done = store_domains(session, checks); !done) return done;
  if (auto done = store_verdicts(session, checks); !done) return done;
  return drop_places(session, checks);
}

}  // namespace monitron::series
