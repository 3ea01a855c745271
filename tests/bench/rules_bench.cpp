// rules_bench: what rules in PromQL take, by the classes that evaluate them (PromqlRules, Head,
// AlertBook). 1,000 hosts with 100 series each, in 100 teams, report every ten seconds; of each
// metric there is a rule for each team: 10,000 rules of 10 series, half of them rates, every second
// on one core. Then the same rules at ten minutes, while the hosts report every second: how soon
// rules on other samples notice them, and what is spent on that. Then one rule over all series.
// Prints a JSON list of {name, value, unit}.

#include "notifier/promql_rules.hpp"
#include "notifier/watched_labels.hpp"
#include "promql/parser.hpp"
#include "storage_mix.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <malloc.h>
#include <sched.h>
#include <unistd.h>

using namespace monitron;
using namespace std::chrono_literals;
using notifier::PromqlRules;
using notifier::QueryElement;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kHosts = 1000;
constexpr std::size_t kTeams = 100;
constexpr std::size_t kMetrics = 100;
constexpr std::size_t kProbes = 100;
constexpr int kRounds = 30;
constexpr std::int64_t kEveryMs = 10'000;
constexpr auto kWindow = 10s;

double cpu_seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}
// Of all threads but this one, which feeds.
double cpu_of_others() {
  return cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
}

double resident_mb() {
  malloc_trim(0);
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return static_cast<double>(pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) / 1e6;
}

// Threads that are started from now on run there too.
void run_on(int first, int last) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu = first; cpu <= last; ++cpu) CPU_SET(static_cast<std::size_t>(cpu), &set);
  sched_setaffinity(0, sizeof set, &set);
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) std::exit(1);
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * share)];
}

void print(const char* name, double value, const char* unit, const char* end = ",\n") {
  std::printf(R"({"name":"%s","value":%.4g,"unit":"%s"}%s)", name, value, unit, end);
}

class NoStorage : public promql::Source {
 public:
  Result<void> select(const promql::Selection&, promql::Budget&, const Visit&) override {
    return {};
  }
};

struct Fleet {
  std::vector<bench::Host> hosts;
  std::vector<contracts::Batch> batches;
  std::vector<store::WatchedInstance> instances;

  Fleet() {
    std::vector<contracts::Series> series;
    for (std::size_t i = 0; i < kMetrics; ++i) {
      series.push_back(
          {"node_bench_" + std::to_string(i) + "_total", {{"device", "d" + std::to_string(i)}}});
    }
    const auto dictionary = contracts::pack_dictionary(series);
    for (std::size_t i = 0; i < kHosts; ++i) {
      hosts.emplace_back(static_cast<unsigned>(i), kMetrics);
      auto& instance = instances.emplace_back();
      instance.id = Uuid::make();
      instance.hostname = "host" + std::to_string(i) + ".example";
      instance.labels = {{"env", "production"}, {"team", std::to_string(i % kTeams)}};
      auto& batch = batches.emplace_back();
      batch.id.source = SourceId{instance.id};
      batch.blocks.push_back({dictionary, kMetrics, {{}}, {}});
    }
  }
  const contracts::Batch& report(std::size_t host, std::int64_t time_ms) {
    auto& batch = batches[host];
    batch.blocks[0].frames[0] = {time_ms, hosts[host].next()};
    ++batch.id.seq;
    return batch;
  }
};

// The rules of one run, and when what was told of them.
struct Run {
  Fleet& fleet;
  NoStorage storage{};
  service::Metrics metrics{};
  std::mutex mutex{};
  notifier::AlertBook book{};
  std::atomic<std::uint64_t> evaluations{0};
  std::vector<steady_clock::time_point> last{};
  std::unordered_map<Uuid, std::size_t> places{};
  double longest_gap = 0;
  std::function<void(double value)> probed = [](double) {};
  std::optional<PromqlRules> rules{};
  notifier::AlertBook::Definitions definitions{};

