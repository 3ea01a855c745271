// How alerts of rules in PromQL live: kept firing, without data, with texts filled in. Pure.

#include "notifier/alert_book.hpp"
#include "notifier/store_change.hpp"
#include "promql/parser.hpp"

#include <gtest/gtest.h>

namespace monitron::notifier {
namespace {

using domain::LabelSet;

Instant at(int second) { return from_ms(1'700'000'000'000 + second * 1000LL); }

const QueryElement kA{{{"host", "a"}}, 2};
const QueryElement kB{{{"host", "b"}}, 3};

class QueryAlerts : public testing::Test {
 protected:
  QueryAlerts() {
    rule_.id = Uuid::make();
    rule_.name = "Busy";
    rule_.kind = "promql";
    rule_.expr = "load > 1";
    instance_.id = Uuid::make();
  }
  void define(int second = 0) { book_->define({{rule_}, {}, {instance_}}, at(second)); }
  Changes observe(const std::vector<QueryElement>& result, int second,
                  const std::vector<LabelSet>& input = {}) {
    const QueryInput read{rules::input_of(*promql::parse(rule_.expr)), input};
    return book_->observe(rule_, result, at(second), rule_.no_data == "ok" ? nullptr : &read);
  }
  // Another notifier goes on from what this one has stored.
  void restart(const Changes& stored, int second) {
    std::vector<store::Alert> alerts;
    for (const auto& change : stored) alerts.push_back(change.alert);
    book_ = std::make_unique<AlertBook>();
    book_->restore(alerts);
    define(second);
  }
  // "fired host=a: load > 1: 2"
  static std::string said(const Changes& changes) {
    std::string text;
    for (const auto& one : changes) {
      const auto host = one.alert.labels.find("host");
      text += std::string(to_string(one.change)) + " " +
              (host == one.alert.labels.end() ? "-" : host->second) + ": " + one.alert.text + "; ";
    }
    return text;
  }

