// A request on a small schema with a part of every kind: parsed, validated, limited, executed.

#include "fuzz.hpp"
#include "graphql/execution.hpp"

namespace {

using namespace monitron::graphql;

const Schema& small_schema() {
  // Hosts below hosts, without end; all that a field may be given comes back as text.
  static const auto kHost = once([](const FieldCall&) { return Output::object(true, "Host"); });
  static const auto kHosts = [](const FieldCall& call) {
    Resolved results;
    for (std::size_t i = 0; i < call.parents.size(); ++i) {
      Output::List items;
      items.push_back(Output::object(true, "Host"));
      items.push_back(Output::object(true, "Query"));
      results.emplace_back(Output::list(std::move(items)));
    }
    return results;
  };
  static const auto kText =
      once([](const FieldCall& call) { return Output::leaf(call.arguments.dump()); });
  static const std::vector<InputValue> kInputs{
      {.name = "f", .type = "Filter"},
      {.name = "first", .type = "Int", .default_value = 2},
      {.name = "x", .type = "[[Float!]]"},
      {.name = "e", .type = "State!", .default_value = "UP"}};
  static const std::vector<FieldDefinition> kFields{
      {.name = "a", .type = "String", .arguments = kInputs, .resolve = kText},
      {.name = "b", .type = "Host", .resolve = kHost},
      {.name = "c", .type = "[Any!]!", .arguments = kInputs, .resolve = kHosts},
      {.name = "n", .type = "Node", .resolve = kHost}};
  static const Schema kSchema(
      {{.name = "Query", .fields = kFields},
       {.name = "Host", .fields = kFields, .interfaces = {"Node"}},
       {.name = "Mutation", .fields = kFields},
       {.kind = TypeKind::interface, .name = "Node", .fields = {{.name = "a", .type = "String"}}},
       {.kind = TypeKind::union_, .name = "Any", .members = {"Host", "Query"}},
       {.kind = TypeKind::enumeration,
        .name = "State",
        .values = {{.name = "UP"}, {.name = "DOWN"}}},
       {.kind = TypeKind::input_object,
        .name = "Filter",
        .input_fields = {{.name = "f", .type = "Filter"}, {.name = "s", .type = "[ID!]"}}}});
  return kSchema;
}

}  // namespace

MONITRON_FUZZ(graphql) {
  using monitron::fuzz::must;
  using monitron::fuzz::must_be_text;
  const auto request = prepare(small_schema(), {.query = std::string(bytes)},
                               {.cost = 1'000, .introspection = true});
  if (!request) {
    must(!request.error().empty(), "refused without a reason");
    for (const auto& error : request.error()) {
      must_be_text(error.message, "a message");
      must(!error.message.empty() && !error.code.empty(), "an error without text or code");
      for (const auto& at : error.locations) must(at.line > 0 && at.column > 0, "no place");
    }
    return;
  }
  // What was accepted is executed, and no resolver here fails.
  const auto response = execute(small_schema(), *request);
  for (const auto& error : response.errors) must(error.code == "invalid", error.message);
  must(response.data.has_value() && response.data->is_object(), "no data");
}
