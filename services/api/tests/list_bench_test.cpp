// Figures, not judgements: run with --gtest_also_run_disabled_tests --gtest_filter='ApiBench.*'.

#include "many_rows.hpp"

#include <algorithm>
#include <cstdio>

namespace monitron::api {
namespace {

constexpr int kRows = 10'000;
constexpr std::size_t kTimes = 300;

Suite& ten_thousand() {
  static Suite* const one = [] {
    auto* made = new Suite;  // lives as long as the program
    fill_lists(*made, kRows);
    return made;
  }();
  return *one;
}

class ApiBench : public ApiTest {
 protected:
  static double asked(const std::string& path, const std::string& token) {
    const auto from = std::chrono::steady_clock::now();
    EXPECT_EQ(ten_thousand().get(path, token).status, 200) << path;
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from)
        .count();
  }

  static std::vector<double> times(const std::string& path) {
    const auto token = ten_thousand().admin();
    std::vector<double> ms;
    while (ms.size() < kTimes) ms.push_back(asked(path, token));
    std::sort(ms.begin(), ms.end());
    return ms;
  }

  static double percentile(const std::vector<double>& sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  }

  static void print(const std::string& what, const std::vector<double>& ms) {
    std::printf("%s: p50 %.1f ms, p95 %.1f ms, p99 %.1f ms of %zu\n", what.c_str(),
                percentile(ms, 0.5), percentile(ms, 0.95), percentile(ms, 0.99), ms.size());
  }
};

TEST_F(ApiBench, DISABLED_ListsOfTenThousandChecks) {
  for (const auto* query :
       {"?limit=100", "?limit=100&sort=name", "?limit=100&sort=-updated_at&kind=tcp",
        "?limit=100&sort=name&label=site=11", "?limit=100&sort=-name&q=example",
        "?limit=100&q=t4711.example", "?limit=1000"}) {
    print(std::string("GET /checks") + query, times(std::string("/api/v1/checks") + query));
  }
  const auto page = ten_thousand().get("/api/v1/checks?limit=1", ten_thousand().admin());
  const auto id = page.json["items"][0]["id"].get<std::string>();
  print("GET /checks/{id}", times("/api/v1/checks/" + id));
}

}  // namespace
}  // namespace monitron::api