  store::Rule rule_;
  store::WatchedInstance instance_;
  std::unique_ptr<AlertBook> book_ = std::make_unique<AlertBook>();
};

// Whoever looks sees the value of now, of half a minute ago at most; nobody is told again.
TEST_F(QueryAlerts, TheirValueFollows) {
  rule_.for_seconds = 60;
  define();
  const auto value_is = [](double value) { return QueryElement{kA.labels, value}; };
  EXPECT_EQ(said(observe({value_is(2)}, 0)), "pending a: load > 1: 2; ");
  EXPECT_EQ(said(observe({value_is(3)}, 29)), "");
  EXPECT_EQ(said(observe({value_is(0.1 + 0.2)}, 30)), "refreshed a: load > 1: 0.3; ");
  EXPECT_EQ(said(observe({value_is(5)}, 60)), "fired a: load > 1: 5; ");
  EXPECT_EQ(said(observe({value_is(5)}, 100)), "");
  const auto changes = observe({value_is(6)}, 101);
  EXPECT_EQ(said(changes), "refreshed a: load > 1: 6; ");
  EXPECT_EQ(changes[0].alert.value, 6);
  EXPECT_FALSE(changes[0].alert.incident_id.is_nil());
  restart(changes, 102);
  EXPECT_EQ(said(observe({value_is(6)}, 103)), "");
}

// What was deleted goes on being in ranges for a while.
TEST_F(QueryAlerts, AreNotAboutWhatIsWatchedNoMore) {
  define();
  const QueryElement watched{{{"server_id", instance_.id.str()}}, 2};
  const QueryElement gone{{{"server_id", Uuid::make().str()}}, 3};
  EXPECT_EQ(observe({watched, gone}, 0).size(), 1U);
  instance_.id = Uuid::make();
  define(1);
  EXPECT_EQ(observe({watched, gone}, 2).at(0).change, domain::AlertChange::resolved);
  EXPECT_EQ(book_->alerts(), 0U);
}

TEST_F(QueryAlerts, AreCalledWhatTheirSummarySays) {
  const auto title = [&] { return observe({kA}, 0).at(0).alert.title; };
  define();
  EXPECT_EQ(title(), "Busy (host=a)");
  rule_.annotations = {{"summary", "{{ $labels.host }} has {{ $value }} jobs"}};
  book_ = std::make_unique<AlertBook>();
  define();
  EXPECT_EQ(title(), "a has 2 jobs");
}

TEST_F(QueryAlerts, GoOnForTheTimeThatTheyAreKept) {
  rule_.keep_firing_for_seconds = 60;
  define();
  EXPECT_EQ(said(observe({kA}, 0)), "fired a: load > 1: 2; ");
  EXPECT_EQ(said(observe({}, 10)), "keeping a: load > 1: 2; ");
  EXPECT_EQ(said(observe({}, 40)), "");
  EXPECT_EQ(said(observe({kA}, 50)), "resumed a: load > 1: 2; ");
  EXPECT_EQ(said(observe({}, 60)), "keeping a: load > 1: 2; ");
  EXPECT_EQ(said(observe({}, 119)), "");
  EXPECT_EQ(said(observe({}, 120)), "resolved a: load > 1: no more; ");
  EXPECT_EQ(book_->alerts(), 0U);
}

TEST_F(QueryAlerts, ThatAreKeptAreKeptByTheNextNotifierToo) {
  rule_.keep_firing_for_seconds = 60;
  define();
  observe({kA}, 0);
  const auto kept = observe({}, 10);
  restart(kept, 20);
  EXPECT_EQ(said(observe({}, 69)), "");
  EXPECT_EQ(said(observe({}, 70)), "resolved a: load > 1: no more; ");
}

TEST_F(QueryAlerts, WithoutDataEndByDefault) {
  define();
  observe({kA}, 0);
  EXPECT_EQ(said(observe({}, 10)), "resolved a: load > 1: no more; ");
}

TEST_F(QueryAlerts, GoOnWithoutDataWhereTheRuleSaysSo) {
  rule_.no_data = "keep";
  define();
  const auto fired = observe({kA, kB}, 0, {kA.labels, kB.labels});
  EXPECT_EQ(said(fired), "fired a: load > 1: 2; fired b: load > 1: 3; ");
  // a is missing, b is well.
  EXPECT_EQ(said(observe({}, 10, {kB.labels})), "resolved b: load > 1: no more; ");
  restart({fired[0]}, 20);
  EXPECT_EQ(said(observe({}, 30, {})), "");
  EXPECT_EQ(said(observe({}, 40, {kA.labels})), "resolved a: load > 1: no more; ");
}

TEST_F(QueryAlerts, ThatPendDoNotFireWithoutData) {
  rule_.no_data = "keep";
  rule_.for_seconds = 30;
  define();
  observe({kA}, 0, {kA.labels});
  EXPECT_EQ(said(observe({}, 60, {})), "");
  EXPECT_EQ(said(observe({kA}, 61, {kA.labels})), "fired a: load > 1: 2; ");
}

TEST_F(QueryAlerts, BeginForWhatIsMissingWhereTheRuleSaysSo) {
  rule_.no_data = "alert";
  rule_.for_seconds = 30;
  define();
  EXPECT_EQ(said(observe({}, 0, {kA.labels, kB.labels})), "");
  EXPECT_EQ(said(observe({}, 10, {kB.labels})), "pending a: no data; ");
  const auto fired = observe({}, 40, {kB.labels});
  EXPECT_EQ(said(fired), "fired a: no data; ");
  restart(fired, 50);
  EXPECT_EQ(said(observe({}, 60, {kB.labels})), "");
  EXPECT_EQ(said(observe({}, 70, {kA.labels, kB.labels})), "resolved a: load > 1: no more; ");
}

TEST_F(QueryAlerts, OfWhatIsMissingAreTheOnesThatFiredBefore) {
  rule_.no_data = "alert";
  define();
  observe({kA}, 0, {kA.labels});
  EXPECT_EQ(said(observe({}, 10, {})), "");
  EXPECT_EQ(book_->alerts(), 1U);
  EXPECT_EQ(book_->firing(at(10)).at(0).alert.text, "no data");
  EXPECT_EQ(said(observe({}, 20, {kA.labels})), "resolved a: load > 1: no more; ");
}

TEST_F(QueryAlerts, OneIsAboutAnInputThatNeverWas) {
  rule_.no_data = "alert";
  define();
  EXPECT_EQ(said(observe({}, 0, {})), "fired -: no data; ");
  EXPECT_EQ(said(observe({}, 10, {})), "");
  EXPECT_EQ(said(observe({}, 20, {kA.labels})), "resolved -: load > 1: no more; ");
  // It was there: now it is a that is missing.
  EXPECT_EQ(said(observe({}, 30, {})), "fired a: no data; ");
}

TEST_F(QueryAlerts, HaveNoValueWithoutData) {
  rule_.no_data = "alert";
  rule_.annotations = {{"summary", "{{ $labels.host }} has {{ $value | humanize }} jobs"}};
  define();
  observe({kA}, 0, {kA.labels});
  observe({}, 10, {kB.labels});
  const auto fired = observe({}, 20, {});
  ASSERT_EQ(said(fired), "fired b: no data; ");
  EXPECT_TRUE(std::isnan(fired[0].alert.value));
  EXPECT_EQ(message_of(fired[0]).annotations.at("summary"), "b has no data jobs");
  for (const auto& one : book_->firing(at(20))) EXPECT_TRUE(std::isnan(one.alert.value)) << "known";
  observe({kB}, 30, {kB.labels});
  for (const auto& one : book_->firing(at(30))) {
    const bool back = one.alert.labels.at("host") == "b";
    EXPECT_EQ(back, one.alert.value == 3) << one.alert.text;
  }
}

TEST_F(QueryAlerts, OfServersThatAreDeletedEnd) {
  rule_.no_data = "alert";
  define();
  const LabelSet labels = {{"host", "a"}, {"server_id", instance_.id.str()}};
  observe({}, 0, {labels});
  EXPECT_EQ(said(observe({}, 10, {})), "fired a: no data; ");
  instance_.id = Uuid::make();
  define(20);
  EXPECT_EQ(said(observe({}, 30, {})), "resolved a: load > 1: no more; ");
}

TEST_F(QueryAlerts, AreTakenUpAgainWhateverTheirLabelsHold) {
  rule_.no_data = "keep";
  rule_.labels = {{"host", "overwritten"}};
  define();
  const LabelSet odd = {{"a", "x,y=1"}, {"b", "="}, {"c", ",,"}, {"host", "a"}};
  const auto fired = observe({{odd, 1}}, 0, {odd});
  ASSERT_EQ(fired.size(), 1U);
  restart(fired, 10);
  EXPECT_EQ(said(observe({{odd, 1}}, 20, {odd})), "");
  EXPECT_EQ(said(observe({}, 30, {})), "");
  EXPECT_EQ(said(observe({}, 40, {odd})), "resolved overwritten: load > 1: no more; ");
}

TEST_F(QueryAlerts, HaveTheirLabelsFilledInWhenTheyBegin) {
  rule_.labels = {{"team", "{{ $labels.host | toUpper }}"}, {"at", "{{ $value }}"}};
  rule_.for_seconds = 10;
  define();
  EXPECT_EQ(observe({kA}, 0).at(0).alert.labels.at("team"), "A");
  const auto fired = observe({{kA.labels, 5}}, 10).at(0);
  EXPECT_EQ(fired.alert.labels.at("at"), "5");
  // It fires on as the same alert.
  observe({{kA.labels, 6}}, 20);
  EXPECT_EQ(book_->firing(at(20)).at(0).alert.labels.at("at"), "5");
}

}  // namespace
}  // namespace monitron::notifier
