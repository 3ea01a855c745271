// What programs tell of themselves. M-055.

#include "agent/scrape_text.hpp"

#include "agent/batch.hpp"
#include "agent/scraper.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace monitron::agent {
namespace {

const Labels kOwn{{"env", "production"}, {"host", "db-1"}};

std::vector<domain::MetricMetadata> metadata;

Result<std::vector<Measurement>> read(std::string_view text) {
  return read_scraped(text, "postgres", kOwn, metadata);
}

TEST(Scrapes, AreReadWithTheLabelsOfTheAgentAndTheJob) {
  const auto samples = read(
      "# HELP pg_up Whether it is.\n"
      "# TYPE pg_up gauge\n"
      "pg_up 1\n"
      "pg_size_bytes{datname=\"a\\\"b\",env=\"own\"} 1.5e3 1700000000000\n");
  ASSERT_TRUE(samples) << samples.error().text;
  ASSERT_EQ(samples->size(), 2u);
  const std::vector<std::pair<std::string, std::string>> of_size{
      {"datname", "a\"b"}, {"env", "own"}, {"host", "db-1"}, {"job", "postgres"}};
  EXPECT_EQ(samples->at(0).series, (contracts::Series{"pg_size_bytes", of_size}));
  EXPECT_EQ(samples->at(0).value, 1500);
  const std::vector<std::pair<std::string, std::string>> of_up{
      {"env", "production"}, {"host", "db-1"}, {"job", "postgres"}};
  EXPECT_EQ(samples->at(1).series, (contracts::Series{"pg_up", of_up}));
  ASSERT_EQ(metadata.size(), 1u);
  EXPECT_EQ(metadata[0].type, "gauge");
}

TEST(Scrapes, TheirOwnJobAndInstanceAreExported) {
  const auto samples = read("a{job=\"x\",instance=\"y\"} NaN\n");
  ASSERT_TRUE(samples && samples->size() == 1);
  const auto& labels = samples->at(0).series.labels;
  const auto has = [&](const char* name, const char* value) {
    return std::count(labels.begin(), labels.end(),
                      std::pair<std::string, std::string>(name, value));
  };
  EXPECT_EQ(has("exported_job", "x"), 1);
  EXPECT_EQ(has("exported_instance", "y"), 1);
  EXPECT_EQ(has("job", "postgres"), 1);
  EXPECT_TRUE(std::isnan(samples->at(0).value));
}

TEST(Scrapes, ASeriesThatIsToldTwiceIsTakenOnce) {
  EXPECT_EQ(read("a{b=\"1\",c=\"2\"} 1\na{c=\"2\",b=\"1\"} 2\n")->size(), 1u);
}

TEST(Scrapes, WhatCannotBeReadIsNamedByItsLine) {
  const auto complaint = [](const std::string& text) {
    const auto samples = read(text);
    return samples ? "" : samples.error().text;
  };
  EXPECT_EQ(complaint("a 1\nb{ 2\n").find("line 2"), 0u) << complaint("a 1\nb{ 2\n");
  EXPECT_EQ(complaint("<html>\n").find("line 1"), 0u);
  EXPECT_EQ(complaint("1a 2\n").find("line 1"), 0u);
  EXPECT_EQ(complaint("a{x=\"" + std::string(1025, 'v') + "\"} 1\n").find("line 1"), 0u);
  std::string many;
  for (int i = 0; i <= 10'000; ++i) many += "a" + std::to_string(i) + " 1\n";
  EXPECT_NE(complaint(many).find("more than 10000 samples"), std::string::npos);
  EXPECT_EQ(complaint(""), "");
}

TEST(Scrapes, TargetsAreGivenByNameAndUrl) {
  const auto target = parse_scrape_target("pg-1=http://127.0.0.1:9187/metrics?a=b");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->job, "pg-1");
  EXPECT_EQ(target->url, "http://127.0.0.1:9187/metrics?a=b");
  for (const auto* wrong : {"", "http://x/", "=http://x/", "a b=http://x/", "a=ftp://x/", "a=x"}) {
    EXPECT_FALSE(parse_scrape_target(wrong)) << wrong;
  }
}

// Each is a block of its own with its own time; what is known of metrics is told once.
TEST(Scrapes, TravelAsBlocksOfTheirOwn) {
  BatchMaker maker;
  const auto batch = [&] {
    Scraped one{.job = "pg", .time_ms = 7, .measured = Measurements(kOwn)};
    one.measured.add("pg_up", 1);
    one.metadata = {{"pg_up", "gauge", "x", ""}};
    Round round{10, Measurements(kOwn), Measurements(kOwn), Measurements(kOwn), {}, {}};
    round.scraped.push_back(std::move(one));
    return *contracts::decode_batch(maker.make({}, round));
  };
  const auto first = batch();
  ASSERT_EQ(first.blocks.size(), 1u);
  EXPECT_EQ(first.blocks[0].frames.at(0).time_ms, 7);
  EXPECT_EQ(first.metadata.size(), 1u);
  EXPECT_TRUE(batch().metadata.empty());
}

}  // namespace
}  // namespace monitron::agent
