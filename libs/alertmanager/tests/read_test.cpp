// What comes from Alertmanager, whatever it is.

#include "alertmanager/read.hpp"

#include <gtest/gtest.h>

namespace monitron::alertmanager {
namespace {

TEST(AlertmanagerAnswers, SaySoWhenTheyAreNone) {
  const std::string deep(100'000, '[');
  for (const std::string& answer : {std::string(), std::string("null"), std::string("<html>"),
                                    std::string(R"({"a":1})"), deep, deep + "1"}) {
    EXPECT_FALSE(read_alerts(answer));
    EXPECT_FALSE(read_silences(answer));
    EXPECT_FALSE(read_silence_id(answer));
    EXPECT_FALSE(read_clustered(answer));
  }
}

TEST(AlertmanagerAnswers, MembersOfOtherTypesAreLeftOut) {
  const auto alerts = read_alerts(
      R"([1, {"labels": {"a": 1, "b": "c"}, "annotations": [], "status": {"state": "suppressed",
          "silencedBy": ["x", 2], "inhibitedBy": null}}])");
  ASSERT_TRUE(alerts);
  ASSERT_EQ(alerts->size(), 1U);
  EXPECT_EQ(alerts->at(0).labels, (Labels{{"b", "c"}}));
  EXPECT_EQ(alerts->at(0).silenced_by, std::vector<std::string>{"x"});
  EXPECT_TRUE(alerts->at(0).inhibited_by.empty());
}

TEST(AlertmanagerAnswers, AMatcherOfBeforeIsEqualWithoutBeingSaid) {
  const auto silences = read_silences(
      R"([{"id": "1", "status": {"state": "active"}, "endsAt": "2026-11-22T10:00:00.000Z",
          "matchers": [{"name": "a", "value": "b", "isRegex": true},
                       {"name": "c", "value": "d", "isRegex": false, "isEqual": false}]}])");
  ASSERT_TRUE(silences);
  EXPECT_EQ(silences->at(0).matchers,
            (std::vector<Matcher>{{"a", "b", true, true}, {"c", "d", false, false}}));
  EXPECT_EQ(to_rfc3339(silences->at(0).ends_at), "2026-11-22T10:00:00.000Z");
}

// Of 0.25, of 0.27, and of those that are told to name receivers.
TEST(AlertmanagerAnswers, WhatWasSentIsCountedByIntegration) {
  const std::string metrics = R"(# TYPE alertmanager_notifications_failed_total counter
alertmanager_notifications_failed_total{integration="email"} 0
alertmanager_notifications_failed_total{integration="slack",reason="clientError"} 2
alertmanager_notifications_failed_total{integration="slack",reason="other"} 1e+06
alertmanager_notifications_failed_total{integration="webhook",receiver_name="a\"} 9"} 4
alertmanager_notifications_failed_total{reason="other"} 7
alertmanager_notifications_failed_total{integration="sns"} NaN
alertmanager_notification_requests_failed_total{integration="email"} 5
alertmanager_notifications_total{integration="email"} 8
alertmanager_notifications_total{integration="slack")";
  EXPECT_EQ(
      read_sends(metrics),
      (SendCountsByIntegration{{"email", {8, 0}}, {"slack", {0, 1'000'002}}, {"webhook", {0, 4}}}));
  EXPECT_TRUE(read_sends("<html>").empty());
  EXPECT_TRUE(read_sends("").empty());
}

}  // namespace
}  // namespace monitron::alertmanager
