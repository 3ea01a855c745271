// What became of every slot of a check that was due.

#include "api/checks.hpp"
#include "api/resource.hpp"
#include "domain/slot_account.hpp"
#include "series/reader.hpp"
#include "store/check_history.hpp"
#include "store/check_schedule.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr std::int64_t kMostSlots = 100'000;
// A slot's result is not stored at once: it takes a run and the way to the database.
constexpr std::chrono::seconds kOnTheWay{15};
// A check that is new or changed is known to the scheduler, and what was sent ahead without it is
// over. Until then it is run at once, beside its slots.
constexpr std::chrono::seconds kTakesEffect{1};

struct Query {
  Uuid check{};
  std::string location{};
  Instant from{};
  Instant to{};
};

tl::unexpected<Refusal> bad(const char* name, std::string message) {
  return refuse_fields({{name, "invalid", std::move(message)}});
}

Outcome<Query> read_query(const http::Request& request) {
  if (const auto known = known_query(request, {"from", "to", "location"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto id = path_id(request);
  if (!id) return tl::unexpected(id.error());
  const auto range = range_query(request);
  if (!range) return tl::unexpected(range.error());
  if (!range->from) return bad("from", "is needed");
  if (!range->to) return bad("to", "is needed");
  return Query{*id, request.query_one("location").value_or(""), *range->from, *range->to};
}

// Heartbeats and groups have no slots: nobody runs them.
bool has_slots(const store::Check& check) {
  const auto kind = domain::parse_check_kind(check.kind);
  return !kind || domain::info_of(*kind).active;
}

// Of the query's range, what lies in the time of the check's slots as they are now.
void cut(Query& query, const store::Check& check, const store::SlotsTime& time) {
  const auto done = system_clock().now() - std::chrono::seconds(check.timeout_seconds) - kOnTheWay;
  query.from = std::max(query.from, time.since + kTakesEffect);
  query.to = std::min({query.to, done, time.until.value_or(done)});
  if (!has_slots(check)) query.to = query.from;
}

// Nobody schedules a location that has no checker, or none any more.
void note_unscheduled(pqxx::work& tx, const std::string& location, const Query& query,
                      std::vector<domain::MissedSlots>& missed) {
  const auto until = store::schedule_sent_until(tx, location).value_or(query.from);
  if (until < query.to) {
    missed.push_back({std::nullopt, location, std::max(until, query.from), query.to,
                      domain::MissReason::no_scheduler});
  }
}

Json missed_json(const domain::SlotAccount::Missed& missed, const std::string& location) {
  return {{"from", to_rfc3339(missed.slots.from)},
          {"to", to_rfc3339(missed.slots.to)},
          {"reason", domain::to_string(missed.slots.reason)},
          {"location", location},
          {"count", missed.count}};
}

Json account(pqxx::work& tx, const store::Check& check, const Query& query) {
  const bool any = query.from < query.to;
  std::map<std::string, std::vector<Instant>> results;
  std::vector<domain::MissedSlots> missed;
  if (any) {
    results =
        series::read_result_slots(tx, check.id, check.locations.front(), query.from, query.to);
    missed = store::missed_slots(tx, check.id, query.from, query.to);
  }
  std::int64_t expected = 0, with_result = 0, unexplained = 0;
  Json list = Json::array();
  for (const auto& location : check.locations) {
    if (!any || (!query.location.empty() && location != query.location)) continue;
    std::vector<domain::MissedSlots> here;
    std::copy_if(missed.begin(), missed.end(), std::back_inserter(here),
                 [&](const auto& one) { return one.location == location; });
    note_unscheduled(tx, location, query, here);
    const auto sum =
        domain::account_slots(CheckId{check.id}, std::chrono::seconds(check.interval_seconds),
                              query.from, query.to, results[location], std::move(here));
    expected += sum.expected;
    with_result += sum.results;
    unexplained += sum.unexplained;
    for (const auto& one : sum.missed) list.push_back(missed_json(one, location));
  }
  return {{"expected", expected},
          {"results", with_result},
          {"missed", std::move(list)},
          {"unexplained", unexplained}};
}

Outcome<http::Response> slots(Context& context, const http::Request& request) {
  const auto asked = read_query(request);
  if (!asked) return tl::unexpected(asked.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    auto query = *asked;
    const auto check = find_check_for(tx, request.caller, "checks:read", query.check);
    if (!check) return refuse(Fault::not_found, "nothing has this id");
    cut(query, *check, store::slots_time(tx, check->id));
    const auto due = domain::slots_between(
        CheckId{check->id}, std::chrono::seconds(check->interval_seconds), query.from, query.to);
    if (due > kMostSlots) {
      return bad("to", "is more than " + std::to_string(kMostSlots) + " slots after from");
    }
    return json_answer(200, account(tx, *check, query));
  });
}

}  // namespace

void add_check_slot_routes(http::Router& router, Context& context) {
  mount(router, http::Method::get, "/api/v1/checks/:id/slots", http::needs_somewhere("checks:read"),
        [&context](const auto& request) { return slots(context, request); });
}

}  // namespace monitron::api
