#include "api/graphql/live.hpp"

#include "api/graphql/arguments.hpp"

namespace monitron::api {
namespace {

using graphql::Output;

constexpr const char* kStream = "/api/v1/stream";

struct Told {
  const char* field;
  const char* topic;
  const char* type;    // of the stream's events
  const char* schema;  // that describes them
  const char* description;
  std::vector<std::string> left_out;  // of the stream's parameters
};

const std::vector<Told>& all_told() {
  static const std::vector<Told> all = {
      {"samples",
       "metrics",
       "metric",
       "LiveSample",
       "Samples, some seven times a second.",
       {"after"}},
      {"checkResults",
       "checks",
       "check",
       "LiveCheckResult",
       "Each result of each check.",
       {"after", "metric_type", "metric_name"}},
      {"stateChanges",
       "states",
       "state",
       "StateChange",
       "Of checks: only what changed, also that one begins or ends to flap or to warn.",
       {"metric_type", "metric_name"}},
      {"alertChanges",
       "alerts",
       "alert",
       "AlertChange",
       "Alerts that begin and end.",
       {"metric_type", "metric_name"}},
      {"incidentChanges",
       "alerts",
       "incident",
       "IncidentChange",
       "What people do about incidents.",
       {"metric_type", "metric_name"}},
  };
  return all;
}

// Read as the stream reads its address.
Result<std::any> source_of(const Told& told, const graphql::SubscribeCall& call) {
  http::Request request;
  request.query.emplace("topics", told.topic);
  for (const auto* name : {"server_id", "metric_type", "metric_name", "label", "after"}) {
    const auto given = call.arguments.find(argument_name(name));
    if (given == call.arguments.end() || given->is_null()) continue;
    const auto values = given->is_array() ? *given : Json::array({*given});
    for (const auto& value : values) {
      if (value.is_string()) request.query.emplace(name, value.get<std::string>());
    }
  }
  auto wishes = read_stream_wishes(request);
  if (!wishes) return fail(wishes.error());
  return std::any(LiveSource{.wishes = *std::move(wishes),
                             .type = told.type,
                             .gathered = std::string_view(told.type) == "metric"});
}

graphql::TypeDefinition samples_type() {
  return {.name = "LiveSamples",
          .fields = {{.name = "nodes",
                      .type = "[LiveSample!]!",
                      .resolve = graphql::each<LiveSamples>([](const LiveSamples& all) {
                        return output_of(all.samples, "[LiveSample!]!", true);
                      })},
                     {.name = "leftOut",
                      .type = "Int!",
                      .description = "So many more came at once than are sent at once.",
                      .resolve = graphql::each<LiveSamples>(
                          [](const LiveSamples& all) { return Output::leaf(all.left_out); })}}};
}

// The event itself, whatever it is.
graphql::Resolver event() {
  return [](const graphql::FieldCall& call) {
    graphql::Resolved results;
    for (const auto* parent : call.parents) results.emplace_back(Output::object(*parent));
    return results;
  };
}

}  // namespace

graphql::TypeDefinition subscription_type(Types& types, const Description& description) {
  const auto operation = description.operation(http::Method::get, kStream);
  graphql::TypeDefinition root{.name = "Subscription"};
  types.add(samples_type());
  for (const auto& told : all_told()) {
    auto left_out = told.left_out;
    left_out.insert(left_out.end(), {"ticket", "topics", "format"});
    const Arguments arguments(types, description, operation, told.field, left_out);
    const Json schema = {{"$ref", "#/components/schemas/" + std::string(told.schema)}};
    const auto type = types.output(schema, told.schema);
    const bool gathered = std::string_view(told.type) == "metric";
    root.fields.push_back({.name = told.field,
                           .type = gathered ? graphql::Type("LiveSamples!") : type.not_null(),
                           .description = told.description,
                           .arguments = arguments.definitions(),
                           .resolve = event(),
                           .subscribe = [&told](const graphql::SubscribeCall& call) {
                             return source_of(told, call);
                           }});
  }
  return root;
}

}  // namespace monitron::api
