#include "base/text.hpp"

#include <gtest/gtest.h>

namespace monitron {

using namespace std::chrono_literals;

TEST(ParseDuration, UnitsFallAndComeOnce) {
  EXPECT_EQ(parse_duration("7d"), 168h);
  EXPECT_EQ(parse_duration("3650d"), 87600h);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("1w2d3h4m5s6ms"), 216h + 3h + 4min + 5s + 6ms);
  EXPECT_EQ(parse_duration("100y"), 876000h);
  EXPECT_EQ(parse_duration("0"), 0ms);
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
}

TEST(ParseDuration, NothingElseIsOne) {
  for (const char* text : {"", "7", "d", "-1d", "7 d", "1.5h", "1h1h", "30m1h", "7D", "1day", "+1d",
                           "300y", "99999999999999999999s", "9223372036854775807ms", "1d "}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace monitron
