#include "api/graphql/links.hpp"

#include <set>

namespace monitron::api {
namespace {

using graphql::FieldCall;
using graphql::Output;
using graphql::Type;

constexpr std::size_t kIdsAtOnce = 100;  // as lists of ids are taken
constexpr std::size_t kMostRows = 1000;  // of an answer
constexpr int kHistoryCost = 50;         // the samples of a check are read for it alone

// From a member that holds an id, or ids, to what has them.
struct Reference {
  const char* type;
  const char* field;
  const char* member;
  const char* path;  // a list that takes ids
};
constexpr Reference kReferences[] = {
    {"Check", "instance", "instance_id", "/api/v1/instances"},
    {"Group", "parent", "parent_id", "/api/v1/groups"},
    {"Relation", "instance", "instance_id", "/api/v1/instances"},
    {"Relation", "target", "target_id", "/api/v1/instances"},
    {"Rule", "check", "check_id", "/api/v1/checks"},
    {"Alert", "rule", "rule_id", "/api/v1/rules"},
    {"Alert", "incident", "incident_id", "/api/v1/incidents"},
    {"Incident", "rule", "rule_id", "/api/v1/rules"},
    {"LiveCheckResult", "check", "check_id", "/api/v1/checks"},
    {"StateChange", "check", "check_id", "/api/v1/checks"},
    {"AlertChange", "incident", "incident_id", "/api/v1/incidents"},
    {"IncidentChange", "incident", "incident_id", "/api/v1/incidents"},
    {"Dependency", "childCheck", "child_check_id", "/api/v1/checks"},
    {"Dependency", "parentChecks", "parents", "/api/v1/checks"},
};

// From a check to what it has done.
struct History {
  const char* field;
  const char* path;
};
constexpr History kHistories[] = {
    {"results", "/api/v1/checks/{id}/results"},
    {"events", "/api/v1/checks/{id}/events"},
};

std::string joined(const std::vector<std::string>& ids, std::size_t from, std::size_t count) {
  std::string text;
  for (std::size_t i = from; i < std::min(ids.size(), from + count); ++i) {
    text += (text.empty() ? "" : ",") + ids[i];
  }
  return text;
}

using ById = std::map<std::string, Json>;

Result<ById> find_all(Asking& asking, const std::string& path,
                      const std::vector<std::string>& ids) {
  ById found;
  for (std::size_t at = 0; at < ids.size(); at += kIdsAtOnce) {
    const auto page =
        asking.ask(http::Method::get, path,
                   {{"id", joined(ids, at, kIdsAtOnce)}, {"limit", std::to_string(kIdsAtOnce)}});
    if (!page) return fail(page.error());
    for (const auto& item : (*page)["items"]) found[item.value("id", "")] = item;
  }
  return found;
}

std::set<std::string> ids_in(const Json& parent, const char* member) {
  const auto value = parent.value(member, Json());
  if (value.is_string()) return {value.get<std::string>()};
  if (value.is_array()) return value.get<std::set<std::string>>();
  return {};
}

Output named_by(const Json& value, const ById& found) {
  const auto one = [&](const Json& id) {
    const auto at = id.is_string() ? found.find(id.get<std::string>()) : found.end();
    return at == found.end() ? Output::null() : Output::object(at->second);
  };
  if (!value.is_array()) return one(value);
  Output::List items;
  for (const auto& id : value) {
    if (auto item = one(id); !item.is_null()) items.push_back(std::move(item));
  }
  return Output::list(std::move(items));
}

graphql::Resolved follow(const FieldCall& call, const Reference& reference) {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < call.parents.size(); ++i) {
    ids.merge(ids_in(call.parent<Json>(i), reference.member));
  }
  const auto found = find_all(asking_of(call), reference.path, {ids.begin(), ids.end()});
  if (!found) return graphql::all_failed(call, found.error());
  graphql::Resolved results;
  for (std::size_t i = 0; i < call.parents.size(); ++i) {
    results.emplace_back(named_by(call.parent<Json>(i).value(reference.member, Json()), *found));
  }
  return results;
}

// The first `first` of each of the parents, with one more that tells whether there are more.
Result<std::map<std::string, Json>> rows_of_each(Asking& asking, const std::string& path,
                                                 Query query, const std::string& parameter,
                                                 const std::vector<std::string>& ids) {
  const auto limit = query.find("limit");
  const auto first = limit == query.end() ? kUsualPage : std::atoi(limit->second.c_str());
  if (first < 1 || first >= static_cast<int>(kMostRows)) {
    return fail(Fault::invalid, "first: must be a whole number from 1 to 999");
  }
  query.erase("limit");
  const auto each = static_cast<std::size_t>(first) + 1;
  const auto at_once = std::clamp<std::size_t>(kMostRows / each, 1, kIdsAtOnce);
  std::map<std::string, Json> rows;
  for (std::size_t at = 0; at < ids.size(); at += at_once) {
    auto asked = query;
    asked.emplace(parameter, joined(ids, at, at_once));
    asked.emplace("limit_each", std::to_string(each));
    asked.emplace("limit", std::to_string(kMostRows));
    auto page = asking.ask(http::Method::get, path, std::move(asked));
    if (!page) return fail(page.error());
    for (auto& item : (*page)["items"]) {
      auto& mine = rows[item.value(parameter, "")];
      if (mine.is_null()) mine = Json::array();
      mine.push_back(std::move(item));
    }
  }
  for (auto& [id, mine] : rows) {
    const bool more = mine.size() >= each;
    if (more) mine.erase(mine.size() - 1);
    mine = {{"items", std::move(mine)}, {"next_cursor", more ? Json("more") : Json(nullptr)}};
  }
  return rows;
}

// The checks of instances.
graphql::FieldDefinition checks_of_instance(Connections& connections, Types& types,
                                            const Description& description) {
  constexpr auto kPath = "/api/v1/checks";
  const auto operation = description.operation(http::Method::get, kPath);
  const Arguments arguments(types, description, operation, "Check",
                            {"id", "instance_id", "limit_each"});
  return {.name = "checks",
          .type = connections.type_of(operation),
          .description = "What is checked on it.",
          .arguments = arguments.definitions(),
          .resolve = [arguments](const FieldCall& call) {
            std::vector<std::string> ids;
            for (std::size_t i = 0; i < call.parents.size(); ++i) {
              ids.push_back(call.parent<Json>(i).value("id", ""));
            }
            auto query = arguments.query(call.arguments);
            const bool later = query.count("cursor") > 0;
            const bool by_id = query.count("sort") == 0;
            const auto rows =
                rows_of_each(asking_of(call), kPath, std::move(query), "instance_id", ids);
            if (!rows) return graphql::all_failed(call, rows.error());
            graphql::Resolved results;
            for (const auto& id : ids) {
              const auto found = rows->find(id);
              Json page = {{"items", Json::array()}, {"next_cursor", nullptr}};
              if (found != rows->end()) page = found->second;
              results.emplace_back(Output::object(ListPage{std::move(page), later, by_id}));
            }
            return results;
          }};
}

graphql::FieldDefinition history_of_check(Connections& connections, Types& types,
                                          const Description& description, const History& history) {
  const auto operation = description.operation(http::Method::get, history.path);
  const Arguments arguments(types, description, operation, connections.node_of(operation), {"id"});
  return {.name = history.field,
          .type = connections.type_of(operation),
          .description = "Newest first.",
          .arguments = arguments.definitions(),
          .resolve =
              [arguments, history](const FieldCall& call) {
                graphql::Resolved results;
                for (std::size_t i = 0; i < call.parents.size(); ++i) {
                  const auto path =
                      with_id(history.path, "id", call.parent<Json>(i).value("id", ""));
                  auto query = arguments.query(call.arguments);
                  const bool later = query.count("cursor") > 0;
                  auto page = asking_of(call).ask(http::Method::get, *path, std::move(query));
                  if (page) {
                    results.emplace_back(Output::object(ListPage{std::move(*page), later, false}));
                  } else {
                    results.emplace_back(fail(page.error()));
                  }
                }
                return results;
              },
          .cost = kHistoryCost};
}

}  // namespace

void add_links(Types& types, const Description& description) {
  Connections connections(types, description);
  for (const auto& reference : kReferences) {
    const auto operation = description.operation(http::Method::get, reference.path);
    const auto node = Type::named(connections.node_of(operation));
    const bool several = std::string_view(reference.member) == "parents";
    auto& fields = types.definition(reference.type).fields;
    fields.push_back(
        {.name = reference.field,
         .type = several ? node.not_null().in_list() : node,
         .resolve = [reference](const FieldCall& call) { return follow(call, reference); }});
  }
  auto checks = checks_of_instance(connections, types, description);
  types.definition("Instance").fields.push_back(std::move(checks));
  for (const auto& history : kHistories) {
    auto field = history_of_check(connections, types, description, history);
    types.definition("Check").fields.push_back(std::move(field));
  }
}

}  // namespace monitron::api
