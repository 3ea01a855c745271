// What is told of connections, read back. C-010, C-015, C-016, C-018, C-022, C-039.

#include "connections/edges.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace monitron::connections {
namespace {

using Values = std::vector<double>;

class Edges : public testing::Test {
 protected:
  // Values ten seconds apart, the last at 100 s.
  void see(const std::string& metric, const Values& values, promql::Labels more = {}) {
    std::vector<promql::Sample> samples;
    auto time = 100'000 - static_cast<std::int64_t>(values.size() - 1) * 10'000;
    for (const double value : values) {
      samples.push_back({time, value});
      time += 10'000;
    }
    for (const auto& [name, value] : labels_.pairs()) {
      if (more.get(name).empty()) more.set(name, value);
    }
    more.set(promql::kMetricName, metric);
    reader_.see(more, samples);
  }
  Edge only() {
    auto all = reader_.take();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Edge{} : all.front();
  }
  // What limits one connection that was open all of 30 seconds.
  std::string limit(double busy, double receiver, double sender) {
    see("connection_open", {1, 1, 1, 1});
    see("connection_sent_bytes_total", {0, 0, 0, 1000});
    see("connection_busy_seconds_total", {0, 0, 0, busy});
    see("connection_receiver_limited_seconds_total", {0, 0, 0, receiver});
    see("connection_sender_limited_seconds_total", {0, 0, 0, sender});
    return std::string(to_string(only().limited_by()));
  }

  promql::Labels labels_{{"server_id", "s"}, {"instance", "web-1"}, {"direction", "outbound"},
                         {"port", "5432"},   {"peer", "10.0.0.2"},  {"service_type", "postgresql"}};
  EdgeReader reader_{{}, 0};
};

TEST_F(Edges, HaveWhatTheirSeriesTell) {
  see("connection_open", {2, 4, 4});
  see("connection_opened_total", {10, 12, 16});
  see("connection_closed_total", {8, 8, 12});
  see("connection_failed_total", {0, 0, 2}, {{"cause", "refused"}});
  see("connection_failed_total", {5, 5, 5}, {{"cause", "reset"}});
  see("connection_sent_bytes_total", {100, 300, 500});
  see("connection_received_bytes_total", {0, 1000, 4000});
  see("connection_sent_segments_total", {0, 50, 100});
  see("connection_resent_segments_total", {0, 0, 5});
  see("connection_rtt_seconds", {0.1, 0.1, 0.002});
  see("connection_duration_seconds_sum", {100, 100, 108});
  see("connection_process_open", {1, 3, 3}, {{"process", "nginx"}, {"user", "www-data"}});
  see("connection_process_open", {1, 1, 1}, {{"process", "nginx"}, {"user", "root"}});
  see("connection_process_open", {2, 1, 0}, {{"process", "cron"}, {"user", "root"}});
  const auto edge = only();
  EXPECT_EQ(edge.server_id, "s");
  EXPECT_EQ(edge.direction, "outbound");
  EXPECT_EQ(edge.port, "5432");
  EXPECT_EQ(edge.peer, "10.0.0.2");
  EXPECT_EQ(edge.service_type, "postgresql");
  EXPECT_EQ(edge.labels, (promql::Labels{{"instance", "web-1"}}));
  EXPECT_EQ(edge.open, 4);
  EXPECT_EQ(edge.opened, 6);
  EXPECT_EQ(edge.closed, 4);
  EXPECT_EQ(edge.failed, (std::map<std::string, double>{{"refused", 2}}));
  EXPECT_EQ(edge.attempts(), 8);
  EXPECT_EQ(edge.error_ratio(), 0.25);
  EXPECT_EQ(edge.covered_seconds, 20);
  EXPECT_EQ(edge.sent_bytes_per_second(), 20);
  EXPECT_EQ(edge.received_bytes_per_second(), 200);
  EXPECT_EQ(edge.resent_ratio(), 0.05);
  EXPECT_EQ(edge.rtt_seconds, 0.002);
  EXPECT_EQ(edge.mean_duration_seconds(), 2);
  EXPECT_EQ(edge.connection_seconds, 60);
  EXPECT_EQ(edge.processes, (std::map<std::string, double>{{"nginx", 4}}));
  EXPECT_EQ(edge.last_ms, 100'000);
}

TEST_F(Edges, ACounterThatFallsHasBegunAnew) {
  see("connection_open", {0, 0, 0});
  see("connection_opened_total", {100, 3, 5});
  EXPECT_EQ(only().opened, 5);
}

TEST_F(Edges, ThoseThatTheLastRoundHasNotAreNotOpen) {
  see("connection_open", {1, 1});
  see("connection_opened_total", {0, 1});
  promql::Labels old{{"peer", "10.0.0.9"}, {"server_id", "s"}, {"direction", "outbound"}};
  old.set(promql::kMetricName, "connection_open");
  reader_.see(old, std::vector<promql::Sample>{{80'000, 7}, {90'000, 7}});
  const auto all = reader_.take();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].open + all[1].open, 1) << "the other one ended";
}

