// What paths select: the examples of RFC 9535, and limits on hostile documents.

#include "probe/json_select.hpp"

#include "probe/expressions.hpp"
#include "probe/json_assertion.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

namespace monitron::probe {
namespace {

using nlohmann::json;

struct Example {
  const char* path;
  const char* selected;  // a list of the values
};

void expect_all(const json& document, const std::vector<Example>& examples) {
  Expressions expressions;
  for (const auto& example : examples) {
    const auto path = domain::JsonPath::parse(example.path);
    ASSERT_TRUE(path) << example.path << " " << path.error().text;
    const auto found = select(*path, document, expressions);
    ASSERT_TRUE(found) << example.path;
    json values = json::array();
    for (const json* value : *found) values.push_back(*value);
    EXPECT_EQ(values, json::parse(example.selected)) << example.path;
  }
}

}  // namespace

// RFC 9535 §1.5, table 2. Members come by name here; the RFC leaves their order open.
TEST(JsonSelect, TheBookstore) {
  const auto store = json::parse(R"({"store": {"book": [
    {"category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95},
    {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99},
    {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick",
     "isbn": "0-553-21311-3", "price": 8.99},
    {"category": "fiction", "author": "J. R. R. Tolkien", "title": "The Lord of the Rings",
     "isbn": "0-395-19395-8", "price": 22.99}],
    "bicycle": {"color": "red", "price": 399}}})");
  expect_all(
      store,
      {
          {"$.store.book[*].author",
           R"(["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"])"},
          {"$..author", R"(["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"])"},
          {"$.store..price", "[399, 8.95, 12.99, 8.99, 22.99]"},
          {"$..book[2].author", R"(["Herman Melville"])"},
          {"$..book[2].publisher", "[]"},
          {"$..book[-1].title", R"(["The Lord of the Rings"])"},
          {"$..book[0,1].title", R"(["Sayings of the Century", "Sword of Honour"])"},
          {"$..book[:2].title", R"(["Sayings of the Century", "Sword of Honour"])"},
          {"$..book[?@.isbn].title", R"(["Moby Dick", "The Lord of the Rings"])"},
          {"$..book[?@.price<10].title", R"(["Sayings of the Century", "Moby Dick"])"},
      });
  Expressions expressions;
  EXPECT_EQ(select(*domain::JsonPath::parse("$..*"), store, expressions)->size(), 27U);
  EXPECT_EQ(select(*domain::JsonPath::parse("$.store.*"), store, expressions)->size(), 2U);
}

