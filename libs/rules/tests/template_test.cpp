// Expected results were printed by Prometheus 2.42 (promtool test rules).

#include "rules/template.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace monitron::rules {
namespace {

const domain::LabelSet kLabels = {{"a", "heLLo wOrld"}, {"b", "ABC dEF"}, {"n", "1234567"}};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

std::string filled_in(const std::string& text, double value = 5) {
  const auto parsed = Template::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().text;
  return parsed ? parsed->fill(kLabels, value) : "";
}

std::string refusal(const std::string& text) {
  const auto parsed = Template::parse(text);
  return parsed ? "none" : parsed.error().text;
}

struct Humanized {
  double value;
  const char *plain, *si, *binary, *duration, *percentage, *time;
};

TEST(Template, NumbersLookAsPrometheusHasThem) {
  const Humanized rows[] = {
      {0, "0", "0", "0", "0s", "0%", "1970-01-01 00:00:00 +0000 UTC"},
      {1, "1", "1", "1", "1s", "100%", "1970-01-01 00:00:01 +0000 UTC"},
      {-1, "-1", "-1", "-1", "-1s", "-100%", "1969-12-31 23:59:59 +0000 UTC"},
      {0.5, "0.5", "500m", "0.5", "500ms", "50%", "1970-01-01 00:00:00.5 +0000 UTC"},
      {1234567, "1.234567e+06", "1.235M", "1.177Mi", "14d 6h 56m 7s", "1.235e+08%",
       "1970-01-15 06:56:07 +0000 UTC"},
      {1000, "1000", "1k", "1000", "16m 40s", "1e+05%", "1970-01-01 00:16:40 +0000 UTC"},
      {999.95, "999.95", "1000", "1000", "16m 39s", "1e+05%", "1970-01-01 00:16:39.95 +0000 UTC"},
      {123456789, "1.23456789e+08", "123.5M", "117.7Mi", "1428d 21h 33m 9s", "1.235e+10%",
       "1973-11-29 21:33:09 +0000 UTC"},
      {0.00012345, "0.00012345", "123.4u", "0.0001234", "123.4us", "0.01234%",
       "1970-01-01 00:00:00 +0000 UTC"},
      {-1500, "-1500", "-1.5k", "-1.465ki", "-25m 0s", "-1.5e+05%",
       "1969-12-31 23:35:00 +0000 UTC"},
      {1024, "1024", "1.024k", "1ki", "17m 4s", "1.024e+05%", "1970-01-01 00:17:04 +0000 UTC"},
      {1048576, "1.048576e+06", "1.049M", "1Mi", "12d 3h 16m 16s", "1.049e+08%",
       "1970-01-13 03:16:16 +0000 UTC"},
      {-0.25, "-0.25", "-250m", "-0.25", "-250ms", "-25%", "1969-12-31 23:59:59.75 +0000 UTC"},
      {3661.7, "3661.7", "3.662k", "3.576ki", "1h 1m 1s", "3.662e+05%",
       "1970-01-01 01:01:01.7 +0000 UTC"},
      {86400, "86400", "86.4k", "84.38ki", "1d 0h 0m 0s", "8.64e+06%",
       "1970-01-02 00:00:00 +0000 UTC"},
      {-90061, "-90061", "-90.06k", "-87.95ki", "-1d 1h 1m 1s", "-9.006e+06%",
       "1969-12-30 22:58:59 +0000 UTC"},
      {59.99, "59.99", "59.99", "59.99", "59.99s", "5999%", "1970-01-01 00:00:59.99 +0000 UTC"},
      {0.001, "0.001", "1m", "0.001", "1ms", "0.1%", "1970-01-01 00:00:00.001 +0000 UTC"},
      {1e-30, "1e-30", "1e-06y", "1e-30", "1e-06ys", "1e-28%", "1970-01-01 00:00:00 +0000 UTC"},
      {kNaN, "NaN", "NaN", "NaN", "NaN", "NaN%", "NaN"},
      {kInf, "+Inf", "+Inf", "+Inf", "+Inf", "+Inf%", "+Inf"},
      {-kInf, "-Inf", "-Inf", "-Inf", "-Inf", "-Inf%", "-Inf"},
      {1435065584.128, "1.435065584128e+09", "1.435G", "1.337Gi", "16609d 13h 19m 44s",
       "1.435e+11%", "2015-06-23 13:19:44.128 +0000 UTC"},
      {100, "100", "100", "100", "1m 40s", "1e+04%", "1970-01-01 00:01:40 +0000 UTC"},
      {12.345678, "12.345678", "12.35", "12.35", "12.35s", "1235%",
       "1970-01-01 00:00:12.345 +0000 UTC"},
      {1.5, "1.5", "1.5", "1.5", "1.5s", "150%", "1970-01-01 00:00:01.5 +0000 UTC"},
      {0.1, "0.1", "100m", "0.1", "100ms", "10%", "1970-01-01 00:00:00.1 +0000 UTC"},
      {1e-7, "1e-07", "100n", "1e-07", "100ns", "1e-05%", "1970-01-01 00:00:00 +0000 UTC"},
      {100000, "100000", "100k", "97.66ki", "1d 3h 46m 40s", "1e+07%",
       "1970-01-02 03:46:40 +0000 UTC"},
      {1000000, "1e+06", "1M", "976.6ki", "11d 13h 46m 40s", "1e+08%",
       "1970-01-12 13:46:40 +0000 UTC"},
      {-2048, "-2048", "-2.048k", "-2ki", "-34m 8s", "-2.048e+05%",
       "1969-12-31 23:25:52 +0000 UTC"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(filled_in("{{ $value }}", row.value), row.plain);
    EXPECT_EQ(filled_in("{{ .Value | humanize }}", row.value), row.si);
    EXPECT_EQ(filled_in("{{ humanize1024 $value }}", row.value), row.binary);
    EXPECT_EQ(filled_in("{{$value|humanizeDuration}}", row.value), row.duration);
    EXPECT_EQ(filled_in("{{ humanizePercentage .Value }}", row.value), row.percentage);
    EXPECT_EQ(filled_in("{{ $value | humanizeTimestamp }}", row.value), row.time);
  }
}

struct Printed {
  double value;
  const char* text;
};

TEST(Template, PrintfIsThatOfGo) {
  const auto* format =
      "{{ printf \"%.2f; %e; %f\" $value $value $value }}; {{ $value | printf \"%g\" }}; "
      "{{ printf \"%G\" $value }}; {{ $value | printf \"%.3g\" }}; "
      "{{ printf \"%+08.1f|%-8.1f|% .1f\" $value $value $value }}";
  const Printed rows[] = {
      {1, "1.00; 1.000000e+00; 1.000000; 1; 1; 1; +00001.0|1.0     | 1.0"},
      {1234567,
       "1234567.00; 1.234567e+06; 1234567.000000; 1.234567e+06; 1.234567E+06; 1.23e+06; "
       "+1234567.0|1234567.0| 1234567.0"},
      {999.95,
       "999.95; 9.999500e+02; 999.950000; 999.95; 999.95; 1e+03; +01000.0|1000.0  | 1000.0"},
      {0.00012345,
       "0.00; 1.234500e-04; 0.000123; 0.00012345; 0.00012345; 0.000123; +00000.0|0.0     | 0.0"},
      {1048576,
       "1048576.00; 1.048576e+06; 1048576.000000; 1.048576e+06; 1.048576E+06; 1.05e+06; "
       "+1048576.0|1048576.0| 1048576.0"},
      {-0.25, "-0.25; -2.500000e-01; -0.250000; -0.25; -0.25; -0.25; -00000.2|-0.2    |-0.2"},
      {86400,
       "86400.00; 8.640000e+04; 86400.000000; 86400; 86400; 8.64e+04; +86400.0|86400.0 | 86400.0"},
      {-90061,
       "-90061.00; -9.006100e+04; -90061.000000; -90061; -90061; -9.01e+04; "
       "-90061.0|-90061.0|-90061.0"},
      {1e-30, "0.00; 1.000000e-30; 0.000000; 1e-30; 1E-30; 1e-30; +00000.0|0.0     | 0.0"},
      {kNaN, "NaN; NaN; NaN; NaN; NaN; NaN;     +NaN|NaN     | NaN"},
      {kInf, "+Inf; +Inf; +Inf; +Inf; +Inf; +Inf;     +Inf|+Inf    | Inf"},
      {-kInf, "-Inf; -Inf; -Inf; -Inf; -Inf; -Inf;     -Inf|-Inf    |-Inf"},
      {1435065584.128,
       "1435065584.13; 1.435066e+09; 1435065584.128000; 1.435065584128e+09; 1.435065584128E+09; "
       "1.44e+09; +1435065584.1|1435065584.1| 1435065584.1"},
      {100, "100.00; 1.000000e+02; 100.000000; 100; 100; 100; +00100.0|100.0   | 100.0"},
      {0.1, "0.10; 1.000000e-01; 0.100000; 0.1; 0.1; 0.1; +00000.1|0.1     | 0.1"},
      {100000,
       "100000.00; 1.000000e+05; 100000.000000; 100000; 100000; 1e+05; +100000.0|100000.0| "
       "100000.0"},
  };
  for (const auto& row : rows) EXPECT_EQ(filled_in(format, row.value), row.text);
}

TEST(Template, TextsAndLabels) {
  const std::pair<const char*, const char*> rows[] = {
      {"no places", "no places"},
      {"{{ $labels.a }}", "heLLo wOrld"},
      {"{{ .Labels.a | title }}", "HeLLo WOrld"},
      {"{{ $labels.a | toUpper }}", "HELLO WORLD"},
      {"{{ $labels.b | toLower | title }}", "Abc Def"},
      {"{{ $labels.gone }}|", "|"},
      {"a {{- $labels.a -}} b", "aheLLo wOrldb"},
      {"a {{- \"x\" }} {{/* note */}} b", "ax  b"},
      {"{{ printf \"%s=%.1f%%\" $labels.a $value }}", "heLLo wOrld=5.0%"},
      {"{{ printf \"%5s|%-5s|%.2s\" \"é\" \"b\" \"abc\" }}", "    é|b    |ab"},
      {"{{ $labels.n | humanize }}", "1.235M"},
      {"{{ `raw \"x\"` }}", "raw \"x\""},
      {"{{ \"q\\\"\\n\\u00e9\\x41\" }}", "q\"\néA"},
      {"{ {{ \"{{\" }} }}", "{ {{ }}"},
      {"{{ title \"foo-bar baz_qux 9a é\" }}", "Foo-Bar Baz_qux 9a É"},
      {"{{ \"ab\" | printf \"%s%s\" \"x\" }}", "xab"},
      {"{{ printf \"%q\" $labels.a }}", "\"heLLo wOrld\""},
      {"{{ $labels.a\n}}", "heLLo wOrld"},
      {"{{ .Value|humanize|title }}", "5"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(filled_in(text), expected) << text;
}

// Prometheus puts an error in place of all of the text.
TEST(Template, WhatCannotBeHumanizedStaysAsItIs) {
  EXPECT_EQ(filled_in("{{ $labels.a | humanize }}!"), "heLLo wOrld!");
  EXPECT_EQ(filled_in("{{ $value | humanizeTimestamp }}", 1e21), "1e+21");
  EXPECT_EQ(filled_in("{{ $value | humanizeDuration }}", 1e21), "1e+21s");
}

TEST(Template, WhatIsNoTextWithPlacesIsRefusedByName) {
  const std::pair<const char*, const char*> rows[] = {
      {"{{ range $labels }}x{{ end }}", "\"range\" cannot be used here"},
      {"{{ with $labels.a }}x{{ end }}", "\"with\" cannot be used here"},
      {"{{ if gt $value 1.0 }}x{{ end }}", "\"if\" cannot be used here"},
      {"{{ query \"up\" | first | value }}", "\"query\" cannot be used here"},
      {"{{ $x := $value }}", "\"$x\" cannot be used here"},
      {"{{ $externalLabels.region }}", "\"$externalLabels.region\" cannot be used here"},
      {"{{ $labels }}", "\"$labels\" cannot be used here"},
      {"{{ $labels.a.b }}", "\"$labels.a.b\" cannot be used here"},
      {"{{ $value | reReplaceAll \"a\" \"b\" }}", "\"reReplaceAll\" cannot be used here"},
      {"{{ ($value) }}", "\"(\" cannot be used here"},
      {"{{ 5 }}", "\"5\" cannot be used here"},
      {"{{ $value $value }}", "\"$value\" cannot be used here"},
      {"{{ $value | }}", "\"}\" cannot be used here"},
      {"{{ $value }", "\"}\" cannot be used here"},
      {"{{ $value", "{{ has no }}"},
      {"{{ }}", "{{ }} is empty"},
      {"{{", "{{ has no }}"},
      {"{{ \"x }}", "a text in quotes has no end"},
      {"{{/* x }}", "a comment has no end"},
      {"{{ $value | title }}", "title takes text"},
      {"{{ humanize }}", "humanize takes one operand"},
      {"{{ humanize $value $value }}", "humanize takes one operand"},
      {"{{ printf $value }}", "printf needs a format in quotes"},
      {"{{ printf \"%d\" $value }}", "the verb \"%d\" is not known"},
      {"{{ printf \"%s\" $value }}", "the verb \"%s\" takes text"},
      {"{{ printf \"%.1f\" $labels.a }}", "the verb \"%.1f\" takes a number"},
      {"{{ printf \"%.1f %s\" $value }}", "printf has 1 operands, its format wants 2"},
      {"{{ printf \"x\" $value }}", "printf has 1 operands, its format wants 0"},
      {"{{ printf \"%5\" $value }}", "the format ends within a verb"},
      {"{{ printf \"%101.1f\" $value }}", "widths and precisions end at 100"},
      {"{{ printf \"%.99999999999999f\" $value }}", "widths and precisions end at 100"},
  };
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(refusal(text).substr(0, std::string(expected).size()), expected) << text;
  }
}

// S-04.
TEST(Template, IsBounded) {
  std::string many;
  for (std::size_t i = 0; i < Template::kMaxPlaces; ++i) many += "{{ $labels.long }}";
  EXPECT_NE(refusal(many + "{{ $value }}"), "none");
  const auto parsed = Template::parse(many);
  ASSERT_TRUE(parsed);
  std::string letters;
  for (int i = 0; i < 1000; ++i) letters += "é";
  const auto text = parsed->fill({{"long", "x" + letters}}, 0);
  EXPECT_LE(text.size(), Template::kMaxFilled);
  EXPECT_GE(text.size(), Template::kMaxFilled - 1);
  EXPECT_EQ(text.substr(text.size() - 2), "é");
}

// S-04.
TEST(Template, WhatIsNoneStaysAsItWasWritten) {
  const domain::LabelSet texts = {{"summary", "{{ $labels.n }} of {{ $value }}"},
                                  {"description", "{{ range query \"up\" }}{{ end }}"}};
  const auto done = filled(texts, kLabels, 2);
  EXPECT_EQ(done.at("summary"), "1234567 of 2");
  EXPECT_EQ(done.at("description"), texts.at("description"));
}

TEST(Template, SaysThatThereIsNoData) {
  const auto text = Template::parse("{{ $labels.queue }}: {{ printf \"%.1f\" $value }} jobs");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->fill({{"queue", "a"}}, std::nullopt), "a: no data jobs");
  EXPECT_EQ(text->fill({{"queue", "a"}}, kNaN), "a: NaN jobs") << "as Prometheus has it";
}

}  // namespace
}  // namespace monitron::rules
