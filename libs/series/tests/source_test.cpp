// The source of PromQL: labels, matchers, limits (M-022).

#include "chunk_store.hpp"
#include "fixture.hpp"
#include "series/sample_source.hpp"
#include "testkit/eventually.hpp"

namespace monitron::series {
namespace {

using promql::Labels;
using promql::Matcher;
using promql::MatchKind;

class SourceTest : public SeriesTest {
 protected:
  using Writer = series::Writer;
  void SetUp() override {
    SeriesTest::SetUp();
    if (!IsSkipped()) samples_.emplace(SourceConfig{url_, "source test"});
  }
  static Matcher is(const std::string& name, const std::string& value) {
    return *Matcher::make(MatchKind::equal, name, value);
  }
  static Matcher like(const std::string& name, const std::string& value) {
    return *Matcher::make(MatchKind::regex, name, value);
  }
  Result<std::set<std::string>> select(std::vector<Matcher> matchers, promql::Limits limits = {},
                                       std::int64_t to = kNow + 3'600'000) {
    promql::Budget budget(limits);
    std::set<std::string> found;
    auto done = samples_->select(
        {std::move(matchers), 0, to}, budget,
        [&](const Labels& labels, std::span<const promql::Sample> samples) -> Result<void> {
          EXPECT_FALSE(samples.empty());
          EXPECT_TRUE(found.insert(labels.str()).second) << labels.str();
          return {};
        });
    if (!done) return fail(done.error());
    return found;
  }
  void store(Writer& writer, const SourceId& source, const std::vector<contracts::Series>& series,
             std::int64_t time = kNow) {
    std::vector<double> values(series.size(), 1);
    write(writer, {batch_of(source, seq_++, frame_block(series, time, values))});
  }
  void sql(const std::string& text) {
    read([&](pqxx::work& tx) { return tx.exec(text).size(); });
  }
  void instance(const SourceId& id, const std::string& host, const std::string& labels) {
    sql("INSERT INTO instances (id, name, hostname, kind, labels) VALUES ('" + id.str() + "', '" +
        host + "', '" + host + "', 'server', '" + labels + "')");
  }

  std::optional<SampleSource> samples_;
  std::uint64_t seq_ = 1;
};

TEST_F(SourceTest, SeriesCarryTheLabelsOfTheirInstanceOrCheck) {
  auto writer = this->writer();
  const auto host = SourceId::make(), check = SourceId::make(), gone = SourceId::make();
  instance(host, "web1", R"({"env": "prod", "data-center": "a", "job": "node"})");
  sql("INSERT INTO checks (id, name, instance_id, kind, target, interval_seconds, "
      "timeout_seconds, labels, failures_before_down, successes_before_up) VALUES ('" +
      check.str() + "', 'home page', '" + host.str() +
      "', 'http', 'http://web1/', 60, 10, '{\"env\": \"test\"}', 1, 1)");
  store(writer, host, {{"up", {}}, {"up", {{"job", "own"}, {"server_id", "x"}}}});
  store(writer, check, {{"probe_success", {}}});
  store(writer, gone, {{"up", {}}});
  store(writer, SourceId{}, {{"up", {{"instance", "i"}, {"server_id", "mine"}}}});
  store(writer, contracts::kSuite, {{"monitron_checker_checks", {{"location", "berlin"}}}});
  const auto id = host.str();
  const std::set<std::string> expected{
      "up{data_center=\"a\", env=\"prod\", instance=\"web1\", job=\"node\", server_id=\"" + id +
          "\"}",
      "up{data_center=\"a\", env=\"prod\", instance=\"web1\", job=\"own\", server_id=\"" + id +
          "\"}",
      "probe_success{check=\"home page\", check_id=\"" + check.str() +
          "\", env=\"test\", instance=\"web1\", kind=\"http\", location=\"default\", "
          "target=\"http://web1/\"}",
      "up{server_id=\"" + gone.str() + "\"}",
      "up{instance=\"i\", server_id=\"mine\"}",
      "monitron_checker_checks{location=\"berlin\"}"};
  EXPECT_EQ(*select({like("__name__", ".+")}), expected);
  EXPECT_EQ(select({is("__name__", "up"), is("env", "prod")})->size(), 2u);
  EXPECT_EQ(select({is("env", "prod")})->size(), 2u);
  EXPECT_EQ(select({is("job", "node")})->size(), 1u);
  EXPECT_EQ(select({is("server_id", "mine")})->size(), 1u);
  EXPECT_EQ(select({is("location", "berlin")})->size(), 1u);
  EXPECT_EQ(select({is("server_id", "x")})->size(), 0u);
  EXPECT_EQ(select({is("server_id", id)})->size(), 2u);
  EXPECT_EQ(select({is("__name__", "up"), is("env", "")})->size(), 2u);
  EXPECT_EQ(select({like("instance", "web.*"), like("__name__", "p.*")})->size(), 1u);
  EXPECT_EQ(select({is("__name__", "o'clock\\")})->size(), 0u);
  EXPECT_EQ(select({is("a'b", "o'clock\\\"")})->size(), 0u);
}

TEST_F(SourceTest, ChangedLabelsOfAnInstanceShowBeforeLong) {
  auto writer = this->writer();
  instance(source_, "old", "{}");
  store(writer, source_, {{"up", {}}});
  EXPECT_EQ(select({is("instance", "old")})->size(), 1u);
  sql("UPDATE instances SET hostname = 'new', version = version + 1, updated_at = now()");
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10),
                                  [&] { return select({is("instance", "new")})->size() == 1; }));
}

