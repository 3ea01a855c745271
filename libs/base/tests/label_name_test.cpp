#include "base/label_name.hpp"

#include <gtest/gtest.h>

namespace monitron {
namespace {

TEST(LabelName, IsAsPrometheusAndAlertmanagerTakeIt) {
  for (const auto* good : {"a", "_", "server_role", "A9"}) EXPECT_TRUE(is_label_name(good)) << good;
  for (const auto* bad : {"", "9a", "server-role", "a b", "ä"}) EXPECT_FALSE(is_label_name(bad));
}

TEST(LabelName, OfOthersIsMadePlain) {
  EXPECT_EQ(with_plain_names({{"a-b.c", "1"}, {"9x", "2"}, {"", "3"}}),
            (std::map<std::string, std::string>{{"a_b_c", "1"}, {"_9x", "2"}, {"_", "3"}}));
}

TEST(LabelName, TheFirstOfTwoThatBecomeOneStays) {
  EXPECT_EQ(with_plain_names({{"a-b", "1"}, {"a_b", "2"}}),
            (std::map<std::string, std::string>{{"a_b", "1"}}));
}

}  // namespace
}  // namespace monitron
