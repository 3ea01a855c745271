// series_bench <database url>: what storing and reading cost without the way there. One writer
// stores an hour of 200 hosts with 200 series each, every 10 s, and reads are timed on a host with
// a day. Prints a JSON list of {name, value, unit}.

#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "series/reader.hpp"
#include "series/writer.hpp"

#include <algorithm>
#include <cstdio>
#include <pqxx/pqxx>
#include <random>
#include <sys/resource.h>

using namespace monitron;

namespace {

constexpr int kHosts = 200;
constexpr int kSeries = 200;
constexpr int kRounds = 360;      // of ten seconds
constexpr int kDayRounds = 8640;  // of the host that is read
constexpr std::size_t kFramesPerLoad = 50;
constexpr std::int64_t kBegin = 1'700'000'000'000;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

contracts::PackedDictionary dictionary() {
  std::vector<contracts::Series> series;
  for (int i = 0; i < kSeries; ++i) {
    series.push_back({"node_bench_" + std::to_string(i), {{"device", "d" + std::to_string(i)}}});
  }
  return contracts::pack_dictionary(series);
}

contracts::Batch batch_of(const SourceId& source, const contracts::PackedDictionary& dictionary,
                          int round, std::vector<double> values) {
  contracts::Block block{dictionary, kSeries, {}, {}};
  block.frames.push_back({kBegin + round * 10'000, std::move(values)});
  contracts::Batch batch;
  batch.id.source = source;
  batch.id.seq = static_cast<std::uint64_t>(round);
  batch.blocks.push_back(std::move(block));
  return batch;
}

// Constants, counters and gauges with two decimals.
class Values {
 public:
  std::vector<double> next() {
    std::vector<double> values(kSeries);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % 4 == 1) counters_[i] += static_cast<double>(random_() % 1000);
      values[i] = i % 4 == 0   ? 42.0
                  : i % 4 == 1 ? counters_[i]
                               : static_cast<double>(random_() % 10'000) / 100;
    }
    return values;
  }

 private:
  std::mt19937 random_{1};
  std::vector<double> counters_ = std::vector<double>(kSeries, 1e6);
};

void must(const Result<series::Written>& written, std::size_t samples) {
  if (written && written->samples == samples) return;
  std::fprintf(stderr, "%s\n", written ? "not all was stored" : written.error().text.c_str());
  std::exit(1);
}

// In loads of some frames, as they come from the broker.
void store(series::Writer& writer, std::vector<contracts::Batch> batches) {
  for (std::size_t at = 0; at < batches.size(); at += kFramesPerLoad) {
    series::Load load;
    const auto end = std::min(at + kFramesPerLoad, batches.size());
    load.batches.assign(std::make_move_iterator(batches.begin() + static_cast<long>(at)),
                        std::make_move_iterator(batches.begin() + static_cast<long>(end)));
    must(writer.write(load), (end - at) * kSeries);
  }
}

template <class Work>
double median_ms(db::Pool& pool, Work work) {
  std::vector<double> times;
  for (int i = 0; i < 31; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    if (!pool.transact([&](pqxx::work& tx) { return work(tx); })) std::exit(1);
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
            .count());
  }
  std::nth_element(times.begin(), times.begin() + 15, times.end());
  return times[15];
}

void print(const char* name, double value, const char* unit, const char* end = ",\n") {
  std::printf(R"({"name":"%s","value":%.3f,"unit":"%s"}%s)", name, value, unit, end);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  if (!db::migrate_up(argv[1], db::built_in_migrations())) return 69;
  db::Config config;
  config.url = argv[1];
  db::Pool pool(config);
  series::Writer writer({.database_url = argv[1], .application_name = "series bench"});
  const auto names = dictionary();
  std::vector<SourceId> hosts(kHosts);
  std::generate(hosts.begin(), hosts.end(), [] { return SourceId::make(); });

  Values values;
  double wall = 0, cpu = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<contracts::Batch> batches;
    for (const auto& host : hosts) batches.push_back(batch_of(host, names, round, values.next()));
    const auto begun = std::chrono::steady_clock::now();
    const auto cpu_before = cpu_seconds();
    store(writer, std::move(batches));
    wall += std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    cpu += cpu_seconds() - cpu_before;
  }
  const double samples = 1.0 * kRounds * kHosts * kSeries;
  const auto bytes = pool.transact([](pqxx::work& tx) {
    return tx
        .exec1(
            "SELECT sum(pg_total_relation_size(c)) FROM unnest(ARRAY['staging_0', 'staging_1', "
            "'staging_2', 'staging_3', 'batch_ledger', 'series', 'layouts']::regclass[]) AS c")[0]
        .as<double>();
  });
  if (!bytes) return 1;

  for (int at = kRounds; at < kDayRounds; at += 90) {
    std::vector<contracts::Batch> batches;
    for (int round = at; round < at + 90; ++round) {
      batches.push_back(batch_of(hosts[0], names, round, values.next()));
    }
    store(writer, std::move(batches));
  }
  const auto& host = hosts[0].value;
  const double page = median_ms(pool, [&](pqxx::work& tx) {
    return series::read_samples(tx, {.source = host, .limit = 1000}).items.size();
  });
  series::BucketQuery day{.source = host,
                          .metric_name = "node_bench_2",
                          .from = from_ms(kBegin),
                          .to = from_ms(kBegin + 86'400'000),
                          .step = std::chrono::seconds(300)};
  const double chart =
      median_ms(pool, [&](pqxx::work& tx) { return series::read_buckets(tx, day).items.size(); });

  std::printf("[");
  print("storing: samples by one writer", samples / wall, "1/s");
  print("storing: CPU of the writer per sample", cpu / samples * 1e6, "µs");
  print("storing: bytes per sample before compaction, indexes and ledger too", *bytes / samples,
        "B");
  print("reading: newest 1000 samples of a host, median", page, "ms");
  print("reading: one series, a day in steps of 5 min, median", chart, "ms", "]\n");
}
