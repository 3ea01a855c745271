// query_bench <database url>: what reading costs, without HTTP. 200 hosts with 200 series each
// report every 10 s; the last two hours are stored as they lie at their end: joined half an hour
// before, then in chunks of 5 min, the last 5 min staged. One host has a day, another one 30 days
// with a report a minute. A database that it loaded before is only asked again. Prints a JSON list
// of {name, value, unit}.

#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "promql/parser.hpp"
#include "promql/query.hpp"
#include "series/caretaker.hpp"
#include "series/compactor.hpp"
#include "series/reader.hpp"
#include "series/sample_source.hpp"
#include "series/writer.hpp"
#include "storage_mix.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <pqxx/pqxx>

using namespace monitron;

namespace {

constexpr std::size_t kHosts = 200;
constexpr std::size_t kSeries = 200;
constexpr std::size_t kCores = 50;      // series of one metric that each host has
constexpr std::size_t kSlot = 30;       // reports of 5 min
constexpr std::size_t kRounds = 720;    // of two hours
constexpr std::size_t kDay = 8640;      // of the host that has a day
constexpr std::size_t kMonth = 43'200;  // of the host that has a month, by the minute
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kStepMs = 10'000;
constexpr std::int64_t kHourMs = 3'600'000;

template <class T>
void must(const Result<T>& done) {
  if (done) return;
  std::fprintf(stderr, "%s\n", done.error().text.c_str());
  std::exit(1);
}

std::vector<contracts::Series> names() {
  std::vector<contracts::Series> series;
  for (std::size_t i = 0; i < kSeries; ++i) {
    const auto number = std::to_string(i);
    if (i < kCores) {
      series.push_back({"bench_cpu_seconds_total", {{"cpu", number}}});
    } else {
      series.push_back({"bench_value_" + number, {}});
    }
  }
  return series;
}

struct Host {
  SourceId id = SourceId::make();
  std::vector<std::int64_t> times{};
  std::vector<std::vector<double>> values{};  // by series
};

Host make_host(unsigned seed, std::size_t rounds, std::int64_t end,
               std::int64_t step_ms = kStepMs) {
  bench::Host made(seed, kSeries);
  Host host;
  host.values.resize(kSeries);
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto due = end - static_cast<std::int64_t>(rounds - round) * step_ms;
    host.times.push_back(due + made.jitter_ms());
    const auto& values = made.next();
    for (std::size_t i = 0; i < kSeries; ++i) host.values[i].push_back(values[i]);
  }
  return host;
}

contracts::Batch batch_of(const Host& host, const contracts::PackedDictionary& dictionary,
                          std::size_t begin, std::size_t end) {
  contracts::Block block{dictionary, kSeries, {}, {}};
  for (auto round = begin; round < end; ++round) {
    std::vector<double> values;
    for (const auto& series : host.values) values.push_back(series[round]);
    block.frames.push_back({host.times[round], std::move(values)});
  }
  contracts::Batch batch;
  batch.id.source = host.id;
  batch.id.seq = begin + 1;
  batch.blocks.push_back(std::move(block));
  return batch;
}

class Store {
 public:
  explicit Store(const std::string& url)
      : writer_({.database_url = url, .application_name = "query bench"}),
        compactor_({.database_url = url,
                    .application_name = "query bench",
                    .rest = std::chrono::milliseconds(0)}),
        caretaker_({.rewriting = {.database_url = url, .application_name = "query bench"}}) {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection)
        .exec("INSERT INTO leases VALUES ('ingest.compactor', 'query bench', 1, now() + '1 day')");
  }

  void write(const std::vector<const Host*>& hosts, std::size_t begin, std::size_t end) {
    for (std::size_t at = 0; at < hosts.size(); at += 20) {
      series::Load load;
      for (auto i = at; i < std::min(at + 20, hosts.size()); ++i) {
        load.batches.push_back(batch_of(*hosts[i], dictionary_, begin, end));
      }
      must(writer_.write(load));
    }
  }
  void compact() {
    compactor_.hurry();
    for (bool worked = true; worked;) {
      const auto step = compactor_.step(1);
      must(step);
      worked = step->worked;
    }
  }
  // As it would be at `time`.
  void care(std::int64_t time) {
    for (bool worked = true; worked;) {
      const auto step = caretaker_.step(1, from_ms(time));
      must(step);
      worked = step->worked;
    }
  }

 private:
  contracts::PackedDictionary dictionary_ = contracts::pack_dictionary(names());
  series::Writer writer_;
  series::Compactor compactor_;
  series::Caretaker caretaker_;
};

