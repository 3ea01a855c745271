// Changed states of checks are remembered, to be told, with what they tell of.

#include "fixture.hpp"

#include <nlohmann/json.hpp>

namespace monitron::series {
namespace {

using domain::CheckStatus;
using nlohmann::json;

class StateEvents : public SeriesTest {
 protected:
  std::vector<std::pair<std::string, json>> waiting() {
    return read([&](pqxx::work& tx) {
      std::vector<std::pair<std::string, json>> all;
      for (const auto& row : tx.exec("SELECT routing_key, convert_from(body, 'UTF8') FROM "
                                     "ingest_outbox WHERE exchange = 'mon.events' ORDER BY id")) {
        all.emplace_back(row[0].c_str(), json::parse(row[1].c_str()));
      }
      return all;
    });
  }
};

TEST_F(StateEvents, OnceOfEachChangeAndOfNothingElse) {
  const auto check = CheckId::make();
  read([&](pqxx::work& tx) {
    tx.exec(
        "INSERT INTO checks (id, name, kind, target, interval_seconds, timeout_seconds, labels, "
        "failures_before_down, successes_before_up) VALUES ('" +
        check.str() + R"(', 'shop', 'http', 'http://c/', 10, 5, '{"env": "prod"}', 2, 1))");
    return 0;
  });
  auto writer = this->writer();
  const std::vector<CheckStatus> run{CheckStatus::up, CheckStatus::down, CheckStatus::down,
                                     CheckStatus::down, CheckStatus::up};
  std::vector<domain::CheckResult> results;
  for (int i = 0; i < 5; ++i)
    results.push_back(result_of(check, i, run[static_cast<std::size_t>(i)]));
  results[1].outcome.reason = results[2].outcome.reason = std::string("a\0b", 3);
  ASSERT_EQ(write(writer, {}, results).results, 5u);
  EXPECT_EQ(write(writer, {}, results).duplicates, 5u);
  const auto told = waiting();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].first, "check.state.up");
  EXPECT_EQ(told[0].second["previous_status"], "unknown");
  EXPECT_EQ(told[1].first, "check.state.down");
  EXPECT_EQ(told[1].second["name"], "shop");
  EXPECT_EQ(told[1].second["labels"], (json{{"env", "prod"}}));
  EXPECT_EQ(told[1].second["reason"], "ab");
  EXPECT_EQ(told[2].first, "check.state.up");
  EXPECT_EQ(told[2].second["previous_status"], "down");
}

}  // namespace
}  // namespace monitron::series
