// The text form of Prometheus: what is read, and what is refused with its line.

#include "ingest/exposition.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>

namespace monitron::ingest {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
const auto kWindow = TimeWindow::around(from_ms(kNow), {});
const auto kAnyTime =
    TimeWindow::around(from_ms(kNow), {.max_age = std::chrono::hours(24 * 36500)});

struct Sample {
  std::string series;
  std::int64_t time_ms;
  double value;
};

std::string text_of(const contracts::Series& series) {
  std::string text = series.name + "{";
  for (const auto& [name, value] : series.labels) {
    text += name + "=" + value + ";";
  }
  return text + "}";
}

// In the order in which they are stored.
std::vector<Sample> samples_of(const std::vector<contracts::Block>& blocks) {
  std::vector<Sample> all;
  for (const auto& block : blocks) {
    const auto series = contracts::unpack_dictionary(block.dictionary);
    EXPECT_TRUE(series) << series.error().text;
    EXPECT_EQ(series->size(), block.series_count);
    for (const auto& frame : block.frames) {
      for (std::size_t i = 0; i < frame.values.size(); ++i) {
        if (contracts::is_absent(frame.values[i])) continue;
        all.push_back({text_of((*series)[i]), frame.time_ms, frame.values[i]});
      }
    }
    for (const auto& point : block.points) {
      all.push_back({text_of((*series)[point.series]), point.time_ms, point.value});
    }
  }
  return all;
}

std::vector<Sample> read(std::string_view text, const ExpositionForm& form = {kNow},
                         const TimeWindow& window = kWindow, const ExpositionLimits& limits = {}) {
  auto blocks = parse_exposition(text, window, form, limits);
  EXPECT_TRUE(blocks) << blocks.error().detail;
  return blocks ? samples_of(blocks->blocks) : std::vector<Sample>{};
}

Sample read_one(std::string_view text, const ExpositionForm& form = {kNow},
                const TimeWindow& window = kWindow) {
  const auto all = read(text, form, window);
  EXPECT_EQ(all.size(), 1u) << text;
  return all.empty() ? Sample{} : all.front();
}

Refusal refusal_of(std::string_view text, const ExpositionLimits& limits = {}) {
  const auto blocks = parse_exposition(text, kWindow, {kNow}, limits);
  EXPECT_FALSE(blocks) << text;
  return blocks ? Refusal{} : blocks.error();
}

std::string complaint(std::string_view line) {
  const auto refusal = refusal_of(line);
  EXPECT_EQ(refusal.status, 400);
  return refusal.errors.empty() ? "" : refusal.errors[0].field + ": " + refusal.errors[0].message;
}

}  // namespace

TEST(Exposition, NameLabelsValueAndTime) {
  const auto sample =
      read_one("http_requests_total{method=\"post\",code=\"200\"} 1027 1699999990000\n");
  EXPECT_EQ(sample.series, "http_requests_total{code=200;method=post;}");
  EXPECT_EQ(sample.time_ms, 1'699'999'990'000);
  EXPECT_EQ(sample.value, 1027);
}

TEST(Exposition, LabelsAndTimeMayBeLeftOut) {
  for (const char* text : {"up 1", "up 1\n", "  up  1  ", "up\t1\r\n", "up{} 1", "up {} 1", "up{}1",
                           "\n\nup 1\n\n", "# HELP up x\n# TYPE up gauge\nup 1\n#\n"}) {
    const auto sample = read_one(text);
    EXPECT_EQ(sample.series, "up{}") << text;
    EXPECT_EQ(sample.time_ms, kNow) << text;
    EXPECT_EQ(sample.value, 1) << text;
  }
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("# only a comment").empty());
}

