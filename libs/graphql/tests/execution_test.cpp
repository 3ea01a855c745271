#include "graphql/execution.hpp"

#include "graphql/values.hpp"

#include <gtest/gtest.h>

namespace monitron::graphql {
namespace {

TEST(Execution, AnswersWhatWasAsked) {
  const Schema schema(
      {{.name = "Query",
        .fields = {{.name = "a",
                    .type = "A",
                    .arguments = {{.name = "b", .type = "Int!"}},
                    .resolve = once([](const FieldCall& call) {
                      return Output::object(call.arguments.at("b").get<int>());
                    })}}},
       {.name = "A", .fields = {{.name = "c", .type = "Int", .resolve = each<int>([](int b) {
                                                               return Output::leaf(b + 1);
                                                             })}}}});
  const auto document = parse("{ a(b:1) { c } }");
  ASSERT_TRUE(document);
  const auto response = execute(schema, *document, document->operations.front(), Json::object());
  EXPECT_EQ(to_json(response).dump(), R"({"data":{"a":{"c":2}}})");
}

}  // namespace
}  // namespace monitron::graphql
