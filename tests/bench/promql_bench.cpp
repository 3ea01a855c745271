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
    source.add({{"__name__", "node_requests_total"},
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
  const auto outcome = query_range(expr, kBegin, kBegin + kHour, step_ms, source, budget);
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
  const struct {
    const char* name;
    const char* text;
  } queries[] = {
      {"sum_rate", "sum by (instance) (rate(node_requests_total[5m]))"},
      {"max_over_time", "max by (instance) (max_over_time(node_requests_total[5m]))"},
      {"quantile_over_time", "max(quantile_over_time(0.9, node_requests_total[5m]))"},
      {"instant_vectors", "sum by (instance) (node_requests_total)"},
      {"matched", "count(rate(node_requests_total[5m]) / node_requests_total)"},
      {"rows", "rate(node_requests_total[5m])"},
  };
  const char* separator = "[";
  for (const auto& query : queries) {
    const auto expr = parse(query.text);
    for (const int seconds : {60, 15}) {
      std::printf(
          "%s{\"name\": \"promql_%s_10k_series_1h_%ds\", \"value\": %.1f, \"unit\": \"ms\"}",
          separator, query.name, seconds, median(source, *expr, seconds * 1000));
      separator = ",\n ";
    }
  }
  std::puts("]");
}
