#include "http/target.hpp"

#include <gtest/gtest.h>

namespace monitron::http {
namespace {

TEST(Target, DecodesOnceAndKeepsText) {
  EXPECT_EQ(decode_path("/api/v1/a%20b").value(), "/api/v1/a b");
  EXPECT_EQ(decode_path("/a%2541").value(), "/a%41");
  EXPECT_EQ(decode_query_part("a+b%2Fc").value(), "a b/c");
}

// S-25.
TEST(Target, RefusesWhatCouldMeanAnotherPath) {
  for (const auto* raw : {"", "x", "/../etc/passwd", "/a/../b", "/a/./b", "//health", "/a//b",
                          "/a%2fb", "/a%5Cb", "/%00", "/%ff", "/%", "/%4", "/%zz", "/..%00"}) {
    EXPECT_FALSE(decode_path(raw)) << raw;
  }
}

TEST(Target, EncodedTextComesBack) {
  const std::string text = "k:v & ä/\"%";
  EXPECT_EQ(decode_query_part(percent_encode(text)).value(), text);
}

TEST(Target, FormsKeepEveryValueOfAName) {
  const auto form = parse_form("match[]=up%7Ba%3D%22b%22%7D&x=1+2&&match[]=down&y&=z").value();
  EXPECT_EQ(form.count("match[]"), 2u);
  EXPECT_EQ(form.lower_bound("match[]")->second, "up{a=\"b\"}");
  EXPECT_EQ(form.find("x")->second, "1 2");
  EXPECT_EQ(form.find("y")->second, "");
  EXPECT_EQ(form.find("")->second, "z");
  EXPECT_TRUE(parse_form("").value().empty());
  EXPECT_FALSE(parse_form("a=%zz"));
  EXPECT_FALSE(parse_form("%ff=1"));
}

}  // namespace
}  // namespace monitron::http
