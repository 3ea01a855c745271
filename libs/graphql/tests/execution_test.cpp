#include "bed.hpp"

namespace monitron::graphql {
namespace {

TEST(Execution, AnswersInTheOrderOfTheQuestion) {
  EXPECT_EQ(
      answer("{ z: version host(id: 7) { name id __typename } a: version }"),
      R"({"data":{"z":"1.0","host":{"name":"host7","id":"7","__typename":"Host"},"a":"1.0"}})");
}

TEST(Execution, JoinsWhatIsAskedTwice) {
  EXPECT_EQ(answer("{ host(id: 7) { id } version host(id: 7) { name id } }"),
            R"({"data":{"host":{"id":"7","name":"host7"},"version":"1.0"}})");
}

TEST(Execution, TakesFieldsOfFragmentsThatApply) {
  EXPECT_EQ(answer("{ watched { ...W ... on Host { load } ... on Check { interval } } }"
                   " fragment W on Watched { id __typename }"),
            R"({"errors":[{"message":"Internal error.","locations":[{"line":1,"column":32}],)"
            R"("path":["watched",2,"load"],"extensions":{"code":"bug"}}],"data":{"watched":[)"
            R"({"id":"1","__typename":"Host","load":0.5},)"
            R"({"id":"2","__typename":"Check","interval":60},)"
            R"({"id":"3","__typename":"Host","load":null}]}})");
}

TEST(Execution, LeavesOutWhatDirectivesSay) {
  const std::string query =
      "query ($yes: Boolean!, $no: Boolean!) { a: version @skip(if: $yes) b: version @skip(if: $no)"
      " c: version @include(if: $yes) d: version @include(if: $no)"
      " ... @include(if: $no) { e: version } ...F @skip(if: $yes)"
      " g: version @include(if: $yes) @skip(if: $yes) } fragment F on Query { f: version }";
  EXPECT_EQ(answer(query, {{"yes", true}, {"no", false}}), R"({"data":{"b":"1.0","c":"1.0"}})");
}

TEST(Execution, ResolvesAFieldOncePerLevel) {
  World world;
  answer("{ hosts(first: 5) { checks(first: 3) { host { id } } } }", {}, &world);
  EXPECT_EQ(world.calls["hosts"], (std::pair<int, std::size_t>(1, 1)));
  EXPECT_EQ(world.calls["checks"], (std::pair<int, std::size_t>(1, 5)));
  EXPECT_EQ(world.calls["check.host"], (std::pair<int, std::size_t>(1, 15)));
}

TEST(Execution, ResolvesAFieldOncePerTypeOfAnAbstractLevel) {
  World world;
  answer("{ watched { ... on Host { checks { id } } ... on Check { host { id } } } }", {}, &world);
  EXPECT_EQ(world.calls["checks"], (std::pair<int, std::size_t>(1, 2)));
  EXPECT_EQ(world.calls["check.host"], (std::pair<int, std::size_t>(1, 1)));
}

TEST(Execution, AnErrorIsNullWhereItHappened) {
  EXPECT_EQ(answer("{ hosts(first: 2) { id load } }"),
            R"({"errors":[{"message":"storage is away","locations":[{"line":1,"column":24}],)"
            R"("path":["hosts",1,"load"],"extensions":{"code":"unavailable"}}],"data":{"hosts":[)"
            R"({"id":"1","load":0.5},{"id":"2","load":null}]}})");
  EXPECT_EQ(
      answer("{ version host(id: 0) { id } }"),
      R"({"errors":[{"message":"There is no such host.","locations":[{"line":1,"column":11}],)"
      R"("path":["host"],"extensions":{"code":"not_found"}}],)"
      R"("data":{"version":"1.0","host":null}})");
}

TEST(Execution, NullGoesUpToWhereItMayBe) {
  // The host is an item that must not be null, of a list that must not be null: all is lost.
  EXPECT_EQ(answer("{ version hosts(first: 2) { id mustLoad } }"),
            R"({"errors":[{"message":"storage is away","locations":[{"line":1,"column":32}],)"
            R"("path":["hosts",1,"mustLoad"],"extensions":{"code":"unavailable"}}],"data":null})");
  // Here the parent of the third host may be null.
  const auto parent = Json::parse(answer("{ hosts(first: 4) { id parent { id mustLoad } } }"));
  EXPECT_EQ(parent["data"].dump(),
            R"({"hosts":[{"id":"1","parent":null},{"id":"2","parent":{"id":"1","mustLoad":0.5}},)"
            R"({"id":"3","parent":null},{"id":"4","parent":null}]})");
  EXPECT_EQ(parent["errors"][0]["path"].dump(), R"(["hosts",2,"parent","mustLoad"])");
  EXPECT_EQ(parent["errors"].size(), 2U);
}

TEST(Execution, WhatIsLostIsNotResolvedAnyMore) {
  World world;
  const auto all =
      Json::parse(answer("{ hosts(first: 3) { mustLoad checks { id } } }", {}, &world));
  EXPECT_TRUE(all["data"].is_null());
  EXPECT_EQ(world.calls.count("checks"), 0U);
}

TEST(Execution, ItemsMayBeNullOnTheirOwn) {
  EXPECT_EQ(answer("{ host(id: 1) { tags } }"), R"({"data":{"host":{"tags":["a",null]}}})");
}

TEST(Execution, TheTextOfABugStaysHere) {
  std::vector<std::string> told;
  const auto request =
      prepare(bed(), {.query = "{ host(id: 3) { load } h: host(id: 4) { state } }"});
  ASSERT_TRUE(request);
  const auto response =
      execute(bed(), *request, {.on_bug = [&](const std::string& field, const Error& error) {
                told.push_back(field + ": " + error.text);
              }});
  EXPECT_EQ(told, (Strings{"Host.load: a secret of ours", "Host.state: no value of State"}));
  const auto text = to_json(response).dump();
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
  EXPECT_EQ(response.errors.size(), 2U);
}

// What a resolver gives that its type does not allow is a bug, not an answer.
TEST(Execution, ResolversAreNotTrusted) {
  const auto field = [](const char* name, const char* type, Resolver resolve) {
    return FieldDefinition{.name = name, .type = type, .resolve = std::move(resolve)};
  };
  const auto leaf = [](const Json& value) {
    return once([value](const auto&) { return Output::leaf(value); });
  };
  const Schema schema(
      {{.name = "Query",
        .fields = {field("number", "Int", leaf(1LL << 40)), field("text", "String", leaf(1)),
                   field("flag", "Boolean", leaf("true")), field("null", "Int!", leaf(nullptr)),
                   field("list", "[Int]", leaf(1)), field("items", "[Int!]", once([](const auto&) {
                                                            Output::List items;
                                                            items.push_back(Output::leaf(1));
                                                            items.push_back(Output::null());
                                                            return Output::list(std::move(items));
                                                          })),
                   field("object", "Query", leaf(1)),
                   field("any", "Any", once([](const auto&) { return Output::object(1, "Any"); })),
                   field("leaf", "Int", once([](const auto&) { return Output::object(1); })),
                   field("few", "Int", [](const FieldCall&) { return Resolved{}; })}},
       {.kind = TypeKind::union_, .name = "Any", .members = {"Query"}}});
  for (const auto& one : schema.type("Query")->fields) {
    const bool composite = schema.definition_of(one.type).is_composite();
    const auto request =
        prepare(schema, {.query = "{ " + one.name + (composite ? " { __typename } }" : " }")});
    ASSERT_TRUE(request) << one.name;
    const auto response = execute(schema, *request);
    ASSERT_EQ(response.errors.size(), 1U) << one.name;
    EXPECT_EQ(response.errors[0].code, "bug") << one.name;
    EXPECT_EQ(response.data->dump(), one.name == "null" ? "null" : "{\"" + one.name + "\":null}");
  }
}

TEST(Execution, MutationsGoOneAfterTheOther) {
  World world;
  EXPECT_EQ(
      answer("mutation { a: bump { id checks(first: 1) { id } } b: bump { id } }", {}, &world),
      R"({"data":{"a":{"id":"1","checks":[{"id":"11"}]},"b":{"id":"2"}}})");
  EXPECT_EQ(world.order, (Strings{"bump", "checks", "bump"}));
}

TEST(Execution, TheNamedOperationIsExecuted) {
  const std::string query = "query A { a: version } query B { b: version }";
  EXPECT_EQ(answer(query, {}, nullptr, "B"), R"({"data":{"b":"1.0"}})");
  EXPECT_EQ(answer(query),
            R"({"errors":[{"message":"There is more than one operation: which one must be named.",)"
            R"("extensions":{"code":"operation"}}]})");
  EXPECT_EQ(answer(query, {}, nullptr, "C"),
            R"({"errors":[{"message":"There is no operation of that name.",)"
            R"("extensions":{"code":"operation"}}]})");
}

TEST(Execution, EndsWhenItsTimeIsOver) {
  const auto request = prepare(bed(), {.query = "{ hosts(first: 1) { checks { id } } }"});
  ASSERT_TRUE(request);
  int left = 1;
  const auto response = execute(bed(), *request, {.expired = [&] { return left-- == 0; }});
  ASSERT_EQ(response.errors.size(), 1U);
  EXPECT_EQ(response.errors[0].code, "timeout");
  EXPECT_EQ(response.errors[0].path.dump(), R"(["hosts",0,"checks"])");
}

TEST(Execution, ErrorsBeyondTheMostAreCounted) {
  const auto request = prepare(bed(), {.query = "{ a: host(id: 0) { id } b: host(id: 0) { id } "
                                                "c: host(id: 0) { id } version }"});
  ASSERT_TRUE(request);
  const auto response = execute(bed(), *request, {.errors = 1});
  ASSERT_EQ(response.errors.size(), 2U);
  EXPECT_EQ(response.errors[0].path.dump(), R"(["a"])");
  EXPECT_EQ(response.errors[1].message, "2 more errors.");
  EXPECT_EQ(response.data->dump(), R"({"a":null,"b":null,"c":null,"version":"1.0"})");
}

TEST(Subscription, HasASourceAndMapsItsEvents) {
  const auto request =
      prepare(bed(), {.query = "subscription ($id: ID) { changed(id: $id) { id name } }",
                      .variables = {{"id", "7"}}});
  ASSERT_TRUE(request);
  const auto source = create_source(bed(), *request, nullptr);
  ASSERT_TRUE(source);
  EXPECT_EQ(std::any_cast<std::string>(*source), "7");
  const auto event = execute(bed(), *request, {}, Host{7});
  EXPECT_EQ(to_json(event).dump(), R"({"data":{"changed":{"id":"7","name":"host7"}}})");
}

TEST(Subscription, MayBeRefused) {
  const auto gone = prepare(bed(), {.query = "subscription { gone }"});
  ASSERT_TRUE(gone);
  EXPECT_EQ(create_source(bed(), *gone, nullptr).error(), (Error{Fault::denied, "not for you"}));
  const auto query = prepare(bed(), {.query = "{ version }"});
  ASSERT_TRUE(query);
  EXPECT_FALSE(create_source(bed(), *query, nullptr));
  const auto skipped = prepare(bed(), {.query = "subscription { gone @skip(if: true) }"});
  ASSERT_TRUE(skipped);
  EXPECT_FALSE(create_source(bed(), *skipped, nullptr));
}

}  // namespace
}  // namespace monitron::graphql