template <class Work>
double median_ms(Work work, int runs = 21) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    work();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
            .count());
  }
  std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
  return times[static_cast<std::size_t>(runs / 2)];
}

struct RangeQuery {
  const char* text;
  std::int64_t from, to, step;
};

class Queries {
 public:
  explicit Queries(const std::string& url) : source_({url, "query bench", 4}) {}

  double range(const RangeQuery& query, std::size_t series, int runs = 21) {
    const auto parsed = promql::parse(query.text);
    must(parsed);
    return median_ms(
        [&] {
          promql::Budget budget{promql::Limits{}};
          const auto found =
              promql::query_range(*parsed, {query.from, query.to, query.step}, source_, budget);
          must(found);
          expect(std::get<promql::Matrix>(found->value).size(), series);
        },
        runs);
  }
  double raw(const std::string& text, std::int64_t time, std::size_t samples) {
    const auto parsed = promql::parse(text);
    must(parsed);
    return median_ms([&] {
      promql::Budget budget{promql::Limits{}};
      const auto found = promql::query_instant(*parsed, time, source_, budget);
      must(found);
      expect(std::get<promql::Matrix>(found->value).at(0).samples.size(), samples);
    });
  }
  // Without evaluating anything.
  double select(const promql::Selection& selection, std::size_t series) {
    return median_ms([&] {
      promql::Budget budget{promql::Limits{}};
      std::size_t seen = 0;
      must(source_.select(selection, budget, [&](const auto&, auto samples) -> Result<void> {
        seen += samples.empty() ? 0 : 1;
        return {};
      }));
      expect(seen, series);
    });
  }

 private:
  static void expect(std::size_t seen, std::size_t expected) {
    if (seen == expected) return;
    std::fprintf(stderr, "%zu instead of %zu\n", seen, expected);
    std::exit(1);
  }
  series::SampleSource source_;
};

void print(const char* name, double value, const char* end = ",\n") {
  std::printf(R"({"name":"%s","value":%.3f,"unit":"ms"}%s)", name, value, end);
}

// Up to the last midnight, all of it rolled up.
void load_month(Store& store, std::int64_t end) {
  const auto midnight = end / (24 * kHourMs) * (24 * kHourMs);
  const auto host = make_host(1000, kMonth, midnight, kMinuteMs);
  for (std::size_t at = 0; at < kMonth; at += kRounds) store.write({&host}, at, at + kRounds);
  store.compact();
  store.care(midnight + 2 * kHourMs);
}

// The two hours are of one partition, so that all its chunks are loose.
void load(const std::string& url, std::int64_t end) {
  std::vector<Host> hosts;
  for (unsigned i = 0; i < kHosts; ++i)
    hosts.push_back(make_host(i + 1, i == 0 ? kDay : kRounds, end));
  std::vector<const Host*> others;
  for (std::size_t i = 1; i < kHosts; ++i) others.push_back(&hosts[i]);
  Store store(url);
  for (std::size_t at = 0; at < kDay - kRounds; at += kRounds) {
    store.write({&hosts[0]}, at, at + kRounds);
    store.compact();
  }
  for (std::size_t at = 0; at < kRounds; at += kSlot) {
    if (at > 0) {
      store.compact();
      store.care(end - static_cast<std::int64_t>(kRounds - at) * kStepMs);
    }
    store.write({&hosts[0]}, kDay - kRounds + at, kDay - kRounds + at + kSlot);
    store.write(others, at, at + kSlot);
  }
  load_month(store, end);
  pqxx::connection connection(url);
  pqxx::nontransaction(connection).exec("ANALYZE");
}

