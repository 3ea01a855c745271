// Pure: places at hosts.

#include "checker/host_queues.hpp"

#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

namespace monitron::checker {

TEST(HostQueues, WhoWaitsIsServedInOrderAndTestsFirst) {
  HostQueues<int> queues;
  EXPECT_EQ(queues.enter("mysql db1", 1, 1), 1);
  EXPECT_EQ(queues.enter("mysql db2", 1, 2), 2);
  EXPECT_FALSE(queues.enter("mysql db1", 1, 3));
  EXPECT_FALSE(queues.enter("mysql db1", 1, 4));
  EXPECT_FALSE(queues.enter("mysql db1", 1, 5, true));
  EXPECT_EQ(queues.waiting(), 3U);
  EXPECT_EQ(queues.leave("mysql db1"), 5);
  EXPECT_EQ(queues.leave("mysql db1"), 3);
  EXPECT_EQ(queues.leave("mysql db1"), 4);
  EXPECT_FALSE(queues.leave("mysql db1"));
  EXPECT_EQ(queues.enter("mysql db1", 1, 6), 6) << "free again";
}

// Whatever comes and goes: never more than the places, and nobody is forgotten.
RC_GTEST_PROP(HostQueues, NeverMoreThanThePlacesAndNobodyLost,
              (const std::vector<std::pair<bool, std::uint8_t>>& steps)) {
  HostQueues<int> queues;
  std::map<std::string, int> running;
  std::size_t inside = 0;
  int next = 0;
  std::size_t total = 0;
  for (const auto& [enters, number] : steps) {
    const std::string host = std::to_string(number % 3);
    if (enters) {
      ++total;
      if (queues.enter(host, 2, ++next)) ++running[host];
    } else if (running[host] > 0) {
      --total;
      if (!queues.leave(host)) --running[host];
    }
    RC_ASSERT(running[host] <= 2);
    inside = 0;
    for (const auto& [name, count] : running) inside += static_cast<std::size_t>(count);
    RC_ASSERT(inside + queues.waiting() == total);
  }
}

TEST(HostQueues, TheHostOfACheckIsThatOfItsTarget) {
  domain::CheckDefinition check;
  check.use<domain::HttpSettings>();
  check.target = "https://user:word@example.org:8443/path";
  EXPECT_EQ(host_of(check), "example.org");
  check.use<domain::MysqlSettings>();
  check.target = "db1";
  EXPECT_EQ(host_of(check), "db1");
  check.target = "db1:3307";
  EXPECT_EQ(host_of(check), "db1");
  check.use<domain::ScriptSettings>();
  EXPECT_EQ(host_of(check), "");
}

}  // namespace monitron::checker