  explicit Run(Fleet& all) : fleet(all) {
    rules.emplace(
        head::Config{.max_bytes = std::size_t{4} << 30}, storage, metrics, system_clock(),
        PromqlRules::Links{[] { return std::uint64_t{1}; },
                           [this](const auto& rule, const auto& result, Instant,
                                  const auto* input) { return told(rule, result, input); },
                           [](const contracts::Batch&) {}, [](const auto&, const auto&) {}});
    definitions.instances = fleet.instances;
  }
  void add(const std::string& expr, int interval_seconds) {
    auto& rule = definitions.rules.emplace_back();
    rule.id = Uuid::make();
    rule.name = expr;
    rule.kind = "promql";
    rule.expr = expr;
    rule.interval_seconds = interval_seconds;
    places.emplace(rule.id, places.size());
    last.emplace_back();
  }
  void add_rules_of_teams(int interval_seconds) {
    for (std::size_t metric = 0; metric < kMetrics; ++metric) {
      for (std::size_t team = 0; team < kTeams; ++team) {
        const auto selector =
            "node_bench_" + std::to_string(metric) + "_total{team=\"" + std::to_string(team) + "\"";
        const bool is_rate = (metric + team) % 2 == 0;
        add(is_rate ? "rate(" + selector + "}[1m]) > 1e15" : selector + "} > 1e18",
            interval_seconds);
      }
    }
  }
  void define() {
    rules->define(definitions);
    const std::lock_guard lock(mutex);
    book.define(definitions, system_clock().now());
  }
  Result<void> told(const store::Rule& rule, const std::vector<QueryElement>& result,
                    const notifier::QueryInput* input) {
    const std::lock_guard lock(mutex);
    book.observe(rule, result, system_clock().now(), input);
    ++evaluations;
    const auto now = steady_clock::now();
    auto& before = last[places.at(rule.id)];
    if (before != steady_clock::time_point{}) {
      longest_gap = std::max(longest_gap, std::chrono::duration<double>(now - before).count());
    }
    before = now;
    if (rule.expr.starts_with("probe_")) probed(result.empty() ? 0 : result[0].value);
    return {};
  }
  void begin_window() {
    const std::lock_guard lock(mutex);
    evaluations = 0;
    longest_gap = 0;
  }
  void feed_past() {
    const auto now_ms = to_ms(system_clock().now());
    for (int round = kRounds; round > 0; --round) {
      for (std::size_t host = 0; host < kHosts; ++host) {
        const auto jitter = fleet.hosts[host].jitter_ms();
        rules->take(fleet.report(host, now_ms - round * kEveryMs + jitter));
      }
    }
  }
  // Each host once in `every`, spread over it, until `end`.
  void feed(
      std::chrono::milliseconds every, steady_clock::time_point end,
      const std::function<void()>& beside = [] {}) {
    auto due = steady_clock::now();
    for (std::size_t host = 0; due < end; host = (host + 1) % kHosts) {
      std::this_thread::sleep_until(due);
      rules->take(fleet.report(host, to_ms(system_clock().now())));
      beside();
      due += std::chrono::duration_cast<std::chrono::nanoseconds>(every) / kHosts;
    }
  }
  // Until all rules were evaluated.
  void warm_up() {
    const auto all = [&] {
      const std::lock_guard lock(mutex);
      return std::all_of(last.begin(), last.end(),
                         [](auto at) { return at.time_since_epoch().count() > 0; });
    };
    while (!all()) feed(10s, steady_clock::now() + 200ms);
  }
};

