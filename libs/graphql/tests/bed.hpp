#pragma once
// A small schema of all kinds of types, with hosts and checks behind it.

#include "graphql/execution.hpp"
#include "graphql/validation.hpp"

#include <gtest/gtest.h>

namespace monitron::graphql {

struct Host {
  int id = 0;
  int parent = 0;  // 0: none
};
struct Check {
  int id = 0;
  int host = 0;
};

// The context of a request: what was called how often, and for how many parents in all.
struct World {
  std::map<std::string, std::pair<int, std::size_t>> calls{};
  std::vector<std::string> order{};
  int names = 0;
};

// `resolve` with its calls counted in the World.
inline Resolver counted(std::string name, Resolver resolve) {
  return [name = std::move(name), resolve = std::move(resolve)](const FieldCall& call) {
    if (auto* world = static_cast<World*>(call.context)) {
      auto& [calls, parents] = world->calls[name];
      ++calls;
      parents += call.parents.size();
      world->order.push_back(name);
    }
    return resolve(call);
  };
}

inline Output hosts(int first) {
  Output::List items;
  for (int id = 1; id <= first; ++id) items.push_back(Output::object(Host{id, id - 1}));
  return Output::list(std::move(items));
}

template <class Watched>
FieldDefinition id_field() {
  return {.name = "id", .type = "ID!", .resolve = each<Watched>([](const Watched& one) {
                                         return Output::leaf(one.id);
                                       })};
}

template <class Watched>
FieldDefinition name_field(const char* prefix) {
  return {.name = "name", .type = "String!", .resolve = each<Watched>([prefix](const Watched& one) {
                                               return Output::leaf(prefix + std::to_string(one.id));
                                             })};
}

inline TypeDefinition host_type() {
  const auto checks = [](const FieldCall& call) {
    Resolved results;
    const int first = call.arguments.value("first", 0);
    for (std::size_t i = 0; i < call.parents.size(); ++i) {
      Output::List items;
      const int host = call.parent<Host>(i).id;
      for (int n = 1; n <= first; ++n) items.push_back(Output::object(Check{host * 10 + n, host}));
      results.emplace_back(Output::list(std::move(items)));
    }
    return results;
  };
  // Fails for the second host, as a server that is away does; the third has a mistake of ours.
  const auto load = each<Host>([](const Host& host) -> Result<Output> {
    if (host.id == 2) return fail(Fault::unavailable, "storage is away");
    if (host.id == 3) return fail(Fault::bug, "a secret of ours");
    return Output::leaf(host.id * 0.5);
  });
  return {.name = "Host",
          .description = "A machine.",
          .fields = {id_field<Host>(),
                     name_field<Host>("host"),
                     {.name = "state", .type = "State", .resolve = each<Host>([](const Host& host) {
                                                          return Output::leaf(
                                                              host.id == 4 ? "BROKEN" : "UP");
                                                        })},
                     {.name = "load",
                      .type = "Float",
                      .arguments = {{.name = "unit", .type = "Unit", .default_value = "PERCENT"}},
                      .resolve = load},
                     {.name = "mustLoad", .type = "Float!", .resolve = load},
                     {.name = "checks",
                      .type = "[Check!]!",
                      .description = "What is looked at.",
                      .arguments = {{.name = "first", .type = "Int", .default_value = 2}},
                      .resolve = counted("checks", checks)},
                     {.name = "tags", .type = "[String]", .resolve = each<Host>([](const Host&) {
                                                            Output::List tags;
                                                            tags.push_back(Output::leaf("a"));
                                                            tags.push_back(Output::null());
                                                            return Output::list(std::move(tags));
                                                          })},
                     {.name = "address",
                      .type = "String",
                      .deprecation_reason = "Ask for \"name\".",
                      .resolve = each<Host>([](const Host&) { return Output::null(); })},
                     {.name = "parent", .type = "Host", .resolve = each<Host>([](const Host& host) {
                                                          return host.parent == 0
                                                                     ? Output::null()
                                                                     : Output::object(
                                                                           Host{host.parent});
                                                        })}},
          .interfaces = {"Watched"}};
}

inline TypeDefinition check_type() {
  return {.name = "Check",
          .fields = {id_field<Check>(),
                     name_field<Check>("check"),
                     {.name = "state", .type = "String", .resolve = each<Check>([](const Check&) {
                                                           return Output::leaf("fine");
                                                         })},
                     {.name = "interval", .type = "Int!", .resolve = each<Check>([](const Check&) {
                                                            return Output::leaf(60);
                                                          })},
                     {.name = "host",
                      .type = "Host!",
                      .resolve = counted("check.host", each<Check>([](const Check& check) {
                                           return Output::object(Host{check.host});
                                         }))}},
          .interfaces = {"Watched"}};
}

inline TypeDefinition query_type() {
  const auto mixed = once([](const FieldCall&) {
    Output::List items;
    items.push_back(Output::object(Host{1}, "Host"));
    items.push_back(Output::object(Check{2, 1}, "Check"));
    items.push_back(Output::object(Host{3}, "Host"));
    return Output::list(std::move(items));
  });
  const auto host = once([](const FieldCall& call) -> Result<Output> {
    const auto id = call.arguments.at("id").get<std::string>();
    if (id == "0") return fail(Fault::not_found, "There is no such host.");
    return Output::object(Host{std::stoi(id), 0});
  });
  const auto echo = once([](const FieldCall& call) { return Output::leaf(call.arguments.dump()); });
  return {.name = "Query",
          .fields = {
              {.name = "version", .type = "String!", .resolve = once([](const FieldCall&) {
                                                       return Output::leaf("1.0");
                                                     })},
              {.name = "host",
               .type = "Host",
               .arguments = {{.name = "id", .type = "ID!"}},
               .resolve = host},
              {.name = "hosts",
               .type = "[Host!]!",
               .arguments = {{.name = "first", .type = "Int", .default_value = 10},
                             {.name = "last", .type = "Int"},
                             {.name = "filter", .type = "Filter"}},
               .resolve = counted("hosts", once([](const FieldCall& call) {
                                    return hosts(call.arguments.value("first", 0));
                                  }))},
              {.name = "watched", .type = "[Watched!]", .resolve = mixed},
              {.name = "found",
               .type = "[Found!]!",
               .arguments = {{.name = "ids", .type = "[ID!]"}, {.name = "at", .type = "Instant"}},
               .resolve = mixed},
              {.name = "echo",
               .type = "String",
               .arguments = {{.name = "filter", .type = "Filter"},
                             {.name = "on", .type = "Boolean!", .default_value = true},
                             {.name = "number", .type = "Float"},
                             {.name = "states", .type = "[State!]"},
                             {.name = "grid", .type = "[[Int]]"}},
               .resolve = echo},
          }};
}

inline TypeDefinition mutation_type() {
  const auto bump = counted("bump", once([](const FieldCall& call) {
                              auto* world = static_cast<World*>(call.context);
                              return Output::object(Host{++world->names, 0});
                            }));
  return {
      .name = "Mutation",
      .fields = {{.name = "bump", .type = "Host!", .resolve = bump},
                 {.name = "rename",
                  .type = "Host",
                  .arguments = {{.name = "id", .type = "ID!"}, {.name = "name", .type = "String!"}},
                  .resolve = bump}}};
}

inline TypeDefinition subscription_type() {
  return {.name = "Subscription",
          .fields = {{.name = "changed",
                      .type = "Host!",
                      .arguments = {{.name = "id", .type = "ID"}},
                      .resolve = each<Host>([](const Host& host) { return Output::object(host); }),
                      .subscribe = [](const SubscribeCall& call) -> Result<std::any> {
                        return std::any(call.arguments.value("id", "all"));
                      }},
                     {.name = "gone",
                      .type = "Int",
                      .resolve = once([](const FieldCall&) { return Output::leaf(1); }),
                      .subscribe = [](const SubscribeCall&) -> Result<std::any> {
                        return fail(Fault::denied, "not for you");
                      }}}};
}

inline Schema bed_schema() {
  const auto as_is = [](const Json& value) -> Result<Json> {
    if (!value.is_string()) return fail(Fault::invalid, "expected a time");
    return value;
  };
  return Schema(
      {query_type(),
       host_type(),
       check_type(),
       mutation_type(),
       subscription_type(),
       {.kind = TypeKind::interface,
        .name = "Watched",
        .fields = {{.name = "id", .type = "ID!"}, {.name = "name", .type = "String!"}}},
       {.kind = TypeKind::interface,
        .name = "Unused",
        .fields = {{.name = "nobody", .type = "Int"}}},
       {.kind = TypeKind::union_, .name = "Found", .members = {"Host", "Check"}},
       {.kind = TypeKind::enumeration,
        .name = "State",
        .values = {{.name = "UP", .description = "It answers."},
                   {.name = "DOWN"},
                   {.name = "GONE", .deprecation_reason = "Nobody is gone."}}},
       {.kind = TypeKind::enumeration, .name = "Unit", .values = {{.name = "PERCENT"}}},
       {.kind = TypeKind::input_object,
        .name = "Filter",
        .input_fields = {{.name = "limit", .type = "Int!"},
                         {.name = "state", .type = "State", .default_value = "UP"},
                         {.name = "names", .type = "[String!]"},
                         {.name = "inner", .type = "Filter"},
                         {.name = "strict", .type = "Boolean!", .default_value = false}}},
       {.kind = TypeKind::scalar,
        .name = "Instant",
        .specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339",
        .parse = as_is,
        .serialize = as_is}},
      {{.name = "cached",
        .locations = {"QUERY", "FIELD", "VARIABLE_DEFINITION", "FRAGMENT_DEFINITION"},
        .arguments = {{.name = "seconds", .type = "Int!"}, {.name = "key", .type = "String"}}}});
}

inline const Schema& bed() {
  static const Schema schema = bed_schema();
  return schema;
}

inline std::string shown(const RequestError& error) {
  std::string text;
  for (const auto& at : error.locations) {
    text += std::to_string(at.line) + ":" + std::to_string(at.column) + " ";
  }
  return text + error.message;
}

inline std::vector<std::string> shown(const std::vector<RequestError>& errors) {
  std::vector<std::string> texts;
  for (const auto& error : errors) texts.push_back(shown(error));
  return texts;
}

using Strings = std::vector<std::string>;

// What validation says about a query on the schema above.
inline Strings problems(std::string_view query) {
  const auto document = parse(query);
  return document ? shown(validate(bed(), *document)) : shown(document.error());
}

// The answer to a query on the schema above, or the refusal.
inline std::string answer(const std::string& query, const Json& variables = {},
                          World* world = nullptr, const std::string& operation = "") {
  const auto request =
      prepare(bed(), {.query = query, .operation_name = operation, .variables = variables});
  if (!request) return to_json(Response{.errors = request.error()}).dump();
  return to_json(execute(bed(), *request, {.context = world})).dump();
}

}  // namespace monitron::graphql
