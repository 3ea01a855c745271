#include "base/csv.hpp"

#include <gtest/gtest.h>

namespace monitron {
namespace {

TEST(Csv, QuotesWhatWouldBecomeOtherCells) {
  EXPECT_EQ(csv_line({"", "a b", "a,b", "a;b", "say \"no\"", "two\nlines"}),
            ",a b,\"a,b\",\"a;b\",\"say \"\"no\"\"\",\"two\nlines\"\r\n");
}

// S10.
// S-10.
TEST(Csv, NothingIsAFormula) {
  for (const auto* text : {"=1+1", "+1", "-1", "@sum", " =1", "|cmd", "%0", "\uff1d1"}) {
    EXPECT_EQ(csv_line({text}), "'" + std::string(text) + "\r\n");
  }
  EXPECT_EQ(csv_line({"\t=1"}), "\"'\t=1\"\r\n");
}

}  // namespace
}  // namespace monitron
