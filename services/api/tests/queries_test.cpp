// What goes wrong in a query or waits too long ends neither the program nor others (M-022).

#include "api/queries.hpp"

#include "api/waits.hpp"
#include "http/client.hpp"
#include "http/loop_server.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/servers.hpp"

#include <future>
#include <gtest/gtest.h>
#include <new>

namespace monitron::api {
namespace {

TEST(Queries, OneThatThrowsIsOver) {
  service::Metrics metrics;
  Queries queries({.concurrency = 1}, metrics);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(queries.run({}, nullptr, [](auto&, auto&) { throw std::bad_alloc(); }));
  }
  std::promise<void> after;
  ASSERT_TRUE(queries.run({}, nullptr, [&](auto&, auto&) { after.set_value(); }));
  EXPECT_EQ(after.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
    return metrics.text().find("monitron_api_queries_running 0") != std::string::npos;
  }));
}

}  // namespace
}  // namespace monitron::api
