// Rules in PromQL, evaluated by the threads that do it, on samples as they arrive.

#include "notifier/promql_rules.hpp"

#include "notifier/watched_labels.hpp"
#include "testkit/eventually.hpp"

#include <gtest/gtest.h>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

class NothingStored : public promql::Source {
 public:
  Result<void> select(const promql::Selection&, promql::Budget&, const Visit&) override {
    return {};
  }
};

class PromqlRulesTest : public testing::Test {
 protected:
  PromqlRulesTest() {
    instance_.id = Uuid::make();
    definitions_.instances = {instance_};
    rules_.emplace(
        head::Config{}, storage_, metrics_, system_clock(),
        PromqlRules::Links{[] { return std::uint64_t{1}; },
                           [this](const auto& rule, const auto& result, Instant, const auto*) {
                             note(rule.id, result);
                             return Result<void>{};
                           },
                           [this](const auto& batch) { record(batch); },
                           [](const auto&, const auto&) {}});
  }
  ~PromqlRulesTest() override { rules_->stop(); }

  store::Rule add(const std::string& expr, const std::string& kind = "promql") {
    store::Rule rule;
    rule.id = Uuid::make();
    rule.name = rule.record = "made";
    rule.kind = kind;
    rule.expr = expr;
    rule.interval_seconds = kind == "recording" ? 1 : 3600;
    definitions_.rules.push_back(rule);
    return rule;
  }
  // Until all rules were evaluated once, and what is spread over the interval is far.
  void start() {
    rules_->define(definitions_);
    rules_->start();
    EXPECT_TRUE(eventually(30s, [&] {
      send(0);
      const std::lock_guard lock(mutex_);
      return told_.size() == definitions_.rules.size();
    }));
  }
  // a and b, in one batch, each time at a later millisecond.
  void send(double value) {
    const auto before = std::exchange(sent_ms_, to_ms(system_clock().now()));
    while (sent_ms_ <= before) sent_ms_ = to_ms(system_clock().now());
    contracts::Batch batch;
    batch.id.source = SourceId{instance_.id};
    batch.id.epoch = epoch_;
    batch.id.seq = ++seq_;
    batch.blocks.push_back(
        {contracts::pack_dictionary({{"a", {}}, {"b", {}}}), 2, {{sent_ms_, {value, value}}}, {}});
    rules_->take(batch);
  }
  void note(const Uuid& rule, const std::vector<QueryElement>& result) {
    const std::lock_guard lock(mutex_);
    auto& told = told_[rule];
    ++told.evaluations;
    told.value = result.empty() ? 0 : result[0].value;
    told.elements += result.size();
  }
  void record(const contracts::Batch& batch) {
    const std::lock_guard lock(mutex_);
    ++told_[definitions_.rules.back().id].evaluations;
    twice_ = !recorded_.insert(batch.id.seq).second || twice_;
  }
  struct Told {
    std::uint64_t evaluations = 0, elements = 0;
    double value = 0;
  };
  Told told(const store::Rule& rule) {
    const std::lock_guard lock(mutex_);
    return told_[rule.id];
  }

  NothingStored storage_;
  service::Metrics metrics_;
  store::WatchedInstance instance_;
  AlertBook::Definitions definitions_;
  std::array<std::uint8_t, 16> epoch_ = Uuid::make().bytes;
  std::uint64_t seq_ = 0;
  std::int64_t sent_ms_ = 0;
  std::mutex mutex_;
  std::unordered_map<Uuid, Told> told_;
  std::set<std::uint64_t> recorded_;
  bool twice_ = false;
  std::optional<PromqlRules> rules_;
};

TEST_F(PromqlRulesTest, AreEvaluatedWhenSamplesThatTheyReadArrive) {
  const auto rule = add("a > 0"), other = add("c > 0 or vector(1)");
  start();
  for (int i = 1; i <= 20; ++i) {
    send(i);
    EXPECT_TRUE(eventually(30s, [&] { return told(rule).value == i; }));
  }
  EXPECT_GE(told(rule).evaluations, 20U);
  EXPECT_LE(told(other).evaluations, 3U);  // when it was defined, and at its place in the interval
}

// A batch is seen as a whole, however often it is looked at while batches arrive.
TEST_F(PromqlRulesTest, SeeNothingOrAllOfWhatWasMeasuredTogether) {
  const auto torn = add("a != ignoring(x) b"), whole = add("a == ignoring(x) b");
  start();
  double value = 0;
  EXPECT_TRUE(eventually(60s, [&] {
    for (int i = 0; i < 50; ++i) send(++value);
    return told(torn).evaluations > 100 && told(whole).evaluations > 100;
  }));
  EXPECT_EQ(told(torn).elements, 0U);
}

// Their times are their identity: each is evaluated for once.
TEST_F(PromqlRulesTest, RecordingRulesAreEvaluatedAtTheirTimesAlone) {
  const auto rule = add("a > 0"), recorded = add("a + 1", "recording");
  start();
  double value = 0;
  EXPECT_TRUE(eventually(60s, [&] {
    send(++value);
    return told(rule).evaluations >= 20 && told(recorded).evaluations >= 3;
  }));
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(twice_);
}

}  // namespace
}  // namespace monitron::notifier
