#include "agent/quarantine.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace monitron::agent {
namespace {

namespace fs = std::filesystem;

TEST(Quarantine, KeepsTheBytesAndTheReasonAndNoMoreThanItsLimit) {
  char pattern[] = "/tmp/monitron-quarantine-XXXXXX";
  const std::string base = mkdtemp(pattern);
  Quarantine quarantine(base + "/q", 3);
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    ASSERT_TRUE(quarantine.keep({{}, seq, "bytes"}, "HTTP 400").has_value());
  }
  const auto count = std::distance(fs::directory_iterator(base + "/q"), fs::directory_iterator());
  EXPECT_EQ(count, 6) << "three batches, three reasons";
  const auto last = base + "/q/" + std::string(32, '0') + "-5";
  std::string text;
  std::getline(std::ifstream(last + ".reason"), text);
  EXPECT_EQ(text, "HTTP 400");
  EXPECT_EQ(fs::status(last + ".batch").permissions(), fs::perms(0600));
  EXPECT_EQ(quarantine.kept(), 5u);
  fs::remove_all(base);
}

}  // namespace
}  // namespace monitron::agent
