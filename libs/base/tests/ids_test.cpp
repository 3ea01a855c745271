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
  const auto time_of = [](const Uuid& id) { return std::string(id.raw().substr(0, 6)); };
  const Uuid first = Uuid::make();
  Uuid later = first;
  while (time_of(later) == time_of(first)) later = Uuid::make();
  EXPECT_LT(first, later);
}

}  // namespace monitron
