// head_bench: what the in-memory head takes. A million series of 5,000 hosts, every 10 s, a rule
// that looks back five minutes: memory as the process has it, CPU per sample fed, and a rule over
// all of them and over 50,000. Prints a JSON list of {name, value, unit}.

#include "head/head.hpp"
#include "promql/parser.hpp"
#include "promql/query.hpp"
#include "storage_mix.hpp"

#include <cstdio>
#include <fstream>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace monitron;

namespace {

constexpr std::size_t kHosts = 5000;
constexpr std::size_t kSeries = 200;
constexpr int kRounds = 75;
constexpr std::int64_t kBegin = 1'700'000'000'000;
constexpr double kMillions = static_cast<double>(kHosts * kSeries) / 1e6;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double resident_mb() {
  malloc_trim(0);
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return static_cast<double>(pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) / 1e6;
}

class NoStorage : public promql::Source {
 public:
  Result<void> select(const promql::Selection&, promql::Budget&, const Visit&) override {
    return {};
  }
};

void print(const char* name, double value, const char* unit, const char* end = ",\n") {
  std::printf(R"({"name":"%s","value":%.4g,"unit":"%s"}%s)", name, value, unit, end);
}

struct Fleet {
  contracts::PackedDictionary dictionary;
  std::vector<bench::Host> hosts;
  std::vector<contracts::Batch> batches;
  std::vector<head::Owner> owners;

  Fleet() {
    std::vector<contracts::Series> series;
    for (std::size_t i = 0; i < kSeries; ++i) {
      series.push_back({"node_bench_" + std::to_string(i % 20) + "_total",
                        {{"device", "d" + std::to_string(i / 20)}}});
    }
    dictionary = contracts::pack_dictionary(series);
    for (std::size_t i = 0; i < kHosts; ++i) {
      hosts.emplace_back(static_cast<unsigned>(i), kSeries);
      const auto id = Uuid::make();
      owners.push_back({id, "server_id",
                        promql::Labels({{"instance", "host" + std::to_string(i) + ".example"},
                                        {"server_id", id.str()},
                                        {"env", "production"}})});
      contracts::Batch batch;
      batch.id.source = SourceId{id};
      batch.blocks.push_back({dictionary, kSeries, {{}}, {}});
      batches.push_back(std::move(batch));
    }
  }
  void prepare(std::int64_t time_ms) {
    for (std::size_t i = 0; i < kHosts; ++i) {
      const auto at = time_ms + hosts[i].jitter_ms();
      batches[i].blocks[0].frames[0] = {at, hosts[i].next()};
    }
  }
};

double query_ms(head::Head& head, const char* text, std::int64_t now_ms) {
  const auto expr = promql::parse(text);
  promql::Budget budget(promql::Limits{.bytes = std::uint64_t{4} << 30});
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = promql::query_instant(*expr, now_ms, head, budget);
  const auto took = std::chrono::steady_clock::now() - begin;
  if (!outcome) std::fprintf(stderr, "%s: %s\n", text, outcome.error().text.c_str());
  if (!outcome) std::exit(1);
  return std::chrono::duration<double, std::milli>(took).count();
}

}  // namespace

int main() {
  constexpr const char* kAll = "count by (env) ({__name__=~\"node_bench_.*\"})";
  constexpr const char* kSome = "sum by (instance) (rate(node_bench_5_total[5m]))";
  Fleet fleet;
  head::Head head({.max_bytes = std::size_t{4} << 30});
  NoStorage storage;
  std::vector<head::Need> needs;
  for (const auto* text : {kAll, kSome}) {
    const auto of_one = head::needs_of(*promql::parse(text));
    needs.insert(needs.end(), of_one->begin(), of_one->end());
  }
  fleet.prepare(kBegin - 10'000);
  const double before = resident_mb();
  head.define(needs, fleet.owners, kBegin);
  if (!head.fill(storage, kBegin)) return 1;
  double fed = 0;
  double first = 0;
  std::int64_t now_ms = kBegin;
  for (int round = 0; round < kRounds; ++round) {
    now_ms = kBegin + round * 10'000L;
    fleet.prepare(now_ms);
    const auto begun = cpu_seconds();
    for (const auto& batch : fleet.batches) head.add(batch, now_ms);
    (round == 0 ? first : fed) += cpu_seconds() - begun;
  }
  const auto stats = head.stats();
  const double resident = resident_mb() - before;
  const double per_sample = fed / (kRounds - 1) / kMillions;
  std::printf("[");
  print("rules' memory: a million series, 5 min of 10 s", resident / kMillions, "MB");
  print("rules' memory: as it counts itself", static_cast<double>(stats.bytes) / 1e6 / kMillions,
        "MB");
  print("rules' memory: CPU per sample fed", per_sample, "µs");
  print("rules' memory: CPU per new series", first / kMillions, "µs");
  print("rules' memory: count of a million series", query_ms(head, kAll, now_ms), "ms");
  print("rules' memory: sum of rates of 50,000 series", query_ms(head, kSome, now_ms), "ms", "]\n");
}