TEST(Exposition, BlanksCommasAndEscapesInLabels) {
  EXPECT_EQ(read_one(R"(m { a = "x" , b="y", } 1)").series, "m{a=x;b=y;}");
  EXPECT_EQ(read_one(R"(m{a="q\"q",b="b\\b",c="n\nn"} 1)").series, "m{a=q\"q;b=b\\b;c=n\nn;}");
  EXPECT_EQ(read_one(R"(m{a="{x=\"y\"} 2 # no"} 1)").series, "m{a={x=\"y\"} 2 # no;}");
  EXPECT_EQ(read_one(R"(m{path="C:\dir"} 1)").series, R"(m{path=C:\dir;})");
  EXPECT_EQ(read_one("m{a=\"\xc3\xa4 \xe2\x82\xac\"} 1").series, "m{a=\xc3\xa4 \xe2\x82\xac;}");
  EXPECT_EQ(read_one(R"(m{a="",b="x"} 1)").series, "m{b=x;}") << "an empty label is none";
  EXPECT_EQ(read_one(R"({__name__="m",a="x"} 1)").series, "m{a=x;}");
  EXPECT_EQ(read_one("a:b_c{le=\"+Inf\"} 1").series, "a:b_c{le=+Inf;}");
}

TEST(Exposition, EveryFormOfAValue) {
  const auto value = [](const std::string& text) { return read_one("m " + text).value; };
  EXPECT_TRUE(std::isnan(value("NaN")));
  EXPECT_TRUE(std::isnan(value("nan")));
  const auto infinity = std::numeric_limits<double>::infinity();
  for (const char* text : {"+Inf", "Inf", "inf", "+inf", "Infinity"}) {
    EXPECT_EQ(value(text), infinity) << text;
  }
  EXPECT_EQ(value("-Inf"), -infinity);
  EXPECT_EQ(value("1.5e3"), 1500);
  EXPECT_EQ(value("-1E-3"), -0.001);
  EXPECT_EQ(value("+7"), 7);
  EXPECT_EQ(value(".5"), 0.5);
  EXPECT_EQ(value("5."), 5);
  EXPECT_EQ(value("12345678901234567890"), 12345678901234567890.0);
  EXPECT_EQ(value("4.9406564584124654e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(value("1e-999"), 0);
  EXPECT_TRUE(std::signbit(value("-0")));
}

// As VictoriaMetrics reads them.
TEST(Exposition, TimesAreMillisecondsUnlessTheyAreSeconds) {
  EXPECT_EQ(read_one("m 1 1699999990123").time_ms, 1'699'999'990'123);
  EXPECT_EQ(read_one("m 1 1699999990.123").time_ms, 1'699'999'990'123);
  EXPECT_EQ(read_one("m 1 1699999990").time_ms, 1'699'999'990'000) << "no time of now, as ms";
  EXPECT_EQ(read_one("m 1 300000", {kNow}, kAnyTime).time_ms, 300'000);
  EXPECT_EQ(read_one("m 1 +300000", {kNow}, kAnyTime).time_ms, 300'000) << "a sign is no fraction";
  EXPECT_EQ(read_one("m 1 0", {kNow}, kAnyTime).time_ms, 0);
  EXPECT_EQ(read_one("m 1 300000\n# EOF\n", {kNow}, kAnyTime).time_ms, 300'000'000);
  EXPECT_EQ(read_one("m 1 300000", {kNow, true}, kAnyTime).time_ms, 300'000'000);
  EXPECT_EQ(read_one("m 1", {kNow - 5}).time_ms, kNow - 5);
}

TEST(Exposition, ExemplarsAreSkipped) {
  const auto sample = read_one("m_bucket{le=\"1\"} 7 1699999990 # {trace_id=\"x\"} 0.5 1699999990");
  EXPECT_EQ(sample.value, 7);
  EXPECT_EQ(read_one("m_bucket{le=\"1\"} 7 # {trace_id=\"x\"} 0.5").time_ms, kNow);
}

TEST(Exposition, ExtraLabelsWin) {
  const ExpositionForm form{kNow, false, {{"job", "x"}, {"env", "test"}, {"gone", ""}}};
  EXPECT_EQ(read_one(R"(m{job="y",gone="z",a="b"} 1)", form).series, "m{a=b;env=test;job=x;}");
}

TEST(Exposition, EqualTimesKeepTheOrderOfTheirLines) {
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += "a 1" + std::to_string(i) + " 1699999990000\n";
    if (i < 3) text += "b 2" + std::to_string(i) + " 1699999990000\n";
    text += "a 3" + std::to_string(i) + " 16999999" + std::to_string(10 + i) + "000\n";
  }
  std::map<std::pair<std::string, std::int64_t>, std::vector<double>> found;
  for (const auto& sample : read(text)) {
    found[{sample.series, sample.time_ms}].push_back(sample.value);
  }
  const auto& again = found[{"a{}", 1'699'999'990'000}];
  ASSERT_EQ(again.size(), 50u);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(again[static_cast<std::size_t>(i)], std::stod("1" + std::to_string(i)));
  }
  EXPECT_EQ((found[{"b{}", 1'699'999'990'000}]), (std::vector<double>{20, 21, 22}));
}

TEST(Exposition, TheSameSeriesHoweverItIsWritten) {
  const auto blocks =
      parse_exposition("m{a=\"1\",b=\"2\"} 1\nm{b=\"2\", a=\"1\"} 2\n", kWindow, {kNow});
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->blocks.size(), 1u);
  EXPECT_EQ(blocks->blocks.front().series_count, 1u);
}

TEST(Exposition, ManySeriesMakeSeveralBlocks) {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "m" + std::to_string(i % 100) + " " + std::to_string(i) + "\n";
  const auto all = read(text, {kNow}, kWindow, {.block_series = 7});
  ASSERT_EQ(all.size(), 1000u);
  std::map<std::string, double> last;
  for (const auto& sample : all) {
    const auto [known, first] = last.emplace(sample.series, sample.value);
    if (!first) {
      EXPECT_GT(sample.value, known->second);
    }
    known->second = sample.value;
  }
}

TEST(Exposition, ABadLineIsNamedWithItsReason) {
  EXPECT_EQ(complaint("up 1\n\nup x\nup 2"), "line 3: the value is not a number");
  EXPECT_EQ(complaint("up"), "line 1: has no value");
  EXPECT_EQ(complaint("up{a=\"b\"}"), "line 1: has no value");
  EXPECT_EQ(complaint("up 1 soon"), "line 1: the time is not a number");
  EXPECT_EQ(complaint("up 1 1699999990000 x"), "line 1: there is more behind the time");
  EXPECT_EQ(complaint("up{a=\"b} 1"), "line 1: the labels do not end");
  EXPECT_EQ(complaint("up{a=b} 1"), "line 1: the value of the label a is not in quotes");
  EXPECT_EQ(complaint("up{a} 1"), "line 1: the label a has no value");
  EXPECT_EQ(complaint("up{,} 1"), "line 1: a label has no name");
  EXPECT_EQ(complaint("up{a=\"b\" c=\"d\"} 1"),
            "line 1: behind the label a there is neither a comma nor the end");
  EXPECT_EQ(complaint("up{a=\"b\",a=\"c\"} 1"), "line 1: names the label a twice");
  EXPECT_EQ(complaint("1up 1"), "line 1: a metric is named [a-zA-Z_:][a-zA-Z0-9_:]*");
  EXPECT_EQ(complaint("{a=\"b\"} 1"), "line 1: a metric is named [a-zA-Z_:][a-zA-Z0-9_:]*");
  EXPECT_NE(complaint("up{a-b=\"c\"} 1").find("a label is named"), std::string::npos);
  EXPECT_NE(complaint("up{__a__=\"c\"} 1").find("a label is named"), std::string::npos);
  EXPECT_NE(complaint("up{a=\"\xff\"} 1").find("is not UTF-8"), std::string::npos);
  for (const char* value :
       {"0x10", "1_000", "1e999", "--1", "+-1", "nan(1)", "1,5", "1.2.3", "e5"}) {
    EXPECT_EQ(complaint("up " + std::string(value)), "line 1: the value is not a number") << value;
  }
}

TEST(Exposition, EveryBadLineIsNamedUpToALimit) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "up x\nup 1\n";
  const auto refusal = refusal_of(text);
  ASSERT_EQ(refusal.errors.size(), kMaxComplaints);
  EXPECT_EQ(refusal.errors[1].field, "line 3");
  EXPECT_EQ(refusal.detail, "nothing was stored; line 1: the value is not a number");
}

TEST(Exposition, TimesOutsideTheWindowAreRefusedAndCounted) {
  const auto refusal = refusal_of("up 1 1600000000000\nup 1 1800000000000\nup 1 1900000000000\n");
  EXPECT_EQ(refusal.errors.size(), 3u);
  EXPECT_EQ(refusal.errors[0].code, "out_of_range");
  EXPECT_EQ(refusal.outside.too_old, 1u);
  EXPECT_EQ(refusal.outside.too_new, 2u);
}

TEST(Exposition, TooManySamplesAreRefusedWithTheLimit) {
  const auto refusal = refusal_of("a 1\na 2\na 3\n", {.samples = 2});
  EXPECT_EQ(refusal.status, 413);
  EXPECT_EQ(refusal.detail, "more than 2 samples at once");
}

using MetadataList = std::vector<domain::MetricMetadata>;

MetadataList metadata_of(std::string_view text, bool openmetrics = false) {
  const auto read = parse_exposition(text, kWindow, {kNow, openmetrics});
  EXPECT_TRUE(read) << text;
  return read ? read->metadata : MetadataList{};
}

TEST(Exposition, WhatIsToldOfMetricsIsKept) {
  const std::string_view text =
      "# HELP shop_seconds How long.\\nIn \\\\ and \\\".  \r\n"
      "# TYPE shop_seconds histogram\n"
      "#\tUNIT  shop_seconds \tseconds\n"
      "shop_seconds_bucket{le=\"+Inf\"} 3\n"
      "  # TYPE old untyped\n"
      "# TYPE old_total counter\n# TYPE old_total gauge\n"
      "old 1\n";
  const MetadataList told{{"old", "unknown", "", ""},
                          {"old_total", "gauge", "", ""},
                          {"shop_seconds", "histogram", "How long.\nIn \\ and \\\".  ", "seconds"}};
  EXPECT_EQ(metadata_of(text), told);
  EXPECT_EQ(metadata_of("# HELP a \\\"b\\\"\na 1\n# EOF\n"),
            (MetadataList{{"a", "unknown", "\"b\"", ""}}));
}

TEST(Exposition, OtherCommentsAreSkipped) {
  EXPECT_TRUE(metadata_of("#HELP a b\n# help a b\n# TYPE a kind\n# TYPE a\n# HELP\n#\n# HELP 1a b\n"
                          "# HELP a \xff\n# HELP a-b c\n# EOF a\na 1\n")
                  .empty());
}

TEST(Exposition, TooMuchOfItIsLeftOutButNoSamples) {
  const auto cut = metadata_of("# HELP a " + std::string(1023, 'x') + "\xc3\xa4\na 1\n");
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0].help, std::string(1023, 'x')) << "not half of a character";
  std::string many;
  for (int i = 0; i < 6000; ++i) many += "# TYPE m" + std::to_string(i) + " gauge\n";
  EXPECT_EQ(metadata_of(many + "a 1\n").size(), 5000u);
  std::string long_ones;
  for (int i = 0; i < 1000; ++i) {
    long_ones += "# HELP m" + std::to_string(i) + " " + std::string(1000, 'x') + "\n";
  }
  const auto fit = metadata_of(long_ones + "a 1\n").size();
  EXPECT_GT(fit, 500u);
  EXPECT_LT(fit, 530u);
}