// What is asked for may be old edges alone.
TEST_F(Edges, TheLastRoundMayBeOneThatHasNoneOfThem) {
  reader_ = EdgeReader({{"s", 110'000}}, 0);
  see("connection_open", {1, 1});
  EXPECT_EQ(only().open, 0);
  reader_ = EdgeReader({{"another", 110'000}}, 0);
  see("connection_open", {1, 1});
  EXPECT_EQ(only().open, 1);
}

TEST_F(Edges, OfAnAgentThatIsAwayNothingIsOpen) {
  reader_ = EdgeReader({}, 100'001);
  see("connection_open", {1, 1});
  see("connection_rtt_seconds", {0.1, 0.1});
  see("connection_opened_total", {0, 1});
  const auto edge = only();
  EXPECT_EQ(edge.open, 0);
  EXPECT_FALSE(edge.rtt_seconds.has_value());
  EXPECT_EQ(edge.opened, 1) << "that was in the window";
}

TEST_F(Edges, ADeploymentIsAnEdgeOfItsOwn) {
  see("connection_open", {1, 1}, {{"deployment", "v1"}});
  see("connection_open", {2, 2}, {{"deployment", "v2"}});
  const auto all = reader_.take();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_NE(all[0].labels.get("deployment"), all[1].labels.get("deployment"));
}

TEST_F(Edges, WhatLimitsThemIsToldByTheKernelsAccounts) {
  EXPECT_EQ(limit(10, 0, 0), "application");
  EXPECT_EQ(limit(28, 20, 0), "receiver");
  EXPECT_EQ(limit(28, 5, 20), "sender");
  EXPECT_EQ(limit(28, 5, 5), "network");
  EXPECT_EQ(limit(0, 0, 0), "application") << "within a tick of the kernel";
  see("connection_open", {1, 1, 1, 1});
  EXPECT_EQ(to_string(only().limited_by()), "");
}

// Connections of a tenth of a second are never open when a round looks.
TEST_F(Edges, WhatLimitsShortOnesIsToldByTheirDurations) {
  see("connection_open", {0, 0});
  see("connection_sent_bytes_total", {0, 1000});
  see("connection_duration_seconds_sum", {0, 8});
  see("connection_busy_seconds_total", {0, 7});
  EXPECT_EQ(to_string(only().limited_by()), "network");
  see("connection_open", {0, 0});
  see("connection_sent_bytes_total", {0, 1000});
  see("connection_duration_seconds_sum", {0, 8});
  see("connection_busy_seconds_total", {0, 1});
  EXPECT_EQ(to_string(only().limited_by()), "application");
}

TEST_F(Edges, ValuesThatAreNoNumbersAreLeftOut) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  see("connection_open", {1, nan});
  see("connection_opened_total", {1, nan, 4});
  const auto edge = only();
  EXPECT_EQ(edge.open, 0);
  EXPECT_EQ(edge.opened, 3);
  EXPECT_EQ(edge.connection_seconds, 10);
}

}  // namespace
}  // namespace monitron::connections
