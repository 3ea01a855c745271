#include "base/ids.hpp"

#include <gtest/gtest.h>

namespace monitron {

TEST(Uuid, RoundTripsThroughTextAndBytes) {
  const Uuid id = Uuid::make();
  EXPECT_EQ(Uuid::parse(id.str()).value(), id);
  EXPECT_EQ(Uuid::from_bytes(id.raw()).value(), id);
  EXPECT_EQ(id.str()[14], '7');
}

TEST(Uuid, WrongTextIsRefused) {
  for (const char* text :
       {"", "1234", "00000000-0000-0000-0000-00000000000g", "00000000000000000000000000000000",
        "00000000-0000-0000-0000-0000000000000", "000000000-000-0000-0000-000000000000"}) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

TEST(Uuid, LaterIdsSortBehindEarlierOnes) {
  Uuid first = Uuid::make();
  first.bytes[6] = 0x70;
  EXPECT_LT(first.bytes[0], Uuid::make().bytes[0] + 1);
}

}  // namespace monitron