RC_GTEST_PROP(Exposition, NoiseNeverHarms, (const std::string& noise)) {
  for (const std::string what : {"# HELP ", "# TYPE ", "# UNIT "}) {
    (void)parse_exposition(what + noise, kWindow, {kNow});
    (void)parse_exposition(what + "m " + noise, kWindow, {kNow});
  }
  (void)parse_exposition(noise, kWindow, {kNow});
  (void)parse_exposition("m{a=\"" + noise + "\"} 1", kWindow, {kNow});
  (void)parse_exposition("m{" + noise + "} 1 1", kWindow, {kNow});
}

// Values and labels come back as they were written.
RC_GTEST_PROP(Exposition, WhatIsWrittenIsRead, ()) {
  const auto number = *rc::gen::arbitrary<double>();
  const auto ascii = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  std::string escaped;
  for (const char c : ascii) {
    if (c == '\n') {
      escaped += "\\n";
    } else {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += c;
    }
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.17g", number);
  const auto all = read("m{a=\"" + escaped + "\"} " + text);
  RC_ASSERT(all.size() == 1u);
  RC_ASSERT(all[0].series == (ascii.empty() ? "m{}" : "m{a=" + ascii + ";}"));
  RC_ASSERT(all[0].value == number);
}

}  // namespace monitron::ingest