struct Loaded {
  std::string day, month;  // the hosts that have a day and a month
  std::int64_t end = 0;
};
std::optional<Loaded> loaded(const std::string& url) {
  pqxx::connection connection(url);
  const auto rows = pqxx::nontransaction(connection)
                        .exec(
                            "SELECT min(uuid::text) FILTER (WHERE id = 1), "
                            "min(uuid::text) FILTER (WHERE id = 201), "
                            "(SELECT (date_part('epoch', max(upper)) * 1000)::bigint "
                            "FROM chunk_partitions WHERE tier = 0) FROM sources");
  if (rows[0][1].is_null()) return std::nullopt;
  return Loaded{rows[0][0].c_str(), rows[0][1].c_str(), rows[0][2].as<std::int64_t>()};
}

// As GET /api/v1/metrics reads them.
double hours_of_a_month(const std::string& url, const Loaded& loaded, const char* aggregate) {
  db::Config config;
  config.url = url;
  db::Pool pool(config);
  series::BucketQuery query;
  query.source = *Uuid::parse(loaded.month);
  query.to = from_ms(loaded.end / (24 * kHourMs) * (24 * kHourMs));
  query.from = query.to - std::chrono::hours(720);
  query.step = std::chrono::hours(1);
  query.aggregates = {*series::parse_aggregate(aggregate)};
  query.limit = 200'000;
  return median_ms(
      [&] {
        const auto found =
            pool.transact([&](pqxx::work& tx) { return series::read_buckets(tx, query); });
        must(found);
        if (found->items.size() == kSeries * 720) return;
        std::fprintf(stderr, "%zu values\n", found->items.size());
        std::exit(1);
      },
      aggregate == std::string("p95") ? 3 : 11);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  must(db::migrate_up(argv[1], db::built_in_migrations()));
  if (!loaded(argv[1])) {
    load(argv[1], to_ms(system_clock().now()) / (2 * kHourMs) * (2 * kHourMs));
  }
  const auto there = *loaded(argv[1]);  // what was just written, or before
  const auto end = there.end;

  Queries queries(argv[1]);
  using promql::Matcher;
  using promql::MatchKind;
  const auto is = [](const char* name, const std::string& value) {
    return *Matcher::make(MatchKind::equal, name, value);
  };
  std::printf("[");
  print("reading: samples of 200 series, 2 h, median",
        queries.select({{is("__name__", "bench_value_113")}, end - 2 * kHourMs, end}, kHosts));
  print("reading: samples of 10,000 series, 1 h, median",
        queries.select({{is("__name__", "bench_cpu_seconds_total")}, end - kHourMs, end},
                       kHosts * kCores));
  print(
      "reading: 200 series, 2 h in steps of 1 min, median",
      queries.range({"avg_over_time(bench_value_113[1m])", end - 2 * kHourMs + 60'000, end, 60'000},
                    kHosts));
  print("reading: one series, a day, raw, median",
        queries.raw("bench_value_113{server_id=\"" + there.day + "\"}[24h]", end, kDay));
  print("reading: 200 series, 30 days in steps of 1 h, of rollups, median",
        hours_of_a_month(argv[1], there, "avg"));
  print("reading: 200 series, 30 days in steps of 1 h, p95 of raw samples, median",
        hours_of_a_month(argv[1], there, "p95"));
  print("reading: sum by (instance) (rate(x[5m])), 10,000 series, 1 h, step 15 s, median",
        queries.range(
            {"sum by (server_id) (rate(bench_cpu_seconds_total[5m]))", end - kHourMs, end, 15'000},
            kHosts, 7),
        "]\n");
}
