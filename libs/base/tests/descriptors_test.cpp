#include "base/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace monitron {
namespace {

class Descriptors : public testing::Test {
 protected:
  Descriptors() { getrlimit(RLIMIT_NOFILE, &before_); }
  ~Descriptors() override { setrlimit(RLIMIT_NOFILE, &before_); }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  static rlim_t limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  }
  void begin_with(rlim_t soft) {
    rlimit limit = before_;
    limit.rlim_cur = soft;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  rlimit before_{};
};

TEST_F(Descriptors, TheLimitIsRaisedToWhatIsWanted) {
  begin_with(100);
  EXPECT_EQ(allow_descriptors(200), 200);
  EXPECT_EQ(limit(), 200);
}

TEST_F(Descriptors, NoLimitIsLowered) {
  begin_with(200);
  EXPECT_EQ(allow_descriptors(100), 100);
  EXPECT_EQ(limit(), 200);
}

TEST_F(Descriptors, TheSystemHasTheLastWord) {
  begin_with(100);
  EXPECT_EQ(allow_descriptors(before_.rlim_max + 1), before_.rlim_max);
}

}  // namespace
}  // namespace monitron
