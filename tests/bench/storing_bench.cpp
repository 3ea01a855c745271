// storing_bench <database url>: the writers of storage alone, side by side, each with its own
// sources, as a process with all its partitions and lanes has them. Prints a JSON list of
// {name, value, unit}.

#include "db/migrations.hpp"
#include "series/writer.hpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <thread>

using namespace monitron;

namespace {

constexpr std::size_t kWriters = 4;
constexpr std::size_t kHosts = 50;  // of a writer
constexpr std::size_t kSeries = 200;
constexpr std::size_t kLoads = 40;         // of a writer
constexpr std::size_t kRoundsPerLoad = 8;  // of all its hosts: 80,000 samples
constexpr std::int64_t kBegin = 1'700'000'000'000;

contracts::PackedDictionary dictionary() {
  std::vector<contracts::Series> series;
  for (std::size_t i = 0; i < kSeries; ++i) {
    series.push_back({"node_bench_" + std::to_string(i), {{"device", "d" + std::to_string(i)}}});
  }
  return contracts::pack_dictionary(series);
}

// Constants, counters and gauges with two decimals.
std::vector<double> values_of(std::mt19937& random, std::size_t round) {
  std::vector<double> values(kSeries);
  for (std::size_t i = 0; i < kSeries; ++i) {
    values[i] = i % 4 == 0   ? 42.0
                : i % 4 == 1 ? static_cast<double>(round * 1000 + random() % 1000)
                             : static_cast<double>(random() % 10'000) / 100;
  }
  return values;
}

std::vector<series::Load> loads_of(unsigned seed) {
  static const auto names = dictionary();
  std::mt19937 random(seed);
  std::vector<SourceId> hosts(kHosts);
  std::generate(hosts.begin(), hosts.end(), [] { return SourceId::make(); });
  std::vector<series::Load> loads(kLoads);
  for (std::size_t round = 0; round < kLoads * kRoundsPerLoad; ++round) {
    for (const auto& host : hosts) {
      auto& batch = loads[round / kRoundsPerLoad].batches.emplace_back();
      batch.id.source = host;
      batch.id.seq = round + 1;
      auto& block = batch.blocks.emplace_back(contracts::Block{names, kSeries, {}, {}});
      block.frames.push_back(
          {kBegin + static_cast<std::int64_t>(round) * 10'000, values_of(random, round)});
    }
  }
  return loads;
}

void store(series::Writer& writer, const series::Load& load) {
  const auto written = writer.write(load);
  if (written && written->samples == load.batches.size() * kSeries) return;
  std::fprintf(stderr, "%s\n", written ? "not all was stored" : written.error().text.c_str());
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  if (!db::migrate_up(argv[1], db::built_in_migrations())) return 69;
  std::vector<std::vector<series::Load>> loads;
  std::vector<std::unique_ptr<series::Writer>> writers;
  for (unsigned i = 0; i < kWriters; ++i) {
    loads.push_back(loads_of(i));
    writers.push_back(std::make_unique<series::Writer>(
        series::WriterConfig{.database_url = argv[1], .application_name = "storing bench"}));
    store(*writers.back(), loads.back().front());  // names of series are stored once
  }
  const auto begun = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kWriters; ++i) {
      threads.emplace_back([&, i] {
        for (std::size_t load = 1; load < kLoads; ++load) store(*writers[i], loads[i][load]);
      });
    }
  }
  const auto seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const double samples = 1.0 * kWriters * (kLoads - 1) * kRoundsPerLoad * kHosts * kSeries;
  std::printf(
      R"([{"name":"storing: samples by four writers side by side","value":%.0f,"unit":"1/s"}])"
      "\n",
      samples / seconds);
  return 0;
}