// Senders can tell series apart that PromQL can not.
TEST_F(SourceTest, SeriesOfTheSameLabelsAreOne) {
  auto writer = this->writer();
  const contracts::Series one{"m", {{"__metric_type__", "a"}}},
      two{"m", {{"__metric_type__", "b"}}};
  store(writer, SourceId{}, {one, two, {"n", {}}});
  store(writer, SourceId{}, {one}, kNow + 1);
  store(writer, SourceId{}, {two}, kNow + 2);
  promql::Budget budget{promql::Limits{}};
  std::vector<std::int64_t> times;
  const auto done =
      samples_->select({{is("__name__", "m")}, 0, kNow + 5}, budget,
                       [&](const Labels&, std::span<const promql::Sample> samples) -> Result<void> {
                         for (const auto& sample : samples) times.push_back(sample.time_ms - kNow);
                         return {};
                       });
  EXPECT_TRUE(done);
  EXPECT_EQ(times, (std::vector<std::int64_t>{0, 1, 2}));
}

TEST_F(SourceTest, LimitsEndASelection) {
  auto writer = this->writer();
  store(writer, source_, series_list(500));
  const auto all = like("__name__", "node_.*");
  EXPECT_EQ(select({all})->size(), 500u);
  const auto samples = select({all}, {.samples = 499});
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().fault, Fault::invalid);
  const auto bytes = select({all}, {.bytes = 100});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().fault, Fault::invalid);
  const auto time = select({all}, {.time = std::chrono::milliseconds(0)});
  ASSERT_FALSE(time);
  EXPECT_EQ(time.error().fault, Fault::timeout);
  promql::Budget budget{promql::Limits{}};
  const auto stopped =
      samples_->select({{all}, 0, kNow}, budget,
                       [&](const Labels&, std::span<const promql::Sample>) -> Result<void> {
                         return fail(Fault::denied, "enough");
                       });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().text, "enough");
}

TEST_F(SourceTest, NamesAndValuesOfAScope) {
  auto writer = this->writer();
  ChunkStore chunks(url_);
  instance(source_, "h", R"({"env": "prod"})");
  store(writer, source_, {{"old", {{"a", "1"}}}}, kNow - 86'400'000);
  chunks.compact();
  store(writer, source_, {{"new", {{"b", "2"}}}});
  promql::Budget budget{promql::Limits{}};
  const SampleSource::Scope now{.from_ms = kNow - 3'600'000, .to_ms = kNow};
  const SampleSource::Scope ever{.from_ms = 0, .to_ms = kNow};
  auto some = ever;
  some.sets = {{is("__name__", "old")}, {is("__name__", "old"), is("a", "1")}};
  using Set = std::set<std::string>;
  EXPECT_EQ(*samples_->label_names(now, budget),
            (Set{"__name__", "b", "env", "instance", "server_id"}));
  EXPECT_EQ(*samples_->label_names(ever, budget),
            (Set{"__name__", "a", "b", "env", "instance", "server_id"}));
  EXPECT_EQ(*samples_->label_names(some, budget),
            (Set{"__name__", "a", "env", "instance", "server_id"}));
  EXPECT_EQ(*samples_->label_values("__name__", now, budget), Set{"new"});
  EXPECT_EQ(*samples_->label_values("__name__", ever, budget), (Set{"new", "old"}));
  EXPECT_EQ(*samples_->label_values("env", now, budget), Set{"prod"});
  EXPECT_EQ(*samples_->label_values("a", now, budget), Set{});
  EXPECT_EQ(*samples_->label_values("a", some, budget), Set{"1"});
  EXPECT_EQ(samples_->series(ever, budget)->size(), 2u);
  ASSERT_EQ(samples_->series(some, budget)->size(), 1u);
  some.from_ms = kNow - 3'600'000;
  EXPECT_EQ(samples_->series(some, budget)->size(), 0u);
}

TEST_F(SourceTest, AServerThatCameBackIsUsedAgain) {
  auto writer = this->writer();
  store(writer, source_, series_list(3));
  EXPECT_EQ(select({like("n", ".+")})->size(), 3u);
  sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'source "
      "test' AND datname = current_database()");
  EXPECT_EQ(select({like("n", ".+")})->size(), 3u);
}

}  // namespace
}  // namespace monitron::series