void measure_interval(Fleet& fleet) {
  Run run(fleet);
  const double before_mb = resident_mb();
  run.add_rules_of_teams(1);
  run.define();
  run.feed_past();
  const double head_mb = resident_mb() - before_mb;
  const int cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  run_on(0, 0);
  run.rules->start();
  run_on(std::min(1, cpus - 1), cpus - 1);
  run.warm_up();
  run.feed(10s, steady_clock::now() + 2s);
  run.begin_window();
  const double begun = cpu_of_others();
  run.feed(10s, steady_clock::now() + kWindow);
  const double cpu = cpu_of_others() - begun;
  const auto evaluations = static_cast<double>(run.evaluations);
  print("rules: 10,000 of 10 series: CPU of evaluating each once", cpu / evaluations * 10'000, "s");
  print("rules: 10,000 of 10 series each second: of a core", cpu / 10, "");
  print("rules: 10,000 of 10 series each second, on one core: longest wait", run.longest_gap, "s");
  print("rules: memory of 10,000 and 100,000 series", head_mb, "MB");
  run.rules->stop();
}

void measure_on_change(Fleet& fleet) {
  Run run(fleet);
  run.add_rules_of_teams(600);
  for (std::size_t i = 0; i < kProbes; ++i) {
    run.add("probe_" + std::to_string(i) + " > 0", 600);
  }
  std::vector<contracts::Batch> probes(kProbes);
  for (std::size_t i = 0; i < kProbes; ++i) {
    probes[i].id.source = SourceId{fleet.instances[i].id};
    probes[i].id.epoch = Uuid::make().bytes;
    probes[i].blocks.push_back(
        {contracts::pack_dictionary({{"probe_" + std::to_string(i), {}}}), 1, {{}}, {}});
  }
  std::vector<steady_clock::time_point> sent(1);
  std::vector<double> delays;
  run.probed = [&](double value) {
    const auto number = static_cast<std::size_t>(value);
    if (number == 0 || sent[number] == steady_clock::time_point{}) return;
    delays.push_back(
        std::chrono::duration<double, std::milli>(steady_clock::now() - sent[number]).count());
    sent[number] = {};
  };
  run.define();
  run.feed_past();
  run.rules->start();
  run.warm_up();
  std::size_t turn = 0;
  auto due = steady_clock::now();
  const auto probe = [&] {
    if (steady_clock::now() < due) return;
    due += 37ms;
    auto& batch = probes[turn++ % kProbes];
    {
      const std::lock_guard lock(run.mutex);
      batch.blocks[0].frames[0] = {to_ms(system_clock().now()), {static_cast<double>(sent.size())}};
      sent.push_back(steady_clock::now());
    }
    run.rules->take(batch);
  };
  // All were evaluated just now: none of them is before the others yet.
  run.feed(1s, steady_clock::now() + 3s);
  due = steady_clock::now();
  run.begin_window();
  const double begun = cpu_of_others();
  const double fed = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
  run.feed(1s, steady_clock::now() + kWindow, probe);
  const double cpu = cpu_of_others() - begun;
  run.feed(1s, steady_clock::now() + 1s);
  const std::lock_guard lock(run.mutex);
  print("rules on change, 100,000 samples/s: sample to result, median", quantile(delays, 0.5),
        "ms");
  print("rules on change, 100,000 samples/s: sample to result, p99", quantile(delays, 0.99), "ms");
  print("rules on change, 100,000 samples/s: evaluations",
        static_cast<double>(run.evaluations) / 10, "/s");
  print("rules on change, 100,000 samples/s: of a core", cpu / 10, "");
  std::fprintf(stderr, "probes %zu of %zu; feeding took %.3f of a core\n", delays.size(),
               sent.size() - 1, (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - fed) / 11);
}

void measure_one(Fleet& fleet) {
  head::Head head({.max_bytes = std::size_t{4} << 30});
  const auto expr = promql::parse("sum by (team) (rate({__name__=~\"node_bench_.*\"}[1m])) > 1e15");
  NoStorage storage;
  std::vector<head::Owner> owners = notifier::owners_of({}, fleet.instances);
  const auto now_ms = to_ms(system_clock().now());
  head.define(*head::needs_of(*expr), owners, now_ms);
  if (!head.fill(storage, now_ms)) std::exit(1);
  for (int round = kRounds; round > 0; --round) {
    for (std::size_t host = 0; host < kHosts; ++host) {
      head.add(fleet.report(host, now_ms - round * kEveryMs), now_ms);
    }
  }
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) {
    promql::Budget budget(promql::Limits{});
    const auto begun = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    if (!promql::query_instant(*expr, now_ms, head, budget)) std::exit(1);
    times.push_back((cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - begun) * 1000);
  }
  print("rules: one over 100,000 series: CPU", quantile(times, 0.5), "ms", "]\n");
}

}  // namespace

int main() {
  Fleet fleet;
  std::printf("[");
  measure_interval(fleet);
  measure_on_change(fleet);
  measure_one(fleet);
}
