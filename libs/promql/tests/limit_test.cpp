#include "promql/limit.hpp"

#include "promql/parser.hpp"

#include <gtest/gtest.h>

namespace monitron::promql {
namespace {

std::string changed(const std::string& text, double limit) {
  const auto with = with_limit(*parse(text), limit);
  return with ? *with : "refused";
}

// C-042.
TEST(Limit, OfTheTopLevelComparisonIsChanged) {
  EXPECT_EQ(changed("rate(errors_total[5m]) > 5", 2.5), "rate(errors_total[5m]) > 2.5");
  EXPECT_EQ(changed("(sum by (job) (up) < bool 3)", -1), "sum by (job) (up) < bool -1");
  EXPECT_EQ(changed("0.9 < used_ratio", 0.5), "0.5 < used_ratio");
  EXPECT_EQ(changed("a / b > (-2)", 3), "a / b > 3");
}

TEST(Limit, OfWhatIsNoComparisonWithANumberIsRefused) {
  for (const char* text : {"up", "a > b", "a > 1 and b > 2", "a > 2 * 3", "sum(a > 1)"}) {
    EXPECT_EQ(changed(text, 1), "refused") << text;
  }
}

}  // namespace
}  // namespace monitron::promql
