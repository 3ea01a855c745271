#include "domain/cron.hpp"

#include <date/tz.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {

namespace {

Instant at(const char* text) { return parse_rfc3339(text).value(); }

std::string next(const char* cron, const char* after, const char* zone = "UTC") {
  const auto parsed = Cron::parse(cron);
  if (!parsed) return parsed.error().text;
  const auto found = parsed->next(at(after), zone);
  return found ? to_rfc3339(*found).substr(0, 16) : "never";
}

}  // namespace

TEST(Cron, FieldsAreThoseOfCrontab) {
  const char* now = "2026-11-21T10:07:30Z";  // a Saturday
  EXPECT_EQ(next("* * * * *", now), "2026-11-21T10:08");
  EXPECT_EQ(next("7 * * * *", now), "2026-11-21T11:07");
  EXPECT_EQ(next("*/15 * * * *", now), "2026-11-21T10:15");
  EXPECT_EQ(next("3/15 * * * *", now), "2026-11-21T10:18");
  EXPECT_EQ(next("10-50/20,5 9 * * *", now), "2026-11-22T09:05");
  EXPECT_EQ(next("0 0 1 Jan *", now), "2027-01-01T00:00");
  EXPECT_EQ(next("0 6 * * mon-fri", now), "2026-11-23T06:00");
  EXPECT_EQ(next("0 6 ? * 7", now), "2026-11-22T06:00");
  EXPECT_EQ(next("0 0 29 2 *", now), "2028-02-29T00:00");
  EXPECT_EQ(next("0 0 13 * fri", now), "2026-11-27T00:00") << "either day is enough";
  EXPECT_EQ(next("0 0 */2 * fri", now), "2026-11-27T00:00") << "begins with *: both must fit";
  EXPECT_EQ(next("0 0 L * *", now), "2026-11-30T00:00");
  EXPECT_EQ(next("0 0 * * 5L", now), "2026-11-27T00:00");
  EXPECT_EQ(next("0 0 * * 2#1", now), "2026-12-01T00:00");
  EXPECT_EQ(next("@daily", now), "2026-11-22T00:00");
  EXPECT_EQ(next(" @Weekly ", now), "2026-11-22T00:00");
  EXPECT_EQ(next("0 0 1 1 *", "2026-01-01T00:00:00Z"), "2027-01-01T00:00") << "after, not at";
}

TEST(Cron, WhatIsNoExpressionSaysWhere) {
  for (const char* text : {"", "* * * *", "* * * * * *", "@reboot"}) {
    EXPECT_NE(next(text, "2026-01-01T00:00:00Z").find("five fields"), std::string::npos) << text;
  }
  EXPECT_EQ(next("60 * * * *", "2026-01-01T00:00:00Z"), "cannot be read: the minute");
  EXPECT_EQ(next("0 24 * * *", "2026-01-01T00:00:00Z"), "cannot be read: the hour");
  EXPECT_EQ(next("0 0 0 * *", "2026-01-01T00:00:00Z"), "cannot be read: the day of the month");
  EXPECT_EQ(next("0 0 * 13 *", "2026-01-01T00:00:00Z"), "cannot be read: the month");
  for (const char* text : {"0 0 * * 8", "0 0 * * mo", "0 0 * * 5-1", "0 0 * * 1#6", "0 0 * * 1LL",
                           "0 0 * * -1", "0 0 * * 1,", "0 0 * * */0", "0 0 * * L"}) {
    EXPECT_EQ(next(text, "2026-01-01T00:00:00Z"), "cannot be read: the day of the week") << text;
  }
  EXPECT_EQ(next("0 0 30 2 *", "2026-01-01T00:00:00Z"), "never comes");
  EXPECT_EQ(next("0 0 * * *", "2026-01-01T00:00:00Z", "Mars/Olympus"), "never");
}

