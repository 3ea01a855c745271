#include "api/graphql/actions.hpp"

namespace monitron::api {
namespace {

using graphql::Output;
using http::Method;

struct Action {
  const char* field;
  Method method;
  const char* path;
  const char* body = "";   // JSON; "": made of the arguments
  const char* shows = "";  // what is shown of it, when the route itself answers with nothing
  const char* description = "";
};
constexpr Action kActions[] = {
    {"acknowledgeIncident", Method::put, "/api/v1/incidents/{id}/acknowledgement"},
    {"unacknowledgeIncident", Method::delete_, "/api/v1/incidents/{id}/acknowledgement", "",
     "/api/v1/incidents/{id}", "Take the acknowledgement back"},
    {"assignIncident", Method::put, "/api/v1/incidents/{id}/assignee"},
    {"addIncidentNote", Method::post, "/api/v1/incidents/{id}/notes"},
    {"createSilence", Method::post, "/api/v1/silences"},
    {"endSilence", Method::delete_, "/api/v1/silences/{id}", "", "/api/v1/silences/{id}"},
    {"runCheck", Method::post, "/api/v1/checks/{id}/run"},
    {"enableCheck", Method::patch, "/api/v1/checks/{id}", R"({"enabled":true})", "",
     "Let a check run"},
    {"disableCheck", Method::patch, "/api/v1/checks/{id}", R"({"enabled":false})", "",
     "Pause a check"},
};

Result<Json> act(Asking& asking, const Action& action, const Arguments& arguments,
                 const Json& given) {
  const auto path = arguments.path(given);
  if (!path) return fail(path.error());
  const std::string_view fixed = action.body;
  const auto body = fixed.empty() ? arguments.body(given) : Json::parse(fixed);
  auto done = asking.ask(action.method, *path, arguments.query(given), body);
  if (!done || std::string_view(action.shows).empty()) return done;
  return asking.ask(Method::get, *with_id(action.shows, "id", given.at("id").get<std::string>()));
}

graphql::FieldDefinition field_of(Types& types, const Description& description,
                                  const Action& action) {
  auto operation = description.operation(action.method, action.path);
  const auto shown = std::string_view(action.shows).empty()
                         ? operation.answer
                         : description.operation(Method::get, action.shows).answer;
  if (!std::string_view(action.body).empty()) operation.body = nullptr;
  const Arguments arguments(types, description, operation, action.field);
  const std::string text = action.description;
  return {.name = action.field,
          .type = types.output(shown, action.field),
          .description = text.empty() ? operation.summary : text,
          .arguments = arguments.definitions(),
          .resolve =
              graphql::once([action, arguments](const graphql::FieldCall& call) -> Result<Output> {
                auto done = act(asking_of(call), action, arguments, call.arguments);
                if (!done) return fail(done.error());
                return Output::object(std::move(*done));
              }),
          .cost = 20};
}

}  // namespace

graphql::TypeDefinition mutation_type(Types& types, const Description& description) {
  graphql::TypeDefinition type{.name = "Mutation"};
  for (const auto& action : kActions) {
    type.fields.push_back(field_of(types, description, action));
  }
  return type;
}

}  // namespace monitron::api