// §2.3 and §2.5: names, wildcards, indexes, slices, descendants, several selectors.
TEST(JsonSelect, Selectors) {
  expect_all(json::parse(R"({"o": {"j j": {"k.k": 3}}, "'": {"@": 2}})"),
             {{"$.o['j j']", R"([{"k.k": 3}])"},
              {"$.o['j j']['k.k']", "[3]"},
              {"$.o[\"j j\"][\"k.k\"]", "[3]"},
              {"$[\"'\"][\"@\"]", "[2]"}});
  expect_all(json::parse(R"({"o": {"j": 1, "k": 2}, "a": [5, 3]})"),
             {{"$[*]", R"([[5, 3], {"j": 1, "k": 2}])"},
              {"$.o[*]", "[1, 2]"},
              {"$.o[*, *]", "[1, 2, 1, 2]"},
              {"$.a[*]", "[5, 3]"}});
  expect_all(json::parse(R"(["a", "b", "c", "d", "e", "f", "g"])"),
             {{"$[1]", R"(["b"])"},
              {"$[-2]", R"(["f"])"},
              {"$[7]", "[]"},
              {"$[-8]", "[]"},
              {"$[1:3]", R"(["b", "c"])"},
              {"$[5:]", R"(["f", "g"])"},
              {"$[1:5:2]", R"(["b", "d"])"},
              {"$[5:1:-2]", R"(["f", "d"])"},
              {"$[::-1]", R"(["g", "f", "e", "d", "c", "b", "a"])"},
              {"$[::0]", "[]"},
              {"$[0, 3]", R"(["a", "d"])"},
              {"$[0:2, 5]", R"(["a", "b", "f"])"},
              {"$[0, 0]", R"(["a", "a"])"},
              {"$[-100:100:9007199254740991]", R"(["a"])"}});
  expect_all(json::parse(R"({"o": {"j": 1, "k": 2}, "a": [5, 3, [{"j": 4}, {"k": 6}]]})"),
             {{"$..j", "[4, 1]"},
              {"$..[0]", R"([5, {"j": 4}])"},
              {"$..o", R"([{"j": 1, "k": 2}])"},
              {"$.o..[*, *]", "[1, 2, 1, 2]"},
              {"$.a..[0, 1]", R"([5, 3, {"j": 4}, {"k": 6}])"}});
  expect_all(json::parse(R"({"a": null, "b": [null], "c": [{}], "null": 1})"),
             {{"$.a", "[null]"},
              {"$.a[0]", "[]"},
              {"$.a.d", "[]"},
              {"$.b[0]", "[null]"},
              {"$.b[*]", "[null]"},
              {"$.b[?@]", "[null]"},
              {"$.b[?@==null]", "[null]"},
              {"$.c[?@.d==null]", "[]"},
              {"$.null", "[1]"}});
}

// §2.3.5.3, table 12, and §2.4.
TEST(JsonSelect, Filters) {
  expect_all(
      json::parse(R"({"a": [3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}},
                                   {"b": "kilo"}],
                             "o": {"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}}, "e": "f"})"),
      {{"$.a[?@.b == 'kilo']", R"([{"b": "kilo"}])"},
       {"$.a[?(@.b == 'kilo')]", R"([{"b": "kilo"}])"},
       {"$.a[?@>3.5]", "[5, 4, 6]"},
       {"$.a[?@.b]", R"([{"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}])"},
       {"$[?@[?@.b]]", R"([[3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}]])"},
       {"$.o[?@<3, ?@<3]", "[1, 2, 1, 2]"},
       {"$.a[?@<2 || @.b == \"k\"]", R"([1, {"b": "k"}])"},
       {"$.a[?match(@.b, \"[jk]\")]", R"([{"b": "j"}, {"b": "k"}])"},
       {"$.a[?search(@.b, \"[jk]\")]", R"([{"b": "j"}, {"b": "k"}, {"b": "kilo"}])"},
       {"$.o[?@>1 && @<4]", "[2, 3]"},
       {"$.o[?@.u || @.x]", R"([{"u": 6}])"},
       {"$.a[?@.b == $.x]", "[3, 5, 1, 2, 4, 6]"},
       {"$.a[?@ == @]", R"([3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}])"},
       {"$.a[?!@.b]", "[3, 5, 1, 2, 4, 6]"},
       {"$.a[?!(@.b || @ < 5)]", "[5, 6]"},
       {"$[?length(@) < 3]", R"(["f"])"},
       {"$[?count(@.*) == 5]", R"([{"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}}])"},
       {"$[?value(@..u) == 6]", R"([{"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}}])"}});
}

// §2.3.5.3, table 11.
TEST(JsonSelect, Comparisons) {
  const auto document = json::parse(R"({"obj": {"x": "y"}, "arr": [2, 3]})");
  Expressions expressions;
  const std::vector<std::pair<const char*, bool>> rows{
      {"$.absent1 == $.absent2", true},
      {"$.absent1 <= $.absent2", true},
      {"$.absent == 'g'", false},
      {"$.absent1 != $.absent2", false},
      {"$.absent != 'g'", true},
      {"1 <= 2", true},
      {"1 > 2", false},
      {"13 == '13'", false},
      {"'a' <= 'b'", true},
      {"'a' > 'b'", false},
      {"$.obj == $.arr", false},
      {"$.obj != $.arr", true},
      {"$.obj == $.obj", true},
      {"$.obj != $.obj", false},
      {"$.arr == $.arr", true},
      {"$.arr != $.arr", false},
      {"$.obj == 17", false},
      {"$.obj != 17", true},
      {"$.obj <= $.arr", false},
      {"$.obj < $.arr", false},
      {"$.obj <= $.obj", true},
      {"$.arr <= $.arr", true},
      {"1 <= $.arr", false},
      {"1 >= $.arr", false},
      {"1 > $.arr", false},
      {"1 < $.arr", false},
      {"true <= true", true},
      {"true > true", false},
  };
  for (const auto& [expression, holds] : rows) {
    const auto path = domain::JsonPath::parse("$[?" + std::string(expression) + "]");
    ASSERT_TRUE(path) << expression;
    EXPECT_EQ(!select(*path, document, expressions)->empty(), holds) << expression;
  }
}

