#include "base/log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace monitron::log {

TEST(Log, NoInputForgesALine) {
  start("log_test", "info");
  testing::internal::CaptureStdout();
  const std::string wicked = "a\n{\"level\":\"error\"}\r\x1b[2J\xff\u202e";
  debug("test.unseen", "below the level");
  info("test.seen", wicked, {{"peer", wicked}, {"count", 3}, {"good", true}});
  const auto text = testing::internal::GetCapturedStdout();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_TRUE(
      std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= ' ' && c < 127; }));
  const auto line = nlohmann::json::parse(text);
  EXPECT_EQ(line["service"], "log_test");
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["event"], "test.seen");
  EXPECT_EQ(line["count"], 3);
  EXPECT_EQ(line["msg"], line["peer"]);
}

}  // namespace monitron::log
