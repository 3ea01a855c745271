// promql_bench: what evaluating costs without reading. A range query of an hour over 10,000 series
// in memory, a sample every 10 s, at steps of 60 s and of 15 s. Prints a JSON list of
// {name, value, unit}.

#include "promql/parser.hpp"
#include "promql/tests/memory_source.hpp"

#include <cstdio>
#include <random>

using namespace monitron::promql;

namespace {

constexpr std::int64_t kBegin = 1'700'000'000'000;
constexpr std::int64_t kHour = 3'600'000;
constexpr int kInstances = 200;
constexpr int kSeriesEach = 50;
constexpr int kRepetitions = 7;

MemorySource counters() {
  MemorySource source;
  std::mt19937 random(1);
  for (int i = 0; i < kInstances * kSeriesEach; ++i) {
    std::vector<Sample> samples;
    double count = 0;
    for (std::int64_t t = kBegin - 300'000; t < kBegin + kHour; t += 10'000) {
      count = random() % 1000 == 0 ? 0 : count + random() % 100;
      samples.push_back({t, count});
    }
    source.add({{"__name__", "x"},
                {"instance", "host-" + std::to_string(i % kInstances) + ".example.net:9100"},
                {"job", "node"},
                {"device", "device-" + std::to_string(i / kInstances)}},
               std::move(samples));
  }
  return source;
}

double milliseconds(MemorySource& source, const Expr& expr, std::int64_t step_ms) {
  Budget budget{Limits{}};
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = query_range(expr, {kBegin, kBegin + kHour, step_ms}, source, budget);
  const auto took = std::chrono::steady_clock::now() - begin;
  if (!outcome || std::get<Matrix>(outcome->value).empty()) {
    std::fprintf(stderr, "%s\n", outcome ? "no result" : outcome.error().text.c_str());
    std::exit(1);
  }
  return std::chrono::duration<double, std::milli>(took).count();
}

double median(MemorySource& source, const Expr& expr, std::int64_t step_ms) {
  std::vector<double> times;
  for (int i = 0; i < kRepetitions; ++i) times.push_back(milliseconds(source, expr, step_ms));
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main() {
  auto source = counters();
  const char* queries[] = {
      "sum by (instance) (rate(x[5m]))",
      "max by (instance) (max_over_time(x[5m]))",
      "max(quantile_over_time(0.9, x[5m]))",
      "sum by (instance) (x)",
      "count(rate(x[5m]) / x)",
      "rate(x[5m])",
  };
  const char* separator = "[";
  for (const auto* text : queries) {
    const auto expr = parse(text);
    for (const int seconds : {60, 15}) {
      std::printf(
          R"(%s{"name":"PromQL in memory: %s, 10,000 series, 1 h, step %d s","value":%.1f,"unit":"ms"})",
          separator, text, seconds, median(source, *expr, seconds * 1000));
      separator = ",\n";
    }
  }
  std::puts("]");
}
