#include "http/rate_limit.hpp"

#include "http/network.hpp"

#include <gtest/gtest.h>

namespace monitron::http {
namespace {

class StillClock final : public Clock {
 public:
  Instant now() const override { return from_ms(0); }
  SteadyInstant steady_now() const override { return SteadyInstant(time); }
  std::chrono::milliseconds time{1'000'000};
};

TEST(RateLimit, AMinutesWorthAtOnceThenAsTimePasses) {
  StillClock clock;
  RateLimit limit(clock, 60);
  for (int i = 59; i >= 0; --i) {
    const auto verdict = limit.take("a");
    ASSERT_TRUE(verdict.allowed);
    EXPECT_EQ(verdict.left, i);
  }
  const auto refused = limit.take("a");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.wait, std::chrono::seconds(1));
  EXPECT_EQ(refused.reset, std::chrono::seconds(60));
  EXPECT_TRUE(limit.take("b").allowed) << "others are not concerned";
  clock.time += refused.wait;
  EXPECT_TRUE(limit.take("a").allowed);
  EXPECT_FALSE(limit.take("a").allowed);
  clock.time += std::chrono::hours(1);
  EXPECT_EQ(limit.take("a").left, 59) << "never more than a minute's";
}

// S-22.
// S-22: nobody has as many buckets as addresses of his own.
TEST(RateLimit, ANetworkIsOneCaller) {
  EXPECT_EQ(network_of("2001:db8:1:2:aaaa::1"), network_of("2001:db8:1:2::ffff"));
  EXPECT_NE(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
  EXPECT_EQ(network_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("unknown"), "unknown");
}

TEST(RateLimit, SaysSoInHeaders) {
  StillClock clock;
  RateLimit limit(clock, 2);
  limit.take("a");
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(limit.headers_of(limit.take("a")),
            (Headers{{"RateLimit-Policy", "\"requests\";q=2;w=60"},
                     {"RateLimit", "\"requests\";r=0;t=60"}}));
  EXPECT_EQ(limit.headers_of(limit.take("a")).back(),
            (std::pair<std::string, std::string>{"Retry-After", "30"}));
}

// A crowd of callers does not make it grow, and takes nothing from who asks too much.
TEST(RateLimit, ItsMemoryIsBounded) {
  StillClock clock;
  RateLimit limit(clock, 1);
  for (std::size_t i = 0; i + 1 < RateLimit::kMostCallers; ++i) limit.take(std::to_string(i));
  clock.time += std::chrono::minutes(1);
  limit.take("greedy");
  EXPECT_TRUE(limit.take("one more").allowed);
  EXPECT_FALSE(limit.take("greedy").allowed);
}

}  // namespace
}  // namespace monitron::http
