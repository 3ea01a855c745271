// Expressions made at random from the grammar: what is printed reads back as the same.

#include "promql/parser.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace monitron::promql {
namespace {

class Maker {
 public:
  std::string vector(int depth) {
    if (depth <= 0) return selector() + times();
    switch (pick(7)) {
      case 0:
        return pick(2) == 0 ? vector(depth - 1) + operation() + vector(depth - 1)
                            // What matches labels must not have a number as its left operand.
                            : "(" + vector(depth - 1) + ")" + matching() + vector(depth - 1);
      case 1:
        return std::string(one_of({"sum", "avg", "Count", "group"})) + grouping() + "(" +
               vector(depth - 1) + ")";
      case 2:
        return "topk(" + scalar(depth - 1) + "," + vector(depth - 1) + ")" + grouping();
      case 3:
        return std::string(one_of({"rate", "max_over_time", "changes"})) + "(" + range(depth - 1) +
               ")";
      case 4:
        return "(" + vector(depth - 1) + ")";
      case 5:
        return one_of({"-", "+", "- "}) + vector(depth - 1);
      default:
        return vector(depth - 1) + one_of({"*", " % ", "^", " > ", "== bool "}) + scalar(depth - 1);
    }
  }

 private:
  static int pick(int below) { return *rc::gen::inRange(0, below); }
  static std::string one_of(std::initializer_list<const char*> choices) {
    return *(choices.begin() + pick(static_cast<int>(choices.size())));
  }
  static std::string name() { return one_of({"up", "a:b", "sum", "by", "offset", "node_cpu"}); }
  static std::string label() { return one_of({"job", "on", "instance", "_x"}); }

  static std::string selector() {
    std::string out = name() + "{";
    for (int left = pick(3); left > 0; --left) {
      out += label() + one_of({"=", "!=", "=~", "!~"}) + "\"" + text() + "\",";
    }
    return out + "}";
  }
  static std::string text() { return one_of({"", "a.*", "\\\"", "\\x01", "\xc3\xa4", "a|b"}); }

  static std::string times() {
    const std::string offset = one_of({"", " offset 5m", " offset -1h30m"});
    const std::string at = one_of({"", "@ 1234.5", " @ start()", " @ end()", "@-1"});
    return pick(2) == 0 ? offset + at : at + offset;
  }

  std::string range(int depth) {
    if (depth <= 0 || pick(2) == 0) return selector() + "[" + duration() + "]" + times();
    return "(" + vector(depth - 1) + ")[" + duration() + ":" + one_of({"", "1m"}) + "]" + times();
  }
  static std::string duration() { return one_of({"5m", "1h30m", "1w", "8d", "1ms", "400d"}); }

  static std::string grouping() {
    return one_of({"", " by (job)", " without ()", " by (on, sum,)", " BY ()"});
  }

  static std::string operation() {
    return one_of({"+", " - ", "*", "/", "^", " atan2 ", " == ", " > bool ", " and ", " or "});
  }
  static std::string matching() {
    return one_of({" unless on (a) ", "+ on (a, b) group_left (c) ", "/ ignoring () ",
                   "< bool ignoring (a) group_right () "});
  }

  std::string scalar(int depth) {
    if (depth > 0 && pick(3) == 0) return "scalar(" + vector(depth - 1) + ")";
    // Inf is printed as +Inf, as Prometheus does; as a bare base of ^ that reads back as +(Inf ^
    // x).
    return one_of({"1", "0x1f", "-2", "1e100", "NaN", "(Inf)", "time()", "(3)", ".5", "1e-9"});
  }
};

TEST(ParserProperty, WhatIsPrintedReadsBackAsTheSame) {
  EXPECT_TRUE(rc::check([] {
    const auto text = Maker().vector(*rc::gen::inRange(0, 5));
    const auto first = parse(text);
    RC_LOG() << text << '\n' << (first ? "" : first.error().text) << '\n';
    RC_ASSERT(first.has_value());
    const auto printed = to_string(*first);
    const auto second = parse(printed);
    RC_ASSERT(second.has_value());
    RC_ASSERT(to_string(*second) == printed);
    RC_ASSERT((*first)->type == (*second)->type);
    RC_ASSERT((*first)->depth == (*second)->depth);
  }));
}

TEST(ParserProperty, NoTextBreaksIt) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto expr = parse(text);
    // RC_ASSERT takes operators apart: || would always look at both sides.
    if (!expr) RC_ASSERT(expr.error().text.find(": parse error: ") != std::string::npos);
  }));
  const std::string alphabet = "()[]{},:@=~!<>+-*/%^\"'`#\\ \n059.xeEmhsi_abysumoffset\xff\xc3";
  EXPECT_TRUE(rc::check([&] {
    const auto places = *rc::gen::container<std::vector<std::size_t>>(
        rc::gen::inRange<std::size_t>(0, alphabet.size()));
    std::string text = *rc::gen::element<std::string>("", "sum by (", "foo{a=", "foo[", "f(", "'");
    for (const auto place : places) text += alphabet[place];
    const auto expr = parse(text);
    if (expr) RC_ASSERT(parse(to_string(*expr)).has_value());
  }));
}

}  // namespace
}  // namespace monitron::promql
