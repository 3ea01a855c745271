#include "api/graphql/series.hpp"

namespace monitron::api {
namespace {

using graphql::each;
using graphql::Output;

constexpr int kCost = 500;  // of a query; what it may read has limits of its own

// Whatever kind of result it is, as series with their points.
Output series_of(const Json& answer) {
  const auto type = answer["data"].value("resultType", "");
  const auto& result = answer["data"]["result"];
  if (type != "matrix" && type != "vector") {
    return Output::list(
        {Output::object(Json{{"metric", Json::object()}, {"values", Json::array({result})}})});
  }
  Output::List all;
  for (const auto& one : result) {
    const auto values = one.contains("values") ? one["values"] : Json::array({one["value"]});
    all.push_back(Output::object(Json{{"metric", one["metric"]}, {"values", values}}));
  }
  return Output::list(std::move(all));
}

graphql::TypeDefinition series_type() {
  return {
      .name = "Series",
      .fields = {
          {.name = "metric",
           .type = "JSON!",
           .description = "Its labels; its name is __name__.",
           .resolve = each<Json>([](const Json& one) { return Output::leaf(one["metric"]); })},
          {.name = "values",
           .type = "JSON!",
           .description = "Points in order of time, each [Unix seconds, \"value\"].",
           .resolve = each<Json>([](const Json& one) { return Output::leaf(one["values"]); })}}};
}

graphql::TypeDefinition result_type() {
  return {.name = "QueryResult",
          .fields = {{.name = "resultType",
                      .type = "String!",
                      .description = "One of: matrix, vector, scalar, string.",
                      .resolve = each<Json>([](const Json& answer) {
                        return Output::leaf(answer["data"]["resultType"]);
                      })},
                     {.name = "series", .type = "[Series!]!", .resolve = each<Json>(series_of)},
                     {.name = "warnings",
                      .type = "[String!]!",
                      .resolve = each<Json>([](const Json& answer) {
                        return output_of(answer.value("warnings", Json::array()), "[String!]!",
                                         false);
                      })}}};
}

}  // namespace

void add_series_fields(graphql::TypeDefinition& query, Types& types,
                       const Description& description) {
  types.add(series_type());
  types.add(result_type());
  for (const auto& [field, path] :
       {std::pair{"query", "/api/v1/query"}, {"queryRange", "/api/v1/query_range"}}) {
    const auto operation = description.operation(http::Method::get, path);
    const Arguments arguments(types, description, operation, field, {"stats", "limit"});
    query.fields.push_back(
        {.name = field,
         .type = "QueryResult",
         .description = operation.summary,
         .arguments = arguments.definitions(),
         .resolve = graphql::once(
             [arguments, path = path](const graphql::FieldCall& call) -> Result<Output> {
               auto answer =
                   asking_of(call).ask(http::Method::get, path, arguments.query(call.arguments));
               if (!answer) return fail(answer.error());
               return Output::object(std::move(*answer));
             }),
         .cost = kCost});
  }
}

}  // namespace monitron::api
