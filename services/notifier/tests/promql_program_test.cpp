// Rules in PromQL: the built program evaluates them on what arrives, with or without its database.

#include "contracts/check_results.hpp"
#include "mq/consumer.hpp"
#include "program_scene.hpp"
#include "series/writer.hpp"
#include "store/rules.hpp"
#include "testkit/private_postgres.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

class PromqlRuleStory : public NotifierProgram {
 protected:
  void SetUp() override {
    NotifierProgram::SetUp();
    if (!IsSkipped()) add_instance();
  }
  void add_instance() {
    ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
      tx.exec_params(
          "INSERT INTO instances (id, name, hostname, kind) VALUES ($1, 'a', $2, 'server')",
          instance_.str(), "host-" + instance_.str());
    }));
  }
  store::Rule rule(const std::string& expr, const std::string& kind = "promql") {
    store::Rule rule;
    rule.kind = kind;
    rule.expr = expr;
    return add(rule);
  }
  store::Rule add(store::Rule rule, int interval_seconds = 1) {
    rule.id = Uuid::make();
    rule.name = "Rule " + rule.id.str();
    if (rule.kind.empty()) rule.kind = "promql";
    rule.interval_seconds = interval_seconds;
    EXPECT_TRUE(pool_->transact([&](pqxx::work& tx) { store::insert_rule(tx, rule); }));
    return rule;
  }
  // One series, (seconds ago, value) each.
  contracts::Batch batch(const std::string& name, const std::map<int, double>& samples) const {
    contracts::Batch batch;
    batch.id.source = SourceId{instance_};
    batch.id.epoch = Uuid::make().bytes;
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary({{name, {{"a", "b"}}}});
    block.series_count = 1;
    for (const auto& [ago, value] : samples) {
      block.frames.push_back({to_ms(system_clock().now()) - ago * 1000L, {value}});
    }
    batch.blocks.push_back(block);
    return batch;
  }
  void push(const std::string& name, const std::map<int, double>& samples) {
    push(batch(name, samples));
  }
  void push(const contracts::Batch& batch) { EXPECT_TRUE(publish(batch)); }
  Result<void> publish(const contracts::Batch& batch) {
    contracts::Envelope envelope;
    envelope.batches.push_back(batch);
    return publisher_->publish_and_wait(
        contracts::to_message(envelope, contracts::metric_key(SourceId{instance_})));
  }
  void store(const contracts::Batch& batch) {
    series::Writer writer({.database_url = url_, .application_name = "notifier test"});
    EXPECT_TRUE(writer.write({.batches = {batch}}));
  }
  static std::vector<nlohmann::json> told(const store::Rule& rule) {
    return around->alertmanager.alerts("alertname", rule.name);
  }
  // While something arrives; a broker that has just been started may refuse some of it.
  bool comes(const std::function<bool()>& condition) {
    auto next = std::chrono::steady_clock::now();
    return eventually(60s, [&] {
      if (std::chrono::steady_clock::now() >= next) (void)publish(batch("heartbeat", {{0, 1}}));
      if (std::chrono::steady_clock::now() >= next) next += 300ms;
      return condition();
    });
  }
  // Once this fires, rules are being evaluated.
  bool is_evaluating() {
    const auto any = rule("heartbeat > 0");
    return comes([&] { return !told(any).empty(); });
  }

  const Uuid instance_ = Uuid::make();
};

// M-002, X-01.
TEST_F(PromqlRuleStory, ARateFiresWithinTwoSecondsAndResolves) {
  const auto busy = rule("sum by (server_id) (rate(x_total[1m])) > 1");
  const auto program = start();
  ASSERT_TRUE(is_evaluating());
  EXPECT_TRUE(told(busy).empty());
  const auto begin = std::chrono::steady_clock::now();
  push("x_total", {{50, 0}, {45, 1000}});
  ASSERT_TRUE(comes([&] { return !told(busy).empty(); }));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(std::chrono::duration<double>(took).count(), 2);
  const auto alert = told(busy).at(0);
  EXPECT_EQ(alert["labels"]["server_id"], instance_.str());
  EXPECT_EQ(alert["labels"].count("a"), 0U);
  // The first sample leaves the minute ten seconds later.
  ASSERT_TRUE(comes([&] { return told(busy).empty(); }));
  ASSERT_TRUE(comes([&] { return count("incidents WHERE resolved_at IS NOT NULL") != "0"; }));
  EXPECT_EQ(program->terminate(), 0);
}

