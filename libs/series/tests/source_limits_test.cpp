// What a query may hold while it reads what is stored, and what it is told (M-022).

#include "chunk_store.hpp"
#include "fixture.hpp"
#include "series/sample_source.hpp"

namespace monitron::series {
namespace {

using promql::Labels;
using promql::Matcher;
using promql::MatchKind;

class SourceLimitsTest : public SeriesTest {
 protected:
  void SetUp() override {
    SeriesTest::SetUp();
    if (!IsSkipped()) samples_.emplace(SourceConfig{url_, "source limits test"});
  }
  static Matcher is(const std::string& name, const std::string& value) {
    return *Matcher::make(MatchKind::equal, name, value);
  }
  static std::vector<Matcher> all() { return {*Matcher::make(MatchKind::regex, "n", ".+")}; }
  // How many samples each series has that was found.
  Result<std::map<std::string, std::size_t>> select(const std::vector<Matcher>& matchers,
                                                    const promql::Limits& limits = {}) {
    promql::Budget budget(limits);
    std::map<std::string, std::size_t> found;
    auto done = samples_->select(
        {matchers, 0, kNow + 86'400'000}, budget,
        [&](const Labels& labels, std::span<const promql::Sample> samples) -> Result<void> {
          EXPECT_TRUE(found.emplace(labels.str(), samples.size()).second);
          EXPECT_GT(budget.bytes(), 0u);
          return {};
        });
    EXPECT_EQ(budget.bytes(), 0u);
    if (!done) return fail(done.error());
    return found;
  }
  void store(const SourceId& source, int series, int samples) {
    auto writer = this->writer();
    auto block = frame_block(series_list(series), kNow, std::vector<double>(series, 1));
    for (int i = 1; i < samples; ++i) {
      block.frames.push_back({kNow + i * 1000ll, std::vector<double>(series, i * 0.1)});
    }
    write(writer, {batch_of(source, 1, std::move(block))});
  }
  void sql(const std::string& text) {
    read([&](pqxx::work& tx) { return tx.exec(text).size(); });
  }

  std::optional<SampleSource> samples_;
};

// Few samples of some series say nothing of how many others have.
TEST_F(SourceLimitsTest, ManySamplesAreReadAFewSeriesAtOnce) {
  store(SourceId{}, 60, 10);
  store(source_, 40, 8000);
  ChunkStore(url_).compact();
  const auto found = select(all(), {.bytes = 1536u << 10});
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_EQ(found->size(), 100u);
  std::size_t samples = 0;
  for (const auto& [labels, count] : *found) samples += count;
  EXPECT_EQ(samples, 60u * 10 + 40u * 8000);
  const auto refused = select(all(), {.bytes = 300u << 10});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::invalid);
  EXPECT_NE(refused.error().text.find("(limit: 307200 bytes)"), std::string::npos)
      << refused.error().text;
}

TEST_F(SourceLimitsTest, WhatIsFoundIsHeld) {
  store(source_, 3000, 1);
  for (int tries = 0; tries < 2; ++tries) {  // not known yet, and known
    const auto refused = select(all(), {.bytes = 500'000});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text.find("(limit: 500000 bytes)"), std::string::npos)
        << refused.error().text;
  }
  EXPECT_EQ(select(all())->size(), 3000u);
  promql::Budget budget({.bytes = 200'000});
  SampleSource::Scope scope{.from_ms = 0, .to_ms = kNow};
  const auto values = samples_->label_values("n", scope, budget);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().fault, Fault::invalid) << values.error().text;
  scope.sets = {all()};
  const auto series = samples_->series(scope, budget);
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().fault, Fault::invalid) << series.error().text;
  EXPECT_EQ(budget.bytes(), 0u);
}

TEST_F(SourceLimitsTest, TextThatPostgresRefusesFindsNothing) {
  store(source_, 1, 1);
  for (const auto& text : {std::string("\xff"), std::string("a\0b", 3)}) {
    for (const auto& matcher : {is("__name__", text), is("n", text), is(text, "0")}) {
      const auto found = select({matcher});
      ASSERT_TRUE(found) << found.error().text;
      EXPECT_EQ(found->size(), 0u);
    }
  }
}

TEST_F(SourceLimitsTest, SeriesAreLookedForAsLongAsTheQueryMayTake) {
  store(source_, 1, 1);
  EXPECT_EQ(select(all())->size(), 1u);
  (void)pool_->transact([&](pqxx::work& tx) {
    tx.exec("LOCK TABLE series IN ACCESS EXCLUSIVE MODE");
    const auto begin = std::chrono::steady_clock::now();
    const auto late = select(all(), {.time = std::chrono::milliseconds(200)});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error(), (Error{Fault::timeout, "query timed out in expression evaluation"}));
  });
}

TEST_F(SourceLimitsTest, NoNamesAreLeftOut) {
  store(source_, 1, 1);
  constexpr std::size_t kMany = 100'001;
  sql("INSERT INTO series (source_id, class, name, labels, hash, metric_type, metric_name) "
      "SELECT source_id, class, 'many', jsonb_build_object('v', g::text), "
      "decode(md5(g::text), 'hex'), 'x', 'x' FROM series, "
      "generate_series(1, " +
      std::to_string(kMany) + ") AS g WHERE name <> 'many'");
  sql("UPDATE layouts SET series_ids = (SELECT array_agg(id ORDER BY id) FROM series)");
  promql::Budget budget{promql::Limits{}};
  SampleSource::Scope scope{.from_ms = 0, .to_ms = kNow};
  EXPECT_EQ(samples_->label_values("v", scope, budget)->size(), kMany);
  scope.sets = {{is("__name__", "many")}};
  EXPECT_EQ(samples_->label_values("v", scope, budget)->size(), kMany);
  EXPECT_EQ(samples_->series(scope, budget)->size(), kMany);
}

}  // namespace
}  // namespace monitron::series
