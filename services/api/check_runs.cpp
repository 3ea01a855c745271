// "Test now" and dry runs: the job goes to the workers of a location, its result comes back as
// telemetry does. The answer waits for it as long as the check may take.

#include "api/check_interval.hpp"
#include "api/checks.hpp"
#include "api/resource.hpp"
#include "contracts/check_slice.hpp"
#include "store/check_definitions.hpp"
#include "store/check_history.hpp"
#include "store/outbox.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using Exchange = std::shared_ptr<http::Exchange>;
using std::chrono::milliseconds;

// A minute in the queue and the longest time limit, in seconds.
constexpr int kLongestTest = 60 + 300 + 30;
// For the way there and back.
constexpr milliseconds kOnTheWay{3000};
// The gateway gives up after half a minute.
constexpr milliseconds kLongestAnswer{25'000};

struct Run {
  Uuid id{};
  milliseconds timeout{0};
};

Json done(const Uuid& id, const Json& result) {
  return {{"id", id.str()}, {"state", "done"}, {"result", result}};
}

http::Response running(const Uuid& id) {
  auto response = json_answer(202, {{"id", id.str()}, {"state", "running"}});
  response.headers.emplace_back("Location", "/api/v1/checks/tests/" + id.str());
  return response;
}

std::optional<http::Response> find_result(pqxx::work& tx, const Uuid& id) {
  const auto result = store::find_check_test_result(tx, id);
  if (!result) return std::nullopt;
  return json_answer(200, done(id, json_or_null(*result)));
}

Outcome<Run> send(pqxx::work& tx, const http::Request& request, const store::Check& row,
                  const std::string& location, const char* action, const Uuid& check_id) {
  const auto check = store::definition_of(row, store::own_check_types(tx, row.kind));
  if (!check) return refuse(Fault::invalid, check.error().text);
  if (!domain::info_of(check->kind()).active) {
    return refuse(Fault::invalid, "no checker runs checks of kind " + row.kind);
  }
  const auto id = Uuid::make();
  auto message = contracts::to_message(
      contracts::CheckTest{.test_id = id, .check = *check, .location = location});
  store::insert_check_test(tx, id, message.body);
  store::kApiOutbox.append(tx, message);
  store::append_audit(
      tx, audit_entry(request, action, id.str(),
                      {{"check", row.name}, {"check_id", check_id.str()}, {"target", row.target}}));
  return Run{id, check->timeout};
}

// Prefer: wait=4 (RFC 7240): the client has no more time than that.
milliseconds longest_wait(const http::Request& request) {
  const auto header = request.header("prefer");
  if (!header.starts_with("wait=")) return kLongestAnswer;
  const auto seconds = parse_number<unsigned>(std::string_view(header).substr(5));
  return seconds ? std::min<milliseconds>(std::chrono::seconds(*seconds), kLongestAnswer)
                 : kLongestAnswer;
}

void answer_when_done(Context& context, const Exchange& exchange, const Outcome<Run>& run) {
  if (!run) return exchange->send(to_response(exchange->request(), run.error()));
  const auto look = [id = run->id](pqxx::work& tx) { return find_result(tx, id); };
  context.waits.add(look, exchange,
                    std::min(run->timeout + kOnTheWay, longest_wait(exchange->request())),
                    running(run->id));
}

// A definition that is not stored. Its member "id" may name a check whose secrets its masks stand
// for.
Outcome<Run> try_out(Context& context, const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  auto check = read_check(fields, own_types(context, fields.word("kind")));
  const auto before = fields.uuid("id");
  fields.ignore({"version", "created_at", "updated_at"});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  check.id = Uuid::make();
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<Run> {
    inherit_interval(tx, check, errors);
    seal_check(context, tx, check, before.value_or(check.id), errors);
    if (!errors.empty()) return refuse_fields(std::move(errors));
    return send(tx, request, check, check.locations.front(), "check.test",
                before.value_or(check.id));
  });
}

Outcome<Run> run_now(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {"location"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto id = path_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<Run> {
    const auto check = find_check_for(tx, request.caller, "checks:run", *id);
    if (!check) return refuse(Fault::not_found, "nothing has this id");
    const auto& places = check->locations;
    const auto place = request.query_one("location").value_or(places.front());
    if (std::find(places.begin(), places.end(), place) == places.end()) {
      return refuse_fields({{"location", "invalid", "is not one of the check's"}});
    }
    return send(tx, request, *check, place, "check.run", *id);
  });
}

// Definitions that are not stored are tried out by who may see all.
bool may_see_test(pqxx::work& tx, const http::Caller& caller, const Uuid& test) {
  if (caller.may("checks:read")) return true;
  const auto check = store::check_of_test(tx, test);
  return check && find_check_for(tx, caller, "checks:read", *check);
}

Outcome<http::Response> get_test(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto age = store::check_test_age(tx, *id);
    if (!age || !may_see_test(tx, request.caller, *id))
      return refuse(Fault::not_found, "nothing has this id");
    if (auto found = find_result(tx, *id)) return std::move(*found);
    if (*age <= kLongestTest) {
      return json_answer(200, {{"id", id->str()}, {"state", "running"}});
    }
    const Json nobody = {{"status", "unknown"}, {"reason", "no checker of this location ran it"}};
    return json_answer(200, done(*id, nobody));
  });
}

}  // namespace

void add_check_run_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add_async(Method::post, "/api/v1/checks/test", http::needs("checks:write"),
                   [&context](const Exchange& exchange) {
                     answer_when_done(context, exchange, try_out(context, exchange->request()));
                   });
  router.add_async(Method::post, "/api/v1/checks/:id/run", http::needs_somewhere("checks:run"),
                   [&context](const Exchange& exchange) {
                     answer_when_done(context, exchange, run_now(context, exchange->request()));
                   });
  mount(router, Method::get, "/api/v1/checks/tests/:id", http::needs_somewhere("checks:read"),
        [&context](const auto& request) { return get_test(context, request); });
}

}  // namespace monitron::api
