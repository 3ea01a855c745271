#include "api/checks.hpp"

#include "api/resource.hpp"
#include "contracts/check_definition.hpp"
#include "contracts/check_slice.hpp"
#include "store/check_history.hpp"
#include "store/instances.hpp"
#include "store/live_state.hpp"
#include "store/outbox.hpp"

namespace monitron::api {
namespace {

// A minute in the queue and the longest time limit, in seconds.
constexpr int kLongestTest = 60 + 300 + 30;

// What `state` says, as a whole check and each of its locations show it.
void show(Json& json, const store::CheckState& state) {
  json["status"] = state.status;
  json["status_since"] = time_or_null(state.since);
  json["last_result"] = json_or_null(state.last_result);
}

Json show_locations(pqxx::work& tx, const store::Check& check) {
  Json list = Json::array();
  for (const auto& [location, state] : store::located_states(tx, check.id)) {
    list.push_back({{"location", location}});
    show(list.back(), state);
  }
  return list;
}

Json show(const store::Check& check, const std::map<Uuid, store::CheckState>& states) {
  const auto found = states.find(check.id);
  const auto state = found == states.end() ? store::CheckState{} : found->second;
  Json json = {{"id", check.id.str()}};
  json.update(check_writable(check));
  show(json, state);
  json["version"] = check.version;
  json["created_at"] = to_rfc3339(check.created_at);
  json["updated_at"] = to_rfc3339(check.updated_at);
  return json;
}

void verify(pqxx::work& tx, const store::Check& check, std::vector<http::FieldError>& errors) {
  if (check.instance_id && !store::find_instance(tx, *check.instance_id)) {
    errors.push_back({"instance_id", "not_found", "no instance has this id"});
  }
}

Outcome<store::CheckQuery> read_query(const http::Request& request) {
  const auto known =
      known_query(request, {"limit", "cursor", "q", "kind", "status", "instance_id", "label"});
  if (!known) return tl::unexpected(known.error());
  const auto page = page_query(request);
  if (!page) return tl::unexpected(page.error());
  const auto labels = label_query(request);
  if (!labels) return tl::unexpected(labels.error());
  const auto instance = uuid_query(request, "instance_id");
  if (!instance) return tl::unexpected(instance.error());
  const auto kind = choice_query(request, "kind", check_kinds());
  if (!kind) return tl::unexpected(kind.error());
  const auto status = choice_query(request, "status", {"up", "down", "unknown"});
  if (!status) return tl::unexpected(status.error());
  return store::CheckQuery{.page = *page,
                           .text = request.query_one("q").value_or(""),
                           .kind = *kind,
                           .status = *status,
                           .instance_id = *instance,
                           .labels = *labels};
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = read_query(request);
  if (!query) return tl::unexpected(query.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto page = store::list_checks(tx, *query);
    std::vector<Uuid> ids;
    for (const auto& check : page.items) ids.push_back(check.id);
    const auto states = store::check_states(tx, ids);
    return page_answer(page, [&](const auto& row) { return show(row, states); });
  });
}

// The job goes to the workers of the check's location; its result comes back as telemetry does.
Result<contracts::Message> test_message(const Uuid& id, const store::Check& check) {
  Json body = check_writable(check);
  body["id"] = id.str();
  const auto definition = contracts::check_from_json(nlohmann::json::parse(body.dump()), "");
  if (!definition) return fail(definition.error());
  auto message = contracts::to_message(contracts::CheckTest{
      .test_id = id, .check = *definition, .location = definition->locations.front()});
  if (message.message_id.empty()) message.message_id = id.str();
  return message;
}

Outcome<http::Response> start_test(Context& context, const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  const auto check = read_check(fields);
  fields.ignore({"id", "version", "created_at", "updated_at"});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  const auto id = Uuid::make();
  const auto message = test_message(id, check);
  if (!message) return refuse(Fault::invalid, message.error().text);
  return in_transaction(context.database, [&](pqxx::work& tx) {
    store::insert_check_test(tx, id, message->body);
    store::kApiOutbox.append(tx, *message);
    store::append_audit(tx,
                        audit_entry(request, "check.test", id.str(), {{"target", check.target}}));
    auto response = json_answer(202, {{"id", id.str()}, {"state", "running"}});
    response.headers.emplace_back("Location", "/api/v1/checks/tests/" + id.str());
    return response;
  });
}

Outcome<http::Response> get_test(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto age = store::check_test_age(tx, *id);
    if (!age) return refuse(Fault::not_found, "nothing has this id");
    const auto result = store::find_check_test_result(tx, *id);
    if (!result && *age > kLongestTest) {
      const Json nobody = {{"status", "unknown"}, {"reason", "no checker of this location ran it"}};
      return json_answer(200, {{"id", id->str()}, {"state", "done"}, {"result", nobody}});
    }
    if (!result) return json_answer(200, {{"id", id->str()}, {"state", "running"}});
    return json_answer(200,
                       {{"id", id->str()}, {"state", "done"}, {"result", json_or_null(*result)}});
  });
}

}  // namespace

void add_check_routes(http::Router& router, Context& context) {
  using http::Method;
  Resource<store::Check> resource;
  resource.name = "check";
  resource.path = "/api/v1/checks";
  resource.read = read_check;
  resource.writable = check_writable;
  resource.show = [](pqxx::work& tx, const store::Check& check) {
    auto json = show(check, store::check_states(tx, {check.id}));
    json["locations_state"] = show_locations(tx, check);
    return json;
  };
  resource.verify = verify;
  resource.find = store::find_check;
  resource.insert = store::insert_check;
  resource.update = store::update_check;
  resource.remove = store::delete_check;
  mount(router, context.database, resource);
  mount(router, Method::get, resource.path, "read",
        [&context](const auto& request) { return list(context, request); });
  mount(router, Method::post, "/api/v1/checks/test", "write",
        [&context](const auto& request) { return start_test(context, request); });
  mount(router, Method::get, "/api/v1/checks/tests/:id", "read",
        [&context](const auto& request) { return get_test(context, request); });
  add_check_history_routes(router, context);
}

}  // namespace monitron::api
