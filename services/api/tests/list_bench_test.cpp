// Figures, not judgements: run with --gtest_also_run_disabled_tests --gtest_filter='ApiBench.*'.

#include "suite.hpp"

#include <algorithm>
#include <cstdio>
#include <pqxx/pqxx>

namespace monitron::api {
namespace {

class ApiBench : public ApiTest {};

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

TEST_F(ApiBench, DISABLED_ListsOfTenThousandChecks) {
  const auto filled = api().database->transact([](pqxx::work& tx) {
    tx.exec(
        "INSERT INTO checks (id, name, kind, target, interval_seconds, timeout_seconds, labels, "
        "failures_before_down, successes_before_up, settings) SELECT gen_random_uuid(), "
        "'check ' || n, 'tcp', 'host-' || n || '.example.org:443', 60, 10, "
        "jsonb_build_object('n', n::text), 3, 2, '{\"tcp\": {}}' FROM generate_series(1, 10000) n");
  });
  ASSERT_TRUE(filled);
  for (const auto* query : {"?limit=100", "?limit=1000", "?q=host-77", "?label=n:4711"}) {
    std::vector<double> ms;
    for (int i = 0; i < 200; ++i) {
      const auto from = std::chrono::steady_clock::now();
      ASSERT_EQ(api().get(std::string("/api/v1/checks") + query, api().admin()).status, 200);
      ms.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from)
              .count());
    }
    std::printf("GET /checks%s of 10,000: p50 %.1f ms, p95 %.1f ms\n", query, percentile(ms, 0.5),
                percentile(ms, 0.95));
  }
}

}  // namespace
}  // namespace monitron::api
