#include "auth/totp.hpp"

#include "base/bytes.hpp"

#include <array>
#include <gtest/gtest.h>
#include <set>

namespace monitron::auth {
namespace {

// That of the appendices of both RFCs.
const std::string kSecret = "12345678901234567890";

Instant at(std::int64_t seconds) { return from_ms(seconds * 1000); }

TEST(Totp, MakesTheCodesOfRfc4226) {
  const std::array codes = {"755224", "287082", "359152", "969429", "338314",
                            "254676", "287922", "162583", "399871", "520489"};
  for (std::size_t step = 0; step < codes.size(); ++step) {
    EXPECT_EQ(totp_code(kSecret, static_cast<std::int64_t>(step)), codes[step]) << step;
  }
}

// Its codes have eight digits; ours are the last six of them.
TEST(Totp, MakesTheCodesOfRfc6238) {
  const std::array<std::pair<std::int64_t, const char*>, 6> codes = {{{59, "94287082"},
                                                                      {1111111109, "07081804"},
                                                                      {1111111111, "14050471"},
                                                                      {1234567890, "89005924"},
                                                                      {2000000000, "69279037"},
                                                                      {20000000000, "65353130"}}};
  for (const auto& [seconds, code] : codes) {
    EXPECT_EQ(totp_code(kSecret, totp_step(at(seconds))), std::string(code).substr(2)) << seconds;
  }
}

TEST(Totp, ACodeIsGoodFromOneStepBeforeToOneAfter) {
  const auto now = at(1'800'000'000);
  const auto step = totp_step(now);
  for (std::int64_t away = -5; away <= 5; ++away) {
    const auto found = match_totp(kSecret, totp_code(kSecret, step + away), now);
    if (away < -1 || away > 1) {
      EXPECT_FALSE(found) << away;
    } else {
      EXPECT_EQ(found, step + away);
    }
  }
  EXPECT_EQ(match_totp(kSecret, totp_code(kSecret, step), at(1'800'000'029)), step);
  EXPECT_EQ(match_totp(kSecret, totp_code(kSecret, step), at(1'800'000'059)), step);
  EXPECT_FALSE(match_totp(kSecret, totp_code(kSecret, step), at(1'800'000'060)));
}

TEST(Totp, ACodeIsGoodOnce) {
  const auto now = at(1'800'000'000);
  const auto step = totp_step(now);
  const auto code = totp_code(kSecret, step);
  ASSERT_EQ(match_totp(kSecret, code, now, step - 1), step);
  EXPECT_FALSE(match_totp(kSecret, code, now, step)) << "used";
  EXPECT_FALSE(match_totp(kSecret, totp_code(kSecret, step - 1), now, step)) << "older than used";
  EXPECT_EQ(match_totp(kSecret, totp_code(kSecret, step + 1), now, step), step + 1);
}

TEST(Totp, TakesBlanksAndNothingElse) {
  const auto now = at(59);
  EXPECT_EQ(match_totp(kSecret, "287 082", now), 1);
  EXPECT_EQ(match_totp(kSecret, " 287082 ", now), 1);
  for (const auto* code : {"", "28708", "2870822", "287083", "+87082", "287082\n", "0287082",
                           "２８７０８２", "287,082"}) {
    EXPECT_FALSE(match_totp(kSecret, code, now)) << code;
  }
  EXPECT_FALSE(match_totp(kSecret, std::string(1 << 20, ' ') + "287082", now));
  EXPECT_FALSE(match_totp("another secret......", "287082", now));
}

TEST(Totp, SecretsHave160RandomBits) {
  std::set<std::string> made;
  for (int i = 0; i < 100; ++i) {
    made.insert(make_totp_secret());
    EXPECT_EQ(made.begin()->size(), 20u);
  }
  EXPECT_EQ(made.size(), 100u);
}

TEST(Totp, TheUriEscapesNames) {
  EXPECT_EQ(totp_uri(kSecret, "Monitron of A&B: x", "ann+ops@example.org"),
            "otpauth://totp/Monitron%20of%20A%26B%3A%20x:ann%2Bops%40example.org"
            "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Monitron%20of%20A%26B%3A%20x"
            "&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace monitron::auth
