// The grammar of RFC 9535, and that no text breaks the parser. What paths select: probe's tests.

#include "domain/json_path.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace monitron::domain {
namespace {

TEST(JsonPath, WellFormedPathsAreTaken) {
  for (const char* text : {"$",
                           "$.a",
                           "$ .a",
                           "$['a']",
                           "$[\"a\"]",
                           "$.a.b[0]",
                           "$[-1]",
                           "$[1:5:2]",
                           "$[::]",
                           "$[: :-1]",
                           "$[*]",
                           "$.*",
                           "$..a",
                           "$..*",
                           "$..[0,1]",
                           "$['a',1,*]",
                           "$.\xc3\xa4",
                           "$['\\u00e4\\'']",
                           "$['\\uD834\\uDD1E']",
                           "$[?@.a]",
                           "$[?(@.a)]",
                           "$[? !(@.a) && @.b == 'x' || @.c<3.5e2]",
                           "$[?length(@.a) > 2]",
                           "$[?count(@.*)==1]",
                           "$[?match(@.a,'b.*')]",
                           "$[?@.a==$.b]",
                           "$[?value(@..c)=='red']",
                           "$[?!@.a]",
                           "$[?@.a==-0.5E-3]",
                           "$[?@.a==null]"}) {
    EXPECT_TRUE(JsonPath::parse(text)) << text;
  }
}

TEST(JsonPath, OthersAreRefusedAndTheirPlaceIsNamed) {
  for (const char* text : {"",
                           "a",
                           "$.",
                           "$..",
                           "$a",
                           " $",
                           "$ ",
                           "$.a ",
                           "$[",
                           "$[]",
                           "$[a]",
                           "$['a",
                           "$['a]",
                           "$.1a",
                           "$[01]",
                           "$[-0]",
                           "$[1.0]",
                           "$[1:2:3:4]",
                           "$['\\x']",
                           "$['\\uD834']",
                           "$['\\u12']",
                           "$[\"\n\"]",
                           "$[9007199254740992]",
                           "$[?]",
                           "$[?1]",
                           "$[?'a']",
                           "$[?@.a==]",
                           "$[?@.*==1]",
                           "$[?@..a==1]",
                           "$[?length(@.*)>1]",
                           "$[?count(1)>1]",
                           "$[?length(@.a)]",
                           "$[?match(@.a,'b')==true]",
                           "$[?nothing(@)]",
                           "$[?length()]",
                           "$[?@.a==01]",
                           "$[?@.a==1.]",
                           "$[?@.a=1]",
                           "$[?(@.a]",
                           "$[?match(@.a)]",
                           "$.a.$"}) {
    EXPECT_FALSE(JsonPath::parse(text)) << text;
  }
  EXPECT_EQ(JsonPath::parse("$.a[").error().text,
            "is no JSONPath: at character 5: expected a name in quotes, an index, a slice, * or ?");
  const std::string deep = "$[?" + std::string(5000, '(');
  EXPECT_NE(JsonPath::parse(deep).error().text.find("nested too deeply"), std::string::npos);
  std::string filters = "$";
  for (int i = 0; i < 5000; ++i) filters += "[?@";
  EXPECT_FALSE(JsonPath::parse(filters));
}

TEST(JsonPath, NoTextBreaksTheParser) {
  rc::check("bytes", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element(
        '$', '.', '[', ']', '*', '?', '@', '(', ')', '\'', '"', '\\', 'u', 'D', '8', '0', '1', ':',
        ',', '-', '=', '!', '<', '&', '|', 'a', ' ', '\xc3', '\0'));
    (void)JsonPath::parse("$" + text);
    (void)JsonPath::parse("$[?@" + text + "]");
  });
}

}  // namespace
}  // namespace monitron::domain