// Berlin: 2026-03-29 02:00 becomes 03:00 (01:00 UTC), 2026-10-25 03:00 becomes 02:00 (01:00 UTC).
TEST(Cron, SkippedTimesComeAtTheSkipAndRepeatedOnesOnce) {
  const char* zone = "Europe/Berlin";
  EXPECT_EQ(next("30 2 * * *", "2026-03-28T12:00:00Z", zone), "2026-03-29T01:00");
  EXPECT_EQ(next("30 2 * * *", "2026-03-29T01:00:00Z", zone), "2026-03-30T00:30");
  EXPECT_EQ(next("0 3 * * *", "2026-03-28T12:00:00Z", zone), "2026-03-29T01:00");
  EXPECT_EQ(next("30 2 * * *", "2026-10-24T12:00:00Z", zone), "2026-10-25T00:30");
  EXPECT_EQ(next("30 2 * * *", "2026-10-25T00:30:00Z", zone), "2026-10-26T01:30");
}

TEST(Cron, EachHourIsEachHourThatPasses) {
  const char* zone = "Europe/Berlin";
  EXPECT_EQ(next("30 * * * *", "2026-03-29T00:30:00Z", zone), "2026-03-29T01:30");
  EXPECT_EQ(next("30 * * * *", "2026-10-25T00:30:00Z", zone), "2026-10-25T01:30");
  EXPECT_EQ(next("30 * * * *", "2026-10-25T01:30:00Z", zone), "2026-10-25T02:30");
  EXPECT_EQ(next("* 2 * * *", "2026-10-25T00:59:00Z", zone), "2026-10-25T01:00")
      << "the second time that it is two o'clock";
}

// Against a search that looks at every minute.
RC_GTEST_PROP(Cron, IsTheFirstMinuteThatFits, ()) {
  const auto minute = *rc::gen::inRange(0, 60);
  const auto step = *rc::gen::inRange(1, 24);
  const std::string zone =
      *rc::gen::element<std::string>("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu");
  const auto after = date::sys_days(date::year(2026) / 1 / 1) +
                     std::chrono::minutes(*rc::gen::inRange(0, 365 * 24 * 60));
  const auto cron =
      Cron::parse(std::to_string(minute) + " */" + std::to_string(step) + " * * *").value();
  const auto found = cron.next(Instant(after.time_since_epoch()), zone).value();
  const auto* place = date::locate_zone(zone);
  auto time = date::floor<std::chrono::minutes>(after) + std::chrono::minutes(1);
  for (;; time += std::chrono::minutes(1)) {
    const auto local = place->to_local(time);
    const auto day = date::floor<date::days>(local);
    const auto clock = date::make_time(local - day);
    if (clock.minutes().count() == minute && clock.hours().count() % step == 0) break;
  }
  RC_ASSERT(to_ms(found) == std::chrono::milliseconds(time.time_since_epoch()).count());
}

// Whatever the clocks do: it comes once on each day that has it, and never goes back.
RC_GTEST_PROP(Cron, ATimeOfDayComesOnceADay, ()) {
  const std::string zone =
      *rc::gen::element<std::string>("Europe/Berlin", "America/New_York", "Australia/Lord_Howe");
  const int minute = *rc::gen::inRange(0, 60);
  const int hour = *rc::gen::inRange(0, 24);
  const auto cron =
      Cron::parse(std::to_string(minute) + " " + std::to_string(hour) + " * * *").value();
  auto time = at("2026-01-01T00:00:00Z");
  const auto end = at("2027-01-01T00:00:00Z");
  int count = 0;
  while ((time = cron.next(time, zone).value()) < end) ++count;
  RC_ASSERT(count >= 364 && count <= 366);
}

RC_GTEST_PROP(Cron, AnyTextIsReadOrRefused, (const std::string& text)) { (void)Cron::parse(text); }

RC_GTEST_PROP(Cron, TextOfItsOwnSignsIsReadOrRefused, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("0123456789 *,-/?LW#@janmonfri ")));
  const auto cron = Cron::parse(text);
  if (cron) RC_ASSERT(cron->next(at("2026-01-01T00:00:00Z"), "Europe/Berlin").has_value());
}

}  // namespace monitron::domain
