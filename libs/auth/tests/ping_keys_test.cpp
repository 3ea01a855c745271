#include "auth/ping_keys.hpp"

#include <gtest/gtest.h>

namespace monitron::auth {

namespace {

const PingKeys kKeys("0123456789abcdef0123456789abcdef");
const CheckId kCheck{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057")};

}  // namespace

TEST(PingKeys, AKeyNamesItsCheck) {
  const auto key = kKeys.key_of(kCheck);
  EXPECT_EQ(key.size(), 36u + 1 + 22);
  EXPECT_EQ(kKeys.check_of(key), kCheck);
  EXPECT_EQ(key, PingKeys("0123456789abcdef0123456789abcdef").key_of(kCheck)) << "for ever";
}

TEST(PingKeys, KeysOfAnOlderSecretStayGood) {
  const std::string now(32, 'n'), before = "0123456789abcdef0123456789abcdef";
  const PingKeys both(std::vector<std::string>{now, before});
  EXPECT_EQ(both.check_of(kKeys.key_of(kCheck)), kCheck);
  EXPECT_EQ(both.key_of(kCheck), PingKeys(now).key_of(kCheck));
  EXPECT_FALSE(PingKeys(now).check_of(kKeys.key_of(kCheck)));
}

TEST(PingKeys, NobodyMakesOneWithoutTheSecret) {
  const auto key = kKeys.key_of(kCheck);
  EXPECT_FALSE(PingKeys("another 32 bytes another 32 byte").check_of(key));
  const CheckId other{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8058")};
  EXPECT_FALSE(kKeys.check_of(other.str() + key.substr(36))) << "of another check";
  for (std::size_t i = 0; i < key.size(); ++i) {
    auto wrong = key;
    wrong[i] = wrong[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(kKeys.check_of(wrong)) << i;
    EXPECT_FALSE(kKeys.check_of(key.substr(0, i)));
  }
  EXPECT_FALSE(kKeys.check_of(key + "A"));
  EXPECT_FALSE(kKeys.check_of(""));
}

}  // namespace monitron::auth
