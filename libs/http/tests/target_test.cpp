#include "http/target.hpp"

#include <gtest/gtest.h>

namespace monitron::http {
namespace {

TEST(Target, DecodesOnceAndKeepsText) {
  EXPECT_EQ(decode_path("/api/v1/a%20b").value(), "/api/v1/a b");
  EXPECT_EQ(decode_path("/a%2541").value(), "/a%41");
  EXPECT_EQ(decode_query_part("a+b%2Fc").value(), "a b/c");
}

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

}  // namespace
}  // namespace monitron::http
