#include "probe/plugin_output.hpp"

#include "base/bytes.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace monitron::probe {

namespace {

using Values = std::vector<PerformanceValue>;

Values values(std::string_view performance) {
  return parse_plugin_output("OK|" + std::string(performance)).values;
}

}  // namespace

// M-104: the examples of the plugins' development guidelines.
TEST(PluginOutput, OneLineWithNumbers) {
  const auto found =
      parse_plugin_output("DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n");
  EXPECT_EQ(found.text, "DISK OK - free space: / 3326 MB (56%);");
  EXPECT_EQ(found.long_text, "");
  EXPECT_EQ(found.performance, "/=2643MB;5948;5958;0;5968");
  EXPECT_EQ(found.values, (Values{{"/", "bytes", 2643e6}}));
}

TEST(PluginOutput, MoreLinesWithNumbers) {
  const auto found = parse_plugin_output(
      "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n"
      "/ 15272 MB (77%);\n"
      "/boot 68 MB (69%);\n"
      "/var/log 819 MB (84%); | /boot=68MB;88;93;0;98\n"
      "/home=69357MB;253404;253409;0;253414\n"
      "/var/log=818MB;970;975;0;980\n");
  EXPECT_EQ(found.text, "DISK OK - free space: / 3326 MB (56%);");
  EXPECT_EQ(found.long_text, "/ 15272 MB (77%);\n/boot 68 MB (69%);\n/var/log 819 MB (84%);");
  ASSERT_EQ(found.values.size(), 4U);
  EXPECT_EQ(found.values[1], (PerformanceValue{"/boot", "bytes", 68e6}));
  EXPECT_EQ(found.values[3], (PerformanceValue{"/var/log", "bytes", 818e6}));
}

TEST(PluginOutput, LinesWithoutNumbers) {
  const auto found = parse_plugin_output("\nOK\nmore\n\nlast\n");
  EXPECT_EQ(found.text, "OK");
  EXPECT_EQ(found.long_text, "more\n\nlast");
  EXPECT_TRUE(found.values.empty());
  EXPECT_EQ(parse_plugin_output(""), PluginOutput{});
  EXPECT_EQ(parse_plugin_output("|"), PluginOutput{});
  EXPECT_EQ(parse_plugin_output("|a=1").values, (Values{{"a", "", 1}}));
}

TEST(PluginOutput, UnitsBecomeThoseOfPrometheus) {
  EXPECT_EQ(values("time=3ms rtt=2.5us t=1s n=7ns"), (Values{{"time", "seconds", 0.003},
                                                             {"rtt", "seconds", 2.5e-6},
                                                             {"t", "seconds", 1},
                                                             {"n", "seconds", 7e-9}}));
  EXPECT_EQ(values("a=50% b=1KB c=1KiB d=9c e=1.5foo f=-2"), (Values{{"a", "ratio", 0.5},
                                                                     {"b", "bytes", 1000},
                                                                     {"c", "bytes", 1024},
                                                                     {"d", "total", 9},
                                                                     {"e", "foo", 1.5},
                                                                     {"f", "", -2}}));
}

TEST(PluginOutput, LabelsMayBeQuoted) {
  EXPECT_EQ(
      values("'C:\\ used'=5MB;1;2 'it''s'=1 'a=b'=2 'x | y'=3"),
      (Values{{"C:\\ used", "bytes", 5e6}, {"it's", "", 1}, {"a=b", "", 2}, {"x | y", "", 3}}));
}

TEST(PluginOutput, WhatIsNoNumberIsLeftOut) {
  EXPECT_EQ(values("a=U b= =3 c d=x e=nan f=inf g=1e999 h=0x10 i=1,5 j=1;2;3 '=5 ''=6 k=+4"),
            (Values{{"j", "", 1}}));
  EXPECT_EQ(values("k=+4 l=1e3 m=1;;;; n=2;"),
            (Values{{"k", "", 4}, {"l", "", 1000}, {"m", "", 1}, {"n", "", 2}}));
  EXPECT_EQ(values("a=1 a=2"), (Values{{"a", "", 1}})) << "one series, one value";
}

TEST(PluginOutput, ThereIsALimitToLabelsAndTheirNumber) {
  EXPECT_TRUE(values(std::string(101, 'x') + "=1").empty());
  EXPECT_TRUE(values("a=1" + std::string(17, 'u')).empty());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a" + std::to_string(i) + "=1 ";
  EXPECT_EQ(values(many).size(), kPerformanceValues);
}

TEST(PluginOutput, ANumberThatWasCutIsLeftOut) {
  const std::string whole = "OK|a=1 b=23456";
  EXPECT_EQ(parse_plugin_output(whole, true).values, (Values{{"a", "", 1}}));
  EXPECT_EQ(parse_plugin_output(whole + " ", true).values.size(), 2U);
  EXPECT_EQ(parse_plugin_output("OK|a=12\nlong text that was c", true).values,
            (Values{{"a", "", 12}}))
      << "another part was cut";
  EXPECT_EQ(parse_plugin_output("OK|a=12\nlong | b=3 c=4", true).values.size(), 2U);
}

TEST(PluginOutput, ACharacterThatWasCutSpoilsNoOther) {
  EXPECT_EQ(parse_plugin_output("größe \xe2\x82", true).text, "größe");
  EXPECT_EQ(parse_plugin_output("größe \xff", false).text, "gr????e ?");
}

TEST(PluginOutput, ControlCharactersAreBlanks) {
  EXPECT_EQ(parse_plugin_output(std::string("a\x1b[31m\0b\r\tc", 11)).text, "a [31mb  c");
}

TEST(PluginOutput, AnyBytesGiveCleanTextAndFiniteNumbers) {
  std::mt19937 random(1);
  const std::string alphabet = "ab '|=;\n.,0123456789eE+-%uUsB\xc3\xa4\xff\x01";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t i = random() % 60; i > 0; --i) {
      text +=
          round % 2 == 0 ? alphabet[random() % alphabet.size()] : static_cast<char>(random() % 256);
    }
    const auto found = parse_plugin_output(text, round % 3 == 0);
    EXPECT_TRUE(found.text.empty() || is_valid_utf8(found.text));
    EXPECT_TRUE(found.long_text.empty() || is_valid_utf8(found.long_text));
    EXPECT_EQ(found.text.find('\n'), std::string::npos);
    for (const auto& value : found.values) {
      EXPECT_TRUE(is_valid_utf8(value.label));
      EXPECT_TRUE(value.unit.empty() || is_valid_utf8(value.unit));
      EXPECT_TRUE(std::isfinite(value.value));
    }
  }
}

}  // namespace monitron::probe