// M-002: on change, too. Of its interval there are at most two evaluations in the time that this
// takes, when it is defined and at its place in the interval.
TEST_F(PromqlRuleStory, ARuleOfAnHourFiresAndResolvesWithinTwoSecondsOfTheSample) {
  store::Rule wanted;
  wanted.expr = "hourly > 4";
  const auto slow = add(wanted, 3600);
  const auto program = start();
  ASSERT_TRUE(is_evaluating());
  std::vector<double> took;
  for (const double value : {5, 1, 6, 2, 7, 3}) {
    const auto begin = std::chrono::steady_clock::now();
    push("hourly", {{0, value}});
    ASSERT_TRUE(comes([&] { return told(slow).empty() == (value <= 4); })) << value;
    took.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(took.begin(), took.end());
  EXPECT_LT(took[took.size() / 2], 2) << "the slowest took " << took.back() << " s";
  const auto where = "incidents WHERE rule_id = '" + slow.id.str() + "'";
  ASSERT_TRUE(comes([&] { return count(where + " AND resolved_at IS NOT NULL") == "3"; }));
  EXPECT_EQ(program->terminate(), 0);
}

// M-002: as Prometheus fills them in.
TEST_F(PromqlRuleStory, TextsHaveLabelsAndTheValueInThem) {
  store::Rule wanted;
  wanted.expr = "y > 100";
  wanted.labels = {{"letter", "{{ $labels.a | toUpper }}"}};
  wanted.annotations = {{"summary", "a={{ $labels.a }} is at {{ $value | humanize }}"},
                        {"logic", "{{ range query \"up\" }}{{ end }}"}};
  const auto full = add(wanted);
  const auto program = start();
  ASSERT_TRUE(is_evaluating());
  push("y", {{0, 1234567}});
  ASSERT_TRUE(comes([&] { return !told(full).empty(); }));
  const auto alert = told(full).at(0);
  EXPECT_EQ(alert["labels"]["letter"], "B");
  EXPECT_EQ(alert["annotations"]["summary"], "a=b is at 1.235M");
  EXPECT_EQ(alert["annotations"]["logic"], full.annotations.at("logic"));
  EXPECT_EQ(
      one("SELECT annotations->>'summary' FROM incidents WHERE rule_id = '" + full.id.str() + "'"),
      "a=b is at 1.235M");
  EXPECT_EQ(program->terminate(), 0);
}

// Recorded samples go the way of all samples: they are stored once, and rules read them.
TEST_F(PromqlRuleStory, WhatIsRecordedIsStoredAndReadByRules) {
  store::Rule wanted;
  wanted.kind = "recording";
  wanted.expr = "sum by (server_id) (z)";
  wanted.record = "server:z:sum";
  wanted.labels = {{"team", "shop"}};
  add(wanted);
  const auto high = rule("server:z:sum{team=\"shop\"} > 10");
  std::mutex mutex;
  std::set<contracts::BatchId> recorded;
  const auto broker = mq::parse_endpoint(around->broker.url());
  mq::ConsumerConfig tap;
  tap.endpoint = *broker;
  tap.queue = "test." + Uuid::make().str();
  tap.no_ack = true;
  tap.topology = contracts::tap_topology(tap.queue, {{tap.queue, "mon.telemetry", "#"}});
  series::Writer writer({.database_url = url_, .application_name = "notifier test"});
  const mq::Consumer consumer(tap, [&](const mq::Delivery& delivery) {
    if (delivery.message.type != "telemetry.recorded") return Result<void>{};
    const auto envelope = contracts::decode_envelope(delivery.message.body);
    const std::lock_guard lock(mutex);
    // As the writer in ingest does, twice.
    EXPECT_TRUE(writer.write({.batches = envelope->batches}));
    EXPECT_TRUE(writer.write({.batches = envelope->batches}));
    for (const auto& batch : envelope->batches) EXPECT_TRUE(recorded.insert(batch.id).second);
    return Result<void>{};
  });
  const auto program = start();
  ASSERT_TRUE(is_evaluating());
  push("z", {{0, 42}});
  ASSERT_TRUE(comes([&] { return !told(high).empty(); }));
  const auto alert = told(high).at(0);
  EXPECT_EQ(alert["labels"]["server_id"], instance_.str());
  EXPECT_EQ(alert["labels"]["team"], "shop");
  EXPECT_EQ(program->terminate(), 0);
  const std::lock_guard lock(mutex);
  EXPECT_FALSE(recorded.empty());
  EXPECT_EQ(count("batch_ledger WHERE source = '" + contracts::kSuite.str() + "'"),
            std::to_string(recorded.size()));
}

// The rules on the checkers that are there from the start.
TEST_F(PromqlRuleStory, MissedSlotsAndLateStartsOfCheckersAreAlerts) {
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
    tx.exec("UPDATE rules SET for_seconds = 1, interval_seconds = 1 WHERE name LIKE 'Checks %'");
  }));
  const std::string lateness = "monitron_checker_schedule_lateness_seconds_bucket";
  // Cumulative: of a hundred starts `early` within a second.
  const auto tell = [&](double early, double all, double missed) {
    contracts::Batch report;
    report.id = {contracts::kSuite, Uuid::make().bytes, 0};
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary(
        {{lateness, {{"checker", "a:1"}, {"le", "1"}, {"location", "berlin"}}},
         {lateness, {{"checker", "a:1"}, {"le", "5"}, {"location", "berlin"}}},
         {lateness, {{"checker", "a:1"}, {"le", "+Inf"}, {"location", "berlin"}}},
         {"monitron_checker_slots_missed_total",
          {{"checker", "a:1"}, {"location", "berlin"}, {"reason", "overrun"}}}});
    block.series_count = 4;
    const auto now = to_ms(system_clock().now());
    block.frames = {{now - 20'000, {0, 0, 0, 0}}, {now, {early, all, all, missed}}};
    report.blocks.push_back(block);
    EXPECT_TRUE(publisher_->publish_and_wait(
        contracts::to_message(contracts::CheckResults{"checker", {}, {}, {report}},
                              contracts::check_key(contracts::kSuite))));
  };
  const auto told = [](const std::string& name) {
    return around->alertmanager.alerts("alertname", name);
  };
  const auto program = start();
  ASSERT_TRUE(is_evaluating());
  tell(99, 100, 0);
  const auto any = rule("monitron_checker_slots_missed_total >= 0");
  ASSERT_TRUE(comes([&] { return !told(any.name).empty(); }));
  EXPECT_TRUE(told("Checks start late").empty());
  EXPECT_TRUE(told("Checks are missed").empty());
  tell(980, 1000, 1);
  ASSERT_TRUE(comes([&] { return !told("Checks start late").empty(); }));
  ASSERT_TRUE(comes([&] { return !told("Checks are missed").empty(); }));
  EXPECT_EQ(told("Checks start late")[0]["labels"]["location"], "berlin");
  const auto missed = told("Checks are missed")[0]["labels"];
  EXPECT_EQ(missed["location"], "berlin");
  EXPECT_EQ(missed["reason"], "overrun");
  EXPECT_EQ(missed.count("checker"), 0U);
  EXPECT_EQ(program->terminate(), 0);
}

// M-005, M-068: the samples are in memory.
TEST_F(PromqlRuleStory, WithoutPostgresItFiresAndResolves) {
  testkit::PrivatePostgres postgres;
  use(postgres.url());
  add_instance();
  const auto high = rule("x > 4");
  const auto program = start("1");
  ASSERT_TRUE(is_evaluating());
  postgres.kill();
  push("x", {{0, 5}});
  EXPECT_TRUE(comes([&] { return !told(high).empty(); }));
  push("x", {{0, 1}});
  EXPECT_TRUE(comes([&] { return told(high).empty(); }));
  push("x", {{0, 6}});
  EXPECT_TRUE(comes([&] { return !told(high).empty(); }));
  postgres.start();
  const auto where = "incidents WHERE rule_id = '" + high.id.str() + "'";
  EXPECT_TRUE(comes([&] { return count(where) == "2"; }));
  EXPECT_EQ(count(where + " AND resolved_at IS NULL"), "1");
  EXPECT_EQ(program->terminate(), 0);
}

// What was stored before the start counts, and what was stored while the broker was away.
TEST_F(PromqlRuleStory, WhatDidNotArriveIsReadFromStorage) {
  store(batch("x", {{60, 1}, {50, 1}, {40, 1}}));
  const auto before = rule("count_over_time(x[5m]) >= 3");
  const auto more = rule("count_over_time(x[5m]) >= 5");
  const auto program = start();
  ASSERT_TRUE(comes([&] { return !told(before).empty(); }));
  EXPECT_TRUE(told(more).empty());
  around->broker.kill();
  store(batch("x", {{30, 1}, {20, 1}}));
  around->broker.start();
  ASSERT_TRUE(comes([&] { return !told(more).empty(); }));
  EXPECT_FALSE(told(before).empty());
  EXPECT_EQ(program->terminate(), 0);
}

// A queue that is full drops what is oldest, without a word.
TEST_F(PromqlRuleStory, ABatchThatIsLostOnItsWayIsReadFromStorage) {
  const auto all = rule("count_over_time(x[5m]) >= 3");
  const auto program = start();
  ASSERT_TRUE(is_evaluating());
  const auto epoch = Uuid::make().bytes;
  for (const int seq : {1, 2, 3}) {
    auto numbered = batch("x", {{40 - 10 * seq, 1}});
    numbered.id.epoch = epoch;
    numbered.id.seq = static_cast<std::uint64_t>(seq);
    store(numbered);
    if (seq != 2) push(numbered);
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(comes([&] { return !told(all).empty(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 12s);  // not by the second reading
  EXPECT_EQ(program->terminate(), 0);
}

// What cannot be evaluated resolves nothing, and is told.
TEST_F(PromqlRuleStory, WhatCannotBeEvaluatedChangesNothing) {
  const auto any = rule("{__name__=~\"y|z\"} > 0");
  const auto program = start();
  ASSERT_TRUE(is_evaluating());
  push("y", {{0, 1}});
  ASSERT_TRUE(comes([&] { return !told(any).empty(); }));
  // Now there are two with the same labels but for the name.
  push("z", {{0, 1}});
  const auto failed = [&] {
    return testkit::read_file(log_).find("metrics with the same labelset") != std::string::npos;
  };
  ASSERT_TRUE(comes(failed));
  EXPECT_EQ(told(any).size(), 1U);
  EXPECT_EQ(count("incidents WHERE rule_id = '" + any.id.str() + "' AND resolved_at IS NULL"), "1");
  push("y", {{0, 0}});
  push("z", {{0, 0}});
  EXPECT_TRUE(comes([&] { return told(any).empty(); }));
  EXPECT_EQ(program->terminate(), 0);
}

// M-005: what goes wrong in alerting itself is seen, and told by the rule that is there for it.
TEST_F(PromqlRuleStory, ARuleThatCannotBeEvaluatedIsSeenAndTold) {
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
    tx.exec("UPDATE rules SET for_seconds = 1 WHERE kind = 'rule_failing'");
  }));
  const auto both = rule("{__name__=~\"y|z\"} > 0"), well = rule("y > 100");
  const auto problem_of = [&](const store::Rule& rule) {
    return one(
        "SELECT problem FROM rule_evaluations WHERE evaluated_at IS NOT NULL AND seconds "
        "> 0 AND rule_id = '" +
        rule.id.str() + "'");
  };
  const auto evaluated = [&](const store::Rule& rule) {
    return count("rule_evaluations WHERE rule_id = '" + rule.id.str() +
                 "' AND problem = '' "
                 "AND evaluated_at > now() - interval '20 s'") == "1";
  };
  const auto failing = [] {
    return around->alertmanager.alerts("alertname", "Rule cannot be evaluated");
  };
  const auto program = start();
  ASSERT_TRUE(is_evaluating());
  ASSERT_TRUE(comes([&] { return evaluated(both); }));
  push("y", {{0, 1}});
  push("z", {{0, 1}});
  const std::string why = "vector contains metrics with the same labelset";
  ASSERT_TRUE(comes([&] { return problem_of(both).rfind(why, 0) == 0; })) << problem_of(both);
  ASSERT_TRUE(comes([&] { return !failing().empty(); }));
  const auto alert = failing().at(0);
  EXPECT_EQ(failing().size(), 1U);
  EXPECT_EQ(alert["labels"]["rule_id"], both.id.str());
  EXPECT_EQ(alert["labels"]["severity"], "critical");
  EXPECT_EQ(alert["annotations"]["description"].get<std::string>().rfind(why, 0), 0U);
  EXPECT_TRUE(comes([&] { return evaluated(well); }));
  EXPECT_TRUE(comes([&] {
    return count("rule_evaluations JOIN rules ON id = rule_id") == count("rules WHERE enabled");
  }));
  push("z", {{0, 0}});
  ASSERT_TRUE(comes([&] { return failing().empty(); }));
  ASSERT_TRUE(comes([&] { return evaluated(both); }));
  EXPECT_EQ(program->terminate(), 0);
}

// M-003: a step beyond what was learnt from storage fires, a steady series does not.
TEST_F(PromqlRuleStory, WhatIsUnusualForItsSeriesFires) {
  constexpr int kDay = 86'400;
  std::map<int, double> past;
  for (int ago = 300; ago < 2 * kDay; ago += 300) past[ago] = 10 + ago / 300 % 3;
  store(batch("traffic", past));
  store(batch("steady", past));
  const auto traffic = rule("traffic", "anomaly"), steady = rule("steady", "anomaly");
  const auto program = start();
  ASSERT_TRUE(is_evaluating());
  push("traffic", {{0, 100}});
  push("steady", {{0, 12}});
  ASSERT_TRUE(comes([&] { return !told(traffic).empty(); }));
  const std::string text = told(traffic).at(0)["annotations"]["description"];
  EXPECT_EQ(text.rfind("traffic is 100; usual at this hour: ", 0), 0U) << text;
  push("traffic", {{0, 11}});
  ASSERT_TRUE(comes([&] { return told(traffic).empty(); }));
  EXPECT_EQ(count("incidents WHERE rule_id = '" + steady.id.str() + "'"), "0");
  EXPECT_EQ(program->terminate(), 0);
}

}  // namespace
}  // namespace monitron::notifier
