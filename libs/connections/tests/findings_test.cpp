// What is wrong, and what to do about it. C-020.

#include "connections/findings.hpp"

#include <gtest/gtest.h>

namespace monitron::connections {
namespace {

Edge edge() {
  Edge one{.server_id = "s", .direction = "outbound", .port = "5432", .peer = "10.0.0.2"};
  one.labels = promql::Labels{{"instance", "web-1"}};
  one.covered_seconds = 100;
  one.opened = 100;
  return one;
}

std::vector<std::string> kinds(const Edge& one) {
  std::vector<std::string> all;
  for (const auto& finding : findings_of({one}, {})) {
    EXPECT_FALSE(finding.summary.empty() || finding.advice.empty()) << finding.kind;
    all.push_back(finding.kind);
  }
  return all;
}
using Kinds = std::vector<std::string>;

TEST(Findings, AreNoneWhereAllIsWell) {
  auto one = edge();
  one.failed = {{"refused", 4}};
  one.closed = 99;
  one.duration_seconds = 90;
  one.sent_segments = 1000;
  one.resent_segments = 20;
  one.rtt_seconds = 0.25;
  one.sent_bytes = 1;
  one.busy_seconds = 19;
  one.receiver_limited_seconds = 19;
  EXPECT_EQ(kinds(one), Kinds{});
  EXPECT_TRUE(findings_of({edge()}, {{.port = "80", .waiting = 80, .most_waiting = 100}}).empty());
}

TEST(Findings, FailuresAreToldWithTheirCauses) {
  auto one = edge();
  one.opened = 28;
  one.failed = {{"refused", 3}, {"timed_out", 9}};
  const auto found = findings_of({one}, {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, "failing");
  EXPECT_EQ(found[0].severity, Finding::Severity::warning);
  EXPECT_EQ(found[0].hostname, "web-1");
  EXPECT_EQ(found[0].summary, "12 of 40 attempts failed: 3 refused, 9 timed_out");
  EXPECT_NE(found[0].advice.find("firewalls"), std::string::npos) << "on what is most of it";
  one.opened = 0;
  EXPECT_EQ(findings_of({one}, {})[0].severity, Finding::Severity::critical) << "none came through";
}

TEST(Findings, ShortConnectionsInNumbersAreChurn) {
  auto one = edge();
  one.closed = 1000;
  one.duration_seconds = 50;
  const auto found = findings_of({one}, {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].summary, "10 connections a second end, each after 50 ms");
  one.direction = "inbound";
  EXPECT_EQ(kinds(one), Kinds{}) << "it is for the other side to mend";
}

TEST(Findings, WhatSlowsConnectionsIsTold) {
  auto one = edge();
  one.sent_segments = 100;
  one.resent_segments = 3;
  one.rtt_seconds = 0.4;
  one.sent_bytes = 1;
  one.connection_seconds = 100;
  one.busy_seconds = 80;
  one.receiver_limited_seconds = 60;
  EXPECT_EQ(kinds(one), (Kinds{"lossy", "slow", "receiver_limited"})) << "warnings come first";
  one.receiver_limited_seconds = 0;
  one.sender_limited_seconds = 60;
  EXPECT_EQ(kinds(one).back(), "sender_limited");
}

TEST(Findings, ServicesThatAreGoneOrStuckAreTold) {
  const auto found = findings_of(
      {}, {{.port = "80", .waiting = 81, .most_waiting = 100}, {.port = "22", .up = false}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].kind, "service_gone");
  EXPECT_EQ(found[0].port, "22");
  EXPECT_EQ(found[1].kind, "backlog_full");
  EXPECT_EQ(found[1].summary, "81 connections wait to be accepted, of 100 that may");
}

}  // namespace
}  // namespace monitron::connections
