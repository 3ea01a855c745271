#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace monitron {

TEST(Clock, Rfc3339RoundTrips) {
  for (const std::int64_t ms : {0LL, 1'763'719'200'123LL, -1LL, 4'102'444'800'000LL,
                                -62'167'219'200'000LL, 253'402'300'799'999LL}) {
    EXPECT_EQ(to_ms(parse_rfc3339(to_rfc3339(from_ms(ms))).value()), ms);
  }
  EXPECT_EQ(to_rfc3339(from_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_text(from_ms(999)), "1970-01-01 00:00:00 UTC");
}

TEST(Clock, OffsetsAndFractionsAreRead) {
  EXPECT_EQ(parse_rfc3339("2026-11-21T12:30:00.123456+02:30"),
            parse_rfc3339("2026-11-21T10:00:00.123Z"));
  EXPECT_EQ(parse_rfc3339("2026-11-21 10:00:00Z"), parse_rfc3339("2026-11-21T10:00:00Z"));
}

TEST(Clock, WrongTimesAreRefused) {
  for (const char* text :
       {"", "now", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00+2", "2026-01-01T00:00:00Zjunk",
        "-026-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00+00:01"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

}  // namespace monitron
