#include "checker/self_report.hpp"

#include "checker/slot_metrics.hpp"

#include <gtest/gtest.h>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

const Instant kStart = from_ms(1'700'000'000'000);

struct Reported {
  std::vector<contracts::Series> series;
  contracts::Block block;

  explicit Reported(const Report& report) : block(report.batch.blocks.at(0)) {
    series = contracts::unpack_dictionary(block.dictionary).value();
  }
  // At a frame; none: it is not there.
  std::optional<double> value(std::size_t frame, const std::string& name,
                              const std::pair<std::string, std::string>& label) const {
    for (std::size_t i = 0; i < series.size(); ++i) {
      const auto& labels = series[i].labels;
      if (series[i].name != name || std::count(labels.begin(), labels.end(), label) == 0) continue;
      const double found = block.frames.at(frame).values.at(i);
      return contracts::is_absent(found) ? std::nullopt : std::optional(found);
    }
    return std::nullopt;
  }
};

}  // namespace

// checkers of one store are told apart.
TEST(SelfReport, SaysWhatThePageOfMetricsSays) {
  service::Metrics metrics;
  metrics.gauge("monitron_checker_checks", "Checks of this location.").set(3);
  auto late = metrics.histogram("monitron_checker_schedule_lateness_seconds", "Late.", {0.5, 1});
  late.observe(0.75);
  late.observe(40);
  const ReportMaker maker({"berlin", "host:1"}, kStart);
  const auto report = maker.make(metrics.collect(), kStart + 10s);
  EXPECT_EQ(report.batch.id.source, contracts::kSuite);
  const Reported told(report);
  ASSERT_EQ(told.block.frames.size(), 2u);
  EXPECT_EQ(told.block.frames[1].time_ms, to_ms(kStart + 10s));
  for (const auto& series : told.series) {
    const auto has = [&](const std::string& name, const std::string& value) {
      return std::count(series.labels.begin(), series.labels.end(), std::pair(name, value)) == 1;
    };
    EXPECT_TRUE(has("location", "berlin") && has("checker", "host:1")) << series.name;
  }
  const std::pair<std::string, std::string> here{"location", "berlin"};
  const std::string lateness = "monitron_checker_schedule_lateness_seconds";
  EXPECT_EQ(told.value(1, "monitron_checker_checks", here), 3);
  EXPECT_EQ(told.value(1, lateness + "_bucket", {"le", "0.5"}), 0);
  EXPECT_EQ(told.value(1, lateness + "_bucket", {"le", "1"}), 1);
  EXPECT_EQ(told.value(1, lateness + "_bucket", {"le", "+Inf"}), 2);
  EXPECT_EQ(told.value(1, lateness + "_count", here), 2);
  EXPECT_DOUBLE_EQ(told.value(1, lateness + "_sum", here).value(), 40.75);
  const auto& metadata = report.batch.metadata;
  EXPECT_TRUE(std::any_of(metadata.begin(), metadata.end(), [&](const auto& one) {
    return one.name == lateness && one.type == "histogram" && one.help == "Late.";
  }));
}

// Or increase() would not see what a counter begins with.
TEST(SelfReport, BeforeTheFirstSampleOfACounterStandsAZero) {
  service::Metrics metrics;
  const std::string name = "monitron_checker_slots_missed_total";
  const std::pair<std::string, std::string> late{"reason", "late"}, silent{"reason", "silent"};
  auto counter = missed_slots(metrics, "berlin", domain::MissReason::late);
  counter.add(7);
  metrics.gauge("monitron_checker_checks", "Checks.").set(3);
  ReportMaker maker({"berlin", "host:1"}, kStart);
  const auto lost = maker.make(metrics.collect(), kStart + 10s);
  const auto first = maker.make(metrics.collect(), kStart + 20s);
  for (const auto* report : {&lost, &first}) {
    const Reported told(*report);
    ASSERT_EQ(told.block.frames.size(), 2u);
    EXPECT_EQ(told.block.frames[0].time_ms, to_ms(kStart));
    EXPECT_EQ(told.value(0, name, late), 0);
    EXPECT_EQ(told.value(1, name, late), 7);
    EXPECT_FALSE(told.value(0, "monitron_checker_checks", {"location", "berlin"}));
  }
  maker.arrived(first);
  EXPECT_EQ(Reported(maker.make(metrics.collect(), kStart + 30s)).block.frames.size(), 1u);
  // Of another location, by who acts for all.
  missed_slots(metrics, "paris", domain::MissReason::silent).add(2);
  const Reported more(maker.make(metrics.collect(), kStart + 30s));
  ASSERT_EQ(more.block.frames.size(), 2u);
  EXPECT_EQ(more.block.frames[0].time_ms, to_ms(kStart + 20s));
  EXPECT_EQ(more.value(0, name, silent), 0);
  EXPECT_EQ(more.value(1, name, silent), 2);
  EXPECT_EQ(more.value(1, name, {"location", "paris"}), 2);
  EXPECT_FALSE(more.value(0, name, late));
}

}  // namespace monitron::checker
