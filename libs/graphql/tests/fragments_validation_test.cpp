// 5.5 fragments, 5.7 directives.

#include "bed.hpp"

namespace monitron::graphql {
namespace {

TEST(Fragments, HaveNamesOfTheirOwn) {
  EXPECT_EQ(problems("{ ...A } fragment A on Query { version } fragment A on Query { version }"),
            Strings{"1:10 1:42 There is more than one fragment named \"A\"."});
}

TEST(Fragments, AreOnTypesThatExistAndHaveFields) {
  EXPECT_EQ(problems("{ ...A } fragment A on Query { ... on Query { version } }"), Strings{});
  EXPECT_EQ(problems("{ ...A } fragment A on Nothing { version }"),
            Strings{"1:10 Type \"Nothing\" does not exist."});
  EXPECT_EQ(problems("{ ... on Nothing { version } }"),
            Strings{"1:3 Type \"Nothing\" does not exist."});
  EXPECT_EQ(problems("{ ...A } fragment A on Filter { limit }"),
            Strings{"1:10 Type \"Filter\" has no fields to select."});
  EXPECT_EQ(problems("{ ... on Int { version } }"),
            Strings{"1:3 Type \"Int\" has no fields to select."});
}

TEST(Fragments, AreUsed) {
  EXPECT_EQ(problems("{ version } fragment A on Query { version }"),
            Strings{"1:13 Fragment \"A\" is never used."});
  EXPECT_EQ(problems("{ version } fragment A on Query { ...B } fragment B on Query { version }"),
            (Strings{"1:13 Fragment \"A\" is never used.", "1:42 Fragment \"B\" is never used."}));
}

TEST(Fragments, ThatAreSpreadExist) {
  EXPECT_EQ(problems("{ ...A }"), Strings{"1:3 Fragment \"A\" does not exist."});
}

TEST(Fragments, DoNotSpreadThemselves) {
  EXPECT_EQ(problems("{ ...A } fragment A on Query { ...A }"),
            Strings{"1:10 1:10 Fragment \"A\" spreads itself."});
  EXPECT_EQ(problems("{ ...A } fragment A on Query { ...B } fragment B on Query { ...C }"
                     " fragment C on Query { version ...A }"),
            Strings{"1:10 1:68 Fragment \"A\" spreads itself."});
  EXPECT_EQ(problems("{ host(id: 1) { ...A } } fragment A on Host { parent { ...A } }").size(), 1U);
  EXPECT_EQ(problems("{ ...A ...B } fragment A on Query { ...B } fragment B on Query { version }"),
            Strings{});
}

TEST(Fragments, ApplyToSomethingThatMayBeThere) {
  // Objects in objects, objects in abstract types, abstract types in objects and in each other.
  EXPECT_EQ(problems("{ host(id: 1) { ... on Host { id } ... on Watched { id } ... on Found {"
                     " __typename } } }"),
            Strings{});
  EXPECT_EQ(
      problems("{ watched { ... on Found { __typename } ... on Watched { id } } found { ... on"
               " Watched { id } } }"),
      Strings{});
  EXPECT_EQ(problems("{ host(id: 1) { ... on Check { id } } }"),
            Strings{"1:17 Nothing of type \"Host\" can be of type \"Check\"."});
  EXPECT_EQ(problems("{ host(id: 1) { ...A } } fragment A on Query { version }"),
            Strings{"1:17 Nothing of type \"Host\" can be of type \"Query\"."});
  EXPECT_EQ(problems("{ watched { ... on Query { version } } }"),
            Strings{"1:13 Nothing of type \"Watched\" can be of type \"Query\"."});
  EXPECT_EQ(
      problems("{ watched { ... on Unused { nobody } } host(id: 1) { ... on Unused { nobody } }"
               " }")
          .size(),
      2U);
}

TEST(Directives, Exist) {
  EXPECT_EQ(problems("{ version @unknown(a: 1) }"),
            Strings{"1:11 Directive \"@unknown\" does not exist."});
}

TEST(Directives, StandWhereTheyMay) {
  EXPECT_EQ(
      problems("query ($a: Boolean! @cached(seconds: 1)) @cached(seconds: 1) { version @skip(if:"
               " $a) ... @include(if: $a) { version } ...F @skip(if: $a) } fragment F on Query"
               " @cached(seconds: 1) { version @cached(seconds: 1) }"),
      Strings{});
  EXPECT_EQ(problems("query @skip(if: true) { version }"),
            Strings{"1:7 Directive \"@skip\" must not stand on QUERY."});
  EXPECT_EQ(problems("mutation @cached(seconds: 1) { bump { id } }"),
            Strings{"1:10 Directive \"@cached\" must not stand on MUTATION."});
  EXPECT_EQ(problems("subscription @cached(seconds: 1) { gone }"),
            Strings{"1:14 Directive \"@cached\" must not stand on SUBSCRIPTION."});
  EXPECT_EQ(
      problems("{ ... @cached(seconds: 1) { version } ...F @cached(seconds: 1) } fragment F on"
               " Query @skip(if: true) { version @deprecated }"),
      (Strings{"1:7 Directive \"@cached\" must not stand on INLINE_FRAGMENT.",
               "1:44 Directive \"@cached\" must not stand on FRAGMENT_SPREAD.",
               "1:86 Directive \"@skip\" must not stand on FRAGMENT_DEFINITION.",
               "1:112 Directive \"@deprecated\" must not stand on FIELD."}));
  EXPECT_EQ(problems("query ($a: Int @skip(if: true)) { hosts(first: $a) { id } }"),
            Strings{"1:16 Directive \"@skip\" must not stand on VARIABLE_DEFINITION."});
}

TEST(Directives, StandOnceInAPlace) {
  EXPECT_EQ(problems("{ version @skip(if: true) version @skip(if: false) }"), Strings{});
  EXPECT_EQ(problems("{ version @skip(if: true) @skip(if: false) }"),
            Strings{"1:27 Directive \"@skip\" stands here more than once."});
}

}  // namespace
}  // namespace monitron::graphql
