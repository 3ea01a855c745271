// Recurrence rules; tests/recurrence compares them with another implementation.

#include "domain/rrule.hpp"

#include <gtest/gtest.h>

namespace monitron::domain {

namespace {

Instant at(const char* text) { return parse_rfc3339(text).value(); }

// The first occurrences at or after `from`, in UTC.
std::string next(const char* rule, const char* start, const char* from, int count = 1,
                 const char* zone = "UTC") {
  const auto parsed = RRule::parse(rule, start, zone);
  if (!parsed) return parsed.error().text;
  std::string text;
  auto found = parsed->next(at(from));
  for (int i = 0; i < count; ++i) {
    text += (i > 0 ? " " : "") + (found ? to_rfc3339(*found).substr(0, 16) : "none");
    if (found) found = parsed->next(*found + std::chrono::milliseconds(1));
  }
  return text;
}

std::string complaint(const char* rule, const char* start = "2026-01-01T00:00:00") {
  const auto parsed = RRule::parse(rule, start, "UTC");
  return parsed ? "" : parsed.error().text;
}

}  // namespace

TEST(RRule, SaysWhatRfc5545Says) {
  const char* start = "2026-11-22T02:00:00";  // a Sunday
  const char* now = "2026-11-23T00:00:00Z";
  EXPECT_EQ(next("FREQ=WEEKLY;BYDAY=SU", start, "2026-11-01T00:00:00Z"), "2026-11-22T02:00");
  EXPECT_EQ(next("rrule:freq=weekly", start, now), "2026-11-29T02:00");
  EXPECT_EQ(next("FREQ=MONTHLY;BYDAY=2TU", start, now), "2026-12-08T02:00");
  EXPECT_EQ(next("FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=0,12", start, now, 2),
            "2026-11-30T00:00 2026-11-30T12:00");
  EXPECT_EQ(next("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", start, now), "2026-11-30T02:00");
  EXPECT_EQ(next("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", start, now, 2),
            "2028-02-29T02:00 2032-02-29T02:00");
  EXPECT_EQ(next("FREQ=YEARLY;BYDAY=20MO", start, now), "2027-05-17T02:00");
  EXPECT_EQ(next("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU", start, now, 2),
            "2026-11-24T02:00 2026-12-06T02:00");
  EXPECT_EQ(next("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO", start, now, 2),
            "2026-12-01T02:00 2026-12-06T02:00");
  EXPECT_EQ(next("FREQ=HOURLY;INTERVAL=6;BYMINUTE=15", start, now, 2),
            "2026-11-23T02:15 2026-11-23T08:15");
  EXPECT_EQ(next("FREQ=DAILY;COUNT=3", start, now, 3), "2026-11-23T02:00 2026-11-24T02:00 none");
  EXPECT_EQ(next("FREQ=DAILY;UNTIL=20261124T015959", start, now, 2), "2026-11-23T02:00 none");
  EXPECT_EQ(next("FREQ=DAILY;UNTIL=20261124T020000Z", start, now, 3),
            "2026-11-23T02:00 2026-11-24T02:00 none");
}

TEST(RRule, RulesOfLongAgoAreAsQuick) {
  const auto rule = RRule::parse("FREQ=HOURLY;BYMINUTE=0,20,40", "1970-01-01T00:00", "Asia/Tokyo");
  ASSERT_TRUE(rule);
  for (int i = 0; i < 20'000; ++i) {  // half a million hours, each time, would take minutes
    const auto now = at("2037-06-01T00:10:00Z") + std::chrono::seconds(i);
    ASSERT_TRUE(rule->next(now));
    ASSERT_TRUE(rule->latest(now - std::chrono::hours(1), now));
  }
}

TEST(RRule, WhatIsNoRuleSaysWhere) {
  EXPECT_EQ(complaint(""), "FREQ is missing: FREQ=WEEKLY");
  EXPECT_EQ(complaint("FREQ=SECONDLY"), "FREQ: comes too often: HOURLY at most");
  EXPECT_EQ(complaint("FREQ=MINUTELY"), "FREQ: comes too often: HOURLY at most");
  EXPECT_EQ(complaint("FREQ=DAILY;BYWEEKNO=3"), "BYWEEKNO: is not supported");
  EXPECT_EQ(complaint("FREQ=DAILY;BYYEARDAY=3"), "BYYEARDAY: is not supported");
  EXPECT_EQ(complaint("FREQ=DAILY;SOMETIMES=3"), "SOMETIMES: is no part of a recurrence rule");
  EXPECT_EQ(complaint("FREQ=DAILY;INTERVAL=0"), "INTERVAL: must be a number of 1 to 10000");
  EXPECT_EQ(complaint("FREQ=DAILY;BYHOUR=24"), "BYHOUR: '24' is no hour");
  EXPECT_EQ(complaint("FREQ=DAILY;BYMONTHDAY=0"), "BYMONTHDAY: '0' is no day of a month");
  EXPECT_EQ(complaint("FREQ=DAILY;BYDAY=XX"), "BYDAY: 'XX' is no day of the week like MO or -1FR");
  EXPECT_EQ(complaint("FREQ=WEEKLY;BYDAY=2MO"),
            "BYDAY with numbers is for FREQ=MONTHLY and FREQ=YEARLY");
  EXPECT_EQ(complaint("FREQ=MONTHLY;BYDAY=6MO"), "BYDAY: no month has so many of a weekday");
  EXPECT_EQ(complaint("FREQ=DAILY;FREQ=DAILY"), "FREQ comes twice");
  EXPECT_EQ(complaint("FREQ"), "'FREQ' must look like FREQ=WEEKLY");
  EXPECT_EQ(complaint("FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z"),
            "COUNT and UNTIL exclude each other");
  EXPECT_EQ(complaint("FREQ=DAILY;UNTIL=20270101"),
            "UNTIL: must be a time like 20261231T235959 or 20261231T225959Z (UTC)");
  EXPECT_EQ(complaint("FREQ=DAILY;BYSETPOS=1"), "BYSETPOS needs another part that begins with BY");
  EXPECT_EQ(complaint("FREQ=HOURLY;BYMINUTE=0,10,20,30,40"), "it comes more than 100 times a day");
  for (const char* rule :
       {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;UNTIL=20200101T000000",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=3", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=7"}) {
    EXPECT_EQ(complaint(rule), "never comes") << rule;
  }
  EXPECT_FALSE(RRule::parse("FREQ=DAILY", "2026-02-30T00:00:00", "UTC"));
  EXPECT_FALSE(RRule::parse("FREQ=DAILY", "2026-02-03 00:00:00", "UTC"));
  EXPECT_FALSE(RRule::parse("FREQ=DAILY", "2026-02-03T00:00:00", "Mars/Olympus"));
}

// Berlin: 2026-03-29 02:00 becomes 03:00 (01:00 UTC), 2026-10-25 03:00 becomes 02:00 (01:00 UTC).
TEST(RRule, SkippedTimesComeAfterTheSkipAndRepeatedOnesOnce) {
  const char* zone = "Europe/Berlin";
  const char* start = "2026-01-01T02:30:00";
  EXPECT_EQ(next("FREQ=DAILY", start, "2026-03-28T12:00:00Z", 2, zone),
            "2026-03-29T01:00 2026-03-30T00:30");
  EXPECT_EQ(next("FREQ=DAILY", start, "2026-03-29T01:00:00Z", 1, zone), "2026-03-29T01:00");
  EXPECT_EQ(next("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0", start, "2026-03-28T12:00:00Z", 2, zone),
            "2026-03-29T01:00 2026-03-30T00:00")
      << "both are the same moment";
  EXPECT_EQ(next("FREQ=DAILY", start, "2026-10-24T12:00:00Z", 2, zone),
            "2026-10-25T00:30 2026-10-26T01:30");
  EXPECT_EQ(next("FREQ=DAILY", start, "2026-10-25T01:10:00Z", 1, zone), "2026-10-26T01:30");
  const auto rule = RRule::parse("FREQ=DAILY", start, zone);
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->latest(at("2026-10-25T00:00:00Z"), at("2026-10-25T01:05:00Z")),
            at("2026-10-25T00:30:00Z"))
      << "it is 02:05 again, but half past two was an hour ago";
  EXPECT_EQ(rule->latest(at("2026-10-25T00:31:00Z"), at("2026-10-25T02:30:00Z")), std::nullopt);
}

}  // namespace monitron::domain
