#include "api/graphql/schema.hpp"

#include "api/graphql/actions.hpp"
#include "api/graphql/links.hpp"
#include "api/graphql/live.hpp"
#include "api/graphql/series.hpp"

namespace monitron::api {
namespace {

using graphql::Output;

constexpr List kLists[] = {
    {"instances", "/api/v1/instances", true},
    {"groups", "/api/v1/groups", true},
    {"relations", "/api/v1/relations", true},
    {"checks", "/api/v1/checks", true},
    {"alerts", "/api/v1/alerts"},
    {"incidents", "/api/v1/incidents", true},
    {"silences", "/api/v1/silences"},
    {"maintenanceWindows", "/api/v1/maintenance-windows", true},
    {"dependencies", "/api/v1/dependencies", true},
    {"dashboards", "/api/v1/dashboards", true},
    {"statusPages", "/api/v1/status-pages", true},
    {"statusPosts", "/api/v1/status-posts", true},
    {"rules", "/api/v1/rules", true},
    {"reports", "/api/v1/reports", true},
    {"reportSchedules", "/api/v1/report-schedules", true},
    {"channels", "/api/v1/channels", true},
    {"subscriptions", "/api/v1/subscriptions", true},
    {"users", "/api/v1/users", true},
};

struct One {
  const char* field;
  const char* path;
};
constexpr One kOnes[] = {
    {"me", "/api/v1/me"},
    {"overview", "/api/v1/overview"},
    {"instance", "/api/v1/instances/{id}"},
    {"check", "/api/v1/checks/{id}"},
    {"checkTest", "/api/v1/checks/tests/{id}"},
    {"incident", "/api/v1/incidents/{id}"},
    {"incidentSummary", "/api/v1/incidents/summary"},
    {"silence", "/api/v1/silences/{id}"},
    {"maintenanceWindow", "/api/v1/maintenance-windows/{id}"},
    {"dependency", "/api/v1/dependencies/{id}"},
    {"dashboard", "/api/v1/dashboards/{id}"},
    {"statusPage", "/api/v1/status-pages/{id}"},
    {"statusPost", "/api/v1/status-posts/{id}"},
    {"rule", "/api/v1/rules/{id}"},
    {"report", "/api/v1/reports/{id}"},
    {"reportSchedule", "/api/v1/report-schedules/{id}"},
};

graphql::FieldDefinition field_of(Types& types, const Description& description, const One& one) {
  const auto operation = description.operation(http::Method::get, one.path);
  const Arguments arguments(types, description, operation, one.field);
  return {.name = one.field,
          .type = types.output(operation.answer, one.field),
          .description = operation.summary,
          .arguments = arguments.definitions(),
          .resolve = graphql::once([arguments](const graphql::FieldCall& call) -> Result<Output> {
            const auto path = arguments.path(call.arguments);
            if (!path) return fail(path.error());
            auto found =
                asking_of(call).ask(http::Method::get, *path, arguments.query(call.arguments));
            if (!found) return fail(found.error());
            return Output::object(std::move(*found));
          })};
}

}  // namespace

graphql::Schema graphql_schema(const Description& description) {
  Types types(description);
  Connections connections(types, description);
  graphql::TypeDefinition query{.name = "Query"};
  for (const auto& one : kOnes) query.fields.push_back(field_of(types, description, one));
  for (const auto& list : kLists) query.fields.push_back(connections.field(list));
  add_series_fields(query, types, description);
  types.add(subscription_type(types, description));
  add_links(types, description);
  types.add(std::move(query));
  types.add(mutation_type(types, description));
  return graphql::Schema(types.take());
}

}  // namespace monitron::api
