// The head, and a plain store that keeps everything: what both answer is the same.

#include "head/head.hpp"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>
#include <set>

namespace monitron::head {
namespace {

using promql::Labels;
using promql::Matcher;
using promql::MatchKind;
using Answer = std::map<Labels, std::map<std::int64_t, std::uint64_t>>;

constexpr std::int64_t kNow = 1'700'000'000'000;

// All that was stored, by labels, as PostgreSQL has it.
class PlainStore : public promql::Source {
 public:
  Result<void> select(const promql::Selection& selection, promql::Budget& budget,
                      const Visit& visit) override {
    ++asked;
    const auto snapshot = all;
    if (meanwhile) meanwhile();
    if (auto going = budget.check(); !going) return going;
    for (const auto& [labels, samples] : snapshot) {
      if (!promql::matches(selection.matchers, labels)) continue;
      std::vector<promql::Sample> some;
      for (const auto& [time, bits] : samples) {
        if (time < selection.from_ms || time > selection.to_ms) continue;
        some.push_back({time, std::bit_cast<double>(bits)});
      }
      if (some.empty()) continue;
      if (auto done = visit(labels, some); !done) return done;
    }
    return {};
  }

  Answer all;
  int asked = 0;
  std::function<void()> meanwhile;  // comes after what the answer is made of
};

Matcher is(const std::string& name, const std::string& value, MatchKind kind = MatchKind::equal) {
  return *Matcher::make(kind, name, value);
}

Owner server(int number) {
  const auto id = *Uuid::parse("018f0000-0000-7000-8000-00000000000" + std::to_string(number));
  return {id, "server_id",
          Labels({{"instance", "host" + std::to_string(number)},
                  {"server_id", id.str()},
                  {"env", "prod"}})};
}

Owner check() {
  const auto id = *Uuid::parse("018f0000-0000-7000-8000-0000000000aa");
  return {id, "check_id", Labels({{"check", "shop"}, {"check_id", id.str()}, {"kind", "http"}})};
}

contracts::Batch batch_of(const Uuid& source, const std::vector<contracts::Series>& series,
                          std::vector<contracts::Frame> frames,
                          std::vector<contracts::Point> points = {}) {
  contracts::Batch batch;
  batch.id.source = SourceId{source};
  contracts::Block block;
  block.dictionary = contracts::pack_dictionary(series);
  block.series_count = static_cast<std::uint32_t>(series.size());
  block.frames = std::move(frames);
  block.points = std::move(points);
  batch.blocks.push_back(std::move(block));
  return batch;
}

Result<Answer> ask(promql::Source& source, const std::vector<Matcher>& matchers,
                   std::int64_t from_ms, std::int64_t to_ms) {
  promql::Budget budget(promql::Limits{});
  Answer answer;
  const auto done =
      source.select({matchers, from_ms, to_ms}, budget, [&](const auto& labels, auto samples) {
        EXPECT_FALSE(answer.contains(labels)) << labels.str();
        std::int64_t last = 0;
        for (const auto& sample : samples) {
          EXPECT_LT(last, sample.time_ms);
          last = sample.time_ms;
          answer[labels][sample.time_ms] = std::bit_cast<std::uint64_t>(sample.value);
        }
        return Result<void>{};
      });
  if (!done) return fail(done.error());
  return answer;
}

const std::vector<Need>& needs() {
  static const std::vector<Need> all = {
      {{is("__name__", "x")}, 300'000},
      {{is("__name__", "x|y", MatchKind::regex), is("env", "prod")}, 600'000},
      {{is("__name__", "z"), is("server_id", "", MatchKind::not_equal)}, 60'000},
      {{is("__name__", "imported")}, 300'000},
      {{is("__name__", "probe_success")}, 300'000}};
  return all;
}
const std::vector<Matcher>& x() { return needs()[0].matchers; }

// A world that sends to both. What is sent while `deaf` reaches storage alone, as in a gap.
struct World {
  Head head{Config{}};
  PlainStore store;
  bool deaf = false;
  std::vector<Owner> owners = {server(1), server(2), server(3), check()};

  World() {
    head.define(needs(), owners, kNow);
    EXPECT_TRUE(head.fill(store, kNow));
  }

  void keep(const Labels& labels, std::int64_t time, double value, bool replace = true) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    auto& samples = store.all[labels];
    if (replace) samples[time] = bits;
    samples.try_emplace(time, bits);
  }

  void send_some() {
    static const std::vector<contracts::Series> kinds = {{"x", {{"a", "1"}}},
                                                         {"x", {{"a", "2"}, {"env", "dev"}}},
                                                         {"y", {{"server_id", "mine"}}},
                                                         {"z", {{"__metric_type__", "cpu"}}},
                                                         {"other", {}},
                                                         {"imported", {{"instance", "far"}}}};
    std::vector<contracts::Series> series;
    for (const auto& kind : kinds) {
      if (*rc::gen::arbitrary<bool>()) series.push_back(kind);
    }
    if (series.empty()) return;
    const auto who = *rc::gen::inRange<std::size_t>(0, 4);
    std::vector<contracts::Frame> frames;
    std::vector<contracts::Point> points;
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
      contracts::Frame frame{any_time(), {}};
      while (frame.values.size() < series.size()) frame.values.push_back(any_value());
      frames.push_back(frame);
    }
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
      points.push_back({*rc::gen::inRange(0U, static_cast<std::uint32_t>(series.size())),
                        any_time(), *rc::gen::inRange(0, 9) / 1.0});
    }
    for (const auto& frame : frames) {
      for (std::size_t i = 0; i < series.size(); ++i) {
        if (contracts::is_absent(frame.values[i])) continue;
        keep(labels_of(who, series[i]), frame.time_ms, frame.values[i]);
      }
    }
    for (const auto& point : points) {
      keep(labels_of(who, series[point.series]), point.time_ms, point.value);
    }
    const auto nobody = *rc::gen::element(Uuid{}, contracts::kSuite.value);
    const auto source = who == 3 ? nobody : owners[who].id;
    if (!deaf) head.add(batch_of(source, series, frames, points), kNow);
  }

  // As series::SampleSource says; `who` 3 is nobody.
  Labels labels_of(std::size_t who, const contracts::Series& series) const {
    auto pairs = who == 3 ? Labels().pairs() : owners[who].labels.pairs();
    pairs.emplace_back("__name__", series.name);
    for (const auto& [name, value] : series.labels) {
      if (name == "__metric_type__") continue;
      if (name == "server_id" && who != 3) continue;
      pairs.emplace_back(name, value);
    }
    return Labels(pairs);
  }

  void send_result() {
    domain::CheckResult result;
    result.check_id = CheckId{check().id};
    result.slot = from_ms(any_time());
    const bool up = *rc::gen::arbitrary<bool>();
    result.outcome.status = up ? domain::CheckStatus::up : domain::CheckStatus::down;
    auto labels = check().labels;
    labels.set("__name__", "probe_success");
    keep(labels, to_ms(result.slot), up ? 1 : 0, false);
    if (!deaf) head.add(result, kNow);
  }

  void send() {
    if (*rc::gen::inRange(0, 3) == 0) {
      send_result();
    } else {
      send_some();
    }
  }

  static std::int64_t any_time() { return kNow - 10'000L * *rc::gen::inRange(-6, 70); }
  static double any_value() {
    return *rc::gen::element<double>(1.0, 2.5, 3e9, 0.1234567890123456, NAN, INFINITY,
                                     std::bit_cast<double>(promql::kStaleBits), contracts::kAbsent);
  }

  void compare() {
    for (const auto& need : needs()) {
      const auto from = kNow - need.keep_ms;
      const auto here = ask(head, need.matchers, from, kNow + 60'000);
      RC_ASSERT(here.has_value());
      RC_ASSERT(*here == *ask(store, need.matchers, from, kNow + 60'000));
    }
  }
};

RC_GTEST_PROP(Head, AnswersAsAPlainStoreDoes, ()) {
  World world;
  for (int i = *rc::gen::inRange(1, 12); i > 0; --i) {
    world.send();
    if (*rc::gen::inRange(0, 8) == 0) world.head.tidy(kNow);
  }
  world.compare();
}

// What came before a gap, in it, while it is filled and afterwards.
RC_GTEST_PROP(Head, AfterAGapItIsWholeAgain, ()) {
  World world;
  const auto some = [&] {
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) world.send();
  };
  some();
  world.deaf = true;
  some();
  world.deaf = false;
  world.head.lose();
  RC_ASSERT(world.head.wants_filling(kNow));
  RC_ASSERT(!ask(world.head, x(), 0, kNow).has_value());
  world.store.meanwhile = some;
  RC_ASSERT(world.head.fill(world.store, kNow).has_value());
  RC_ASSERT(!world.head.wants_filling(kNow));
  world.store.meanwhile = nullptr;
  some();
  world.compare();
}

TEST(Head, AGapWhileItIsFilledIsNotForgotten) {
  World world;
  world.head.lose();
  world.store.meanwhile = [&] { world.head.lose(); };
  EXPECT_FALSE(world.head.fill(world.store, kNow));
  world.store.meanwhile = nullptr;
  EXPECT_TRUE(world.head.wants_filling(kNow));
  EXPECT_TRUE(world.head.fill(world.store, kNow));
}

// Ten thousand rules that differ in the value of a label are not ten thousand questions.
TEST(Head, SelectorsThatAreAlikeAreReadAtOnce) {
  PlainStore store;
  Head head{Config{}};
  std::vector<Need> alike;
  const std::vector<std::string> odd = {"a.b", "a|b", "(", "é", "a b", "\\d"};
  for (int i = 0; i < 500; ++i) {
    const auto value = i < 6 ? odd[static_cast<std::size_t>(i)] : std::to_string(i);
    alike.push_back({{is("__name__", "x"), is("team", value)}, 60'000 + i});
    store.all[Labels({{"__name__", "x"}, {"team", value}})][kNow] = 1;
  }
  store.all[Labels({{"__name__", "x"}, {"team", "aXb"}})][kNow] = 1;
  alike.push_back({{is("__name__", "y")}, 60'000});
  head.define(alike, {server(1)}, kNow);
  ASSERT_TRUE(head.fill(store, kNow));
  EXPECT_FALSE(head.wants_filling(kNow));
  EXPECT_LE(store.asked, 4);
  EXPECT_EQ(head.stats().series, 500U);
  for (const auto& need : alike) {
    EXPECT_EQ(ask(head, need.matchers, 0, kNow), ask(store, need.matchers, 0, kNow));
  }
}

TEST(Head, StopsReadingWhenItIsTold) {
  World world;
  world.head.lose();
  world.store.meanwhile = [&] { world.head.stop_reading(); };
  EXPECT_FALSE(world.head.fill(world.store, kNow));
  EXPECT_FALSE(world.head.fill(world.store, kNow));
}

TEST(Head, NewRulesAreFilledAndOldOnesForgotten) {
  World world;
  const std::vector<contracts::Series> series = {{"x", {}}, {"w", {}}};
  world.head.add(batch_of(server(1).id, series, {{kNow, {1, 2}}}), kNow);
  world.keep(world.labels_of(0, {"w", {}}), kNow - 10'000, 1);
  world.keep(world.labels_of(0, {"w", {}}), kNow, 2);
  const std::vector<Need> others = {{{is("__name__", "w")}, 300'000}};
  world.head.define(others, world.owners, kNow);
  EXPECT_EQ(world.head.stats().series, 0U);
  EXPECT_EQ(ask(world.head, others[0].matchers, 0, kNow).error().fault, Fault::unavailable);
  EXPECT_EQ(ask(world.head, x(), 0, kNow).error().fault, Fault::not_found);
  ASSERT_TRUE(world.head.fill(world.store, kNow));
  world.head.add(batch_of(server(1).id, series, {{kNow + 1, {1, 2}}}), kNow);
  EXPECT_EQ(ask(world.head, others[0].matchers, 0, kNow + 1)->begin()->second.size(), 3U);
}

// Of what is measured together all is seen, or nothing.
TEST(Head, AViewIsAsTheHeadWasBetweenTwoBatches) {
  World world;
  const std::vector<contracts::Series> series = {{"x", {}}, {"y", {}}, {"z", {}}};
  const auto send = [&](std::int64_t time, double value) {
    world.head.add(batch_of(server(1).id, series, {{time, {value, value, value}}}), kNow);
  };
  send(kNow - 20'000, 1);
  Head::View view(world.head);
  const auto& both = needs()[1].matchers;
  EXPECT_EQ(ask(view, x(), 0, kNow), ask(world.head, x(), 0, kNow));
  send(kNow - 10'000, 2);
  send(kNow, 3);
  world.head.add(batch_of(server(2).id, series, {{kNow, {1, 1, 1}}}), kNow);
  EXPECT_EQ(ask(view, x(), 0, kNow)->begin()->second.size(), 1U);
  const auto seen = ask(view, both, 0, kNow);
  EXPECT_EQ(seen->size(), 2U);
  for (const auto& [labels, samples] : *seen) EXPECT_EQ(samples.size(), 1U) << labels.str();
  EXPECT_EQ(ask(world.head, both, 0, kNow)->size(), 4U);
  EXPECT_EQ(ask(world.head, x(), 0, kNow)->begin()->second.size(), 3U);
  send(kNow - 30'000, 0);  // late: it may have been there all the time
  EXPECT_EQ(ask(view, x(), 0, kNow)->begin()->second.size(), 2U);
}

TEST(Head, KnowsWhoReadsWhatArrives) {
  const auto a = Uuid::make(), b = Uuid::make(), c = Uuid::make();
  Head head{Config{}};
  const Matcher team = is("team", "1");
  const std::vector<Need> read = {{{is("__name__", "x")}, 300'000, a},
                                  {{is("__name__", "x")}, 60'000, b},
                                  {{is("__name__", "y"), team}, 60'000, b},
                                  {{is("__name__", "probe_success")}, 60'000, c},
                                  {{is("__name__", "w")}, 60'000, {}}};
  head.define(read, {server(1), check()}, kNow);
  const auto readers = [&] {
    const auto all = head.take_readers().all;
    return std::set<Uuid>(all.begin(), all.end());
  };
  const auto send = [&](const contracts::Series& series) {
    return head.add(batch_of(server(1).id, {series, {"w", {}}}, {{kNow, {1, 1}}}), kNow);
  };
  const auto report = [&](std::int64_t slot) {
    domain::CheckResult result;
    result.check_id = CheckId{check().id};
    result.slot = from_ms(slot);
    result.outcome.status = domain::CheckStatus::up;
    return head.add(result, kNow);
  };
  EXPECT_TRUE(readers().empty());
  EXPECT_TRUE(send({"x", {}}));
  EXPECT_FALSE(send({"x", {}}));  // that is known already
  EXPECT_EQ(readers(), (std::set{a, b}));
  EXPECT_TRUE(readers().empty());
  send({"nobody_reads", {}});
  EXPECT_TRUE(readers().empty());
  EXPECT_TRUE(send({"y", {{"team", "1"}}}));
  EXPECT_EQ(readers(), std::set{b});
  send({"y", {{"team", "2"}}});
  EXPECT_TRUE(readers().empty());
  for (const auto slot : {kNow - 1000, kNow}) {
    EXPECT_TRUE(report(slot));
    EXPECT_FALSE(report(slot));
    EXPECT_EQ(readers(), std::set{c});
  }
  // Another rule with the same selector, and one that is gone.
  send({"x", {}});
  head.define({{{is("__name__", "x")}, 300'000, c}}, {server(1), check()}, kNow);
  EXPECT_EQ(readers(), (std::set{a, b}));
  send({"x", {}});
  EXPECT_EQ(readers(), std::set{c});
}

// Storage learns of new labels some seconds later, so that long it is not asked.
TEST(Head, AnInstanceThatIsNewOrHasOtherLabelsIsReadAgain) {
  World world;
  const std::vector<contracts::Series> series = {{"x", {}}};
  const auto later = kNow + 5'000;
  auto owners = world.owners;
  owners.push_back(server(4));
  world.head.add(batch_of(server(4).id, series, {{kNow - 10'000, {1}}}), kNow);
  auto labels = server(4).labels;
  labels.set("__name__", "x");
  world.keep(labels, kNow - 10'000, 1);
  world.head.define(needs(), owners, kNow);
  EXPECT_FALSE(world.head.wants_filling(kNow));
  EXPECT_TRUE(ask(world.head, x(), 0, kNow));
  ASSERT_TRUE(world.head.wants_filling(later));
  ASSERT_TRUE(world.head.fill(world.store, later));
  EXPECT_EQ(ask(world.head, x(), 0, kNow)->count(labels), 1U);

  owners.back().labels.set("env", "test");
  world.head.define(needs(), owners, later);
  EXPECT_FALSE(ask(world.head, x(), 0, kNow));  // it would miss it
  world.store.all.clear();
  labels.set("env", "test");
  world.keep(labels, kNow - 10'000, 1);
  ASSERT_TRUE(world.head.fill(world.store, later));
  EXPECT_FALSE(ask(world.head, x(), 0, kNow));
  ASSERT_TRUE(world.head.fill(world.store, later + 5'000));
  world.head.add(batch_of(server(4).id, series, {{kNow, {2}}}), kNow);
  const auto answer = ask(world.head, x(), 0, kNow);
  EXPECT_EQ(answer->size(), 1U);
  EXPECT_EQ((*answer).at(labels).size(), 2U);

  owners.pop_back();
  world.head.define(needs(), owners, later);
  EXPECT_TRUE(ask(world.head, x(), 0, kNow)->empty());
}

TEST(Head, WhatWasReadBeforeItsOwnerWasKnownIsOneSeriesWithWhatComes) {
  World world;
  auto owners = world.owners;
  auto paused = check();
  owners.pop_back();
  world.head.define(needs(), owners, kNow);
  paused.labels.set("__name__", "probe_success");
  world.keep(paused.labels, kNow - 10'000, 1);
  world.head.lose();
  ASSERT_TRUE(world.head.fill(world.store, kNow));
  const auto& matchers = needs()[4].matchers;
  EXPECT_EQ(ask(world.head, matchers, 0, kNow)->size(), 1U);
  world.head.define(needs(), world.owners, kNow);
  ASSERT_TRUE(world.head.fill(world.store, kNow + 5'000));
  domain::CheckResult result;
  result.check_id = CheckId{check().id};
  result.slot = from_ms(kNow);
  result.outcome.status = domain::CheckStatus::up;
  world.head.add(result, kNow);
  const auto answer = ask(world.head, matchers, 0, kNow);
  ASSERT_EQ(answer->size(), 1U);
  EXPECT_EQ(answer->begin()->second.size(), 2U);
}

TEST(Head, WhatWasOnItsWayToStorageIsReadLater) {
  World world;
  world.keep(world.labels_of(0, {"x", {}}), kNow - 10'000, 1);
  EXPECT_TRUE(ask(world.head, x(), 0, kNow)->empty());
  ASSERT_TRUE(world.head.read_again(world.store, kNow));
  EXPECT_EQ(ask(world.head, x(), 0, kNow)->size(), 1U);
}

TEST(Head, IsBoundedAndSaysSo) {
  Head head({.max_bytes = 200'000});
  PlainStore store;
  head.define({needs()[0]}, {server(1)}, kNow);
  ASSERT_TRUE(head.fill(store, kNow));
  std::vector<contracts::Series> series;
  for (int i = 0; i < 5000; ++i) series.push_back({"x", {{"n", std::to_string(10'000 + i)}}});
  const auto send = [&](std::int64_t time) {
    const std::vector<double> values(series.size(), 1.5);
    head.add(batch_of(server(1).id, series, {{time, values}}), time);
  };
  send(kNow);
  const auto full = head.stats();
  EXPECT_GT(full.refused, 3000U);
  EXPECT_NE(full.refused_last.find("x{"), std::string::npos);
  EXPECT_LT(full.bytes, 300'000U);
  const auto refused = ask(head, x(), 0, kNow);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("is full"), std::string::npos) << refused.error().text;
  // An hour later all of it is forgotten; fewer series have room.
  const auto later = kNow + 3'600'000;
  head.tidy(later);
  EXPECT_EQ(head.stats().series, 0U);
  ASSERT_TRUE(head.fill(store, later));
  series.resize(100);
  send(later);
  EXPECT_EQ(ask(head, x(), 0, later)->size(), 100U);
}

// What arrives while storage is read is kept twice until that ends.
TEST(Head, WhatArrivesWhileItIsFilledIsBounded) {
  constexpr std::size_t kMost = 300'000;
  Head head({.max_bytes = kMost});
  PlainStore store;
  head.define({needs()[0]}, {server(1)}, kNow);
  std::vector<contracts::Series> series;
  for (int i = 0; i < 10; ++i) series.push_back({"x", {{"n", std::to_string(i)}}});
  store.meanwhile = [&] {
    for (std::int64_t i = 0; i < 2000; ++i) {
      head.add(batch_of(server(1).id, series, {{kNow + i * 10, std::vector<double>(10, 1.5)}}),
               kNow);
    }
    EXPECT_LT(head.stats().bytes, kMost / 8 * 10);
    EXPECT_GT(head.stats().refused, 0U);
  };
  ASSERT_TRUE(head.fill(store, kNow));
  EXPECT_LT(head.stats().bytes, kMost / 2);
  const auto refused = ask(head, x(), 0, kNow + 20'000);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("is full"), std::string::npos) << refused.error().text;
}

}  // namespace
}  // namespace monitron::head