TEST(JsonSelect, WorkAndDepthAreBounded) {
  Expressions expressions;
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
  EXPECT_FALSE(parse_json(std::string(300, '[') + std::string(300, ']')));
  EXPECT_TRUE(parse_json(std::string(200, '[') + std::string(200, ']')));
  EXPECT_TRUE(parse_json("{\"a\": \"" + std::string(1000, '[') + "\\\"[\"}"));
  json many = json::array();
  for (int i = 0; i < 20'000; ++i) many.push_back(json::array({i}));
  for (const char* path : {"$[?$ == $]", "$[?count($..*) > 1]", "$..[?$..*]"}) {
    EXPECT_FALSE(select(*domain::JsonPath::parse(path), many, expressions)) << path;
  }
}

TEST(JsonSelect, NoDocumentOrPathBreaksIt) {
  Expressions expressions;
  rc::check("bytes", [&] {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::element('[', ']', '{', '}', '"', 'a', ':', ',', '1', '-', 'e', '\\', 'u', '\xff'));
    const auto tail = *rc::gen::container<std::string>(
        rc::gen::element('.', '[', ']', '*', '?', '@', 'a', '0', ':', '-', '=', ','));
    const auto document = parse_json(text);
    const auto path = domain::JsonPath::parse("$" + tail);
    if (document && path) (void)select(*path, *document, expressions);
  });
}

// M-109.
TEST(JsonAssertion, OperatorsCompareByWhatIsThere) {
  const auto document = json::parse(
      R"({"status": "ok", "count": 12, "ratio": 0.5, "big": 9007199254740993, "on": true,
          "none": null, "tags": ["a", "b"], "text": "12", "since": "2026-01-02", "sub": {"x": 1},
          "nodes": [{"up": true}, {"up": true}, {"up": false}]})");
  Expressions expressions;
  const auto holds = [&](const char* path, const char* op, const char* value) {
    return complain({path, op, value}, document, expressions).empty();
  };
  EXPECT_TRUE(holds("$.status", "==", "ok"));
  EXPECT_TRUE(holds("$.status", "!=", "bad"));
  EXPECT_TRUE(holds("$.count", "==", "12.0"));
  EXPECT_TRUE(holds("$.big", "==", "9007199254740993"));
  EXPECT_FALSE(holds("$.big", "==", "9007199254740992"));
  EXPECT_TRUE(holds("$.count", ">", "9"));  // numbers, not texts
  EXPECT_FALSE(holds("$.count", "<", "9"));
  EXPECT_TRUE(holds("$.text", ">=", "9"));
  EXPECT_TRUE(holds("$.ratio", "<=", "5e-1"));
  EXPECT_TRUE(holds("$.since", ">", "2025-12-31"));
  EXPECT_FALSE(holds("$.on", ">", "0"));
  EXPECT_TRUE(holds("$.on", "==", "true"));
  EXPECT_TRUE(holds("$.none", "==", "null"));
  EXPECT_TRUE(holds("$.tags", "==", "[\"a\", \"b\"]"));
  EXPECT_TRUE(holds("$.tags", "contains", "b"));
  EXPECT_FALSE(holds("$.tags", "contains", "c"));
  EXPECT_TRUE(holds("$.status", "contains", "k"));
  EXPECT_TRUE(holds("$.sub", "contains", "x"));
  EXPECT_TRUE(holds("$.status", "matches", "^o"));
  EXPECT_TRUE(holds("$.count", "matches", "^1.$"));
  EXPECT_TRUE(holds("$.none", "exists", ""));
  EXPECT_FALSE(holds("$.nothing", "exists", ""));
  EXPECT_TRUE(holds("$.nothing", "absent", ""));
  EXPECT_FALSE(holds("$.nothing", "!=", "x"));
  EXPECT_TRUE(holds("$.nodes[0:2].up", "==", "true"));
  EXPECT_FALSE(holds("$.nodes[*].up", "==", "true"));  // every one of them
  EXPECT_EQ(complain({"$.status", "==", "fine"}, document, expressions),
            "$.status is \"ok\", expected == fine");
  EXPECT_EQ(complain({"$.count", "<", "3"}, document, expressions), "$.count is 12, expected < 3");
  EXPECT_EQ(complain({"$.x", "==", "3"}, document, expressions),
            "there is nothing at $.x, expected == 3");
  EXPECT_EQ(complain({"$.status", "absent", ""}, document, expressions),
            "$.status is \"ok\", expected nothing there");
}

TEST(Expressions, TheLeastUsedAreForgotten) {
  Expressions expressions;
  EXPECT_EQ(expressions.find("("), nullptr);
  const auto* first = expressions.find("first");
  for (int i = 0; i < 1000; ++i) {
    EXPECT_NE(expressions.find("x" + std::to_string(i)), nullptr);
    if (i < 100) {
      EXPECT_EQ(expressions.find("first"), first);
    }
  }
  EXPECT_EQ(expressions.size(), Expressions::kMost);
}

}  // namespace monitron::probe
