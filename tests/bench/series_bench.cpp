// series_bench <database url> [<file of scrape_node.py>]: what storing, compacting and reading cost
// without the way there. One writer stores a day of 20 hosts with 200 series each, every 10 s; one
// compactor turns it into chunks, slot by slot; then the day is rewritten, and reads are timed on
// one host. The same with what was scraped, for its size. Prints a JSON list of {name, value,
// unit}.

#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "node_scrapes.hpp"
#include "series/compactor.hpp"
#include "series/reader.hpp"
#include "series/rewriter.hpp"
#include "series/writer.hpp"
#include "storage_mix.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <pqxx/pqxx>
#include <sys/resource.h>

using namespace monitron;

namespace {

constexpr int kHosts = 20;
constexpr int kSeries = 200;
constexpr int kRounds = 8640;  // of ten seconds
// Of a slot: from five minutes of the ring as it is meant to a half an hour of catching up.
constexpr std::array<int, 4> kRoundsPerSlot = {30, 60, 90, 180};
constexpr std::size_t kFramesPerLoad = 50;
constexpr std::int64_t kFence = 1;
using series::kDayMs;

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
                          int round, std::int64_t time_ms, std::vector<double> values) {
  contracts::Block block{dictionary, kSeries, {}, {}};
  block.frames.push_back({time_ms, std::move(values)});
  contracts::Batch batch;
  batch.id.source = source;
  batch.id.seq = static_cast<std::uint64_t>(round);
  batch.blocks.push_back(std::move(block));
  return batch;
}

[[noreturn]] void give_up(const std::string& reason) {
  std::fprintf(stderr, "%s\n", reason.c_str());
  std::exit(1);
}

class Timed {
 public:
  template <class Work>
  void add(Work work) {
    const auto begun = std::chrono::steady_clock::now();
    const auto before = cpu_seconds();
    work();
    wall += std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    cpu += cpu_seconds() - before;
  }
  double wall = 0, cpu = 0;
};

// In loads of some frames, as they come from the broker.
void store(series::Writer& writer, std::vector<contracts::Batch> batches) {
  for (std::size_t at = 0; at < batches.size(); at += kFramesPerLoad) {
    series::Load load;
    const auto end = std::min(at + kFramesPerLoad, batches.size());
    load.batches.assign(std::make_move_iterator(batches.begin() + static_cast<long>(at)),
                        std::make_move_iterator(batches.begin() + static_cast<long>(end)));
    const auto written = writer.write(load);
    if (!written) give_up(written.error().text);
    if (written->batches != end - at) give_up("not all was stored");
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

// What is measured: one writer, one compactor, one rewriter, and how large everything is.
class Storage {
 public:
  explicit Storage(const std::string& url)
      : url_(url),
        pool_(pool_config(url)),
        writer_({.database_url = url, .application_name = "series bench"}),
        compactor_(compactor_config(url)) {
    ask("INSERT INTO leases VALUES ('ingest.compactor', 'bench', 1, now() + '1 day') RETURNING 1");
  }

  void store(std::vector<contracts::Batch> batches) {
    for (const auto& batch : batches) stored += batch.blocks[0].samples();
    storing.add([&] { ::store(writer_, std::move(batches)); });
  }

  void compact() {
    const auto step = [&] {
      const auto done = compactor_.step(kFence);
      if (!done) give_up(done.error().text);
      compacted += done->compacted.samples;
      return done->worked;
    };
    compacting.add([&] {
      while (step()) {
      }
    });
    if (compacted != stored) give_up("not all was compacted");
  }

  void rewrite(std::int64_t day_ms) {
    rewriting.add([&] {
      const auto done = series::rewrite({.database_url = url_, .application_name = "series bench"},
                                        {"ingest.compactor", kFence}, {0, day_ms, day_ms + kDayMs},
                                        system_clock().now());
      if (!done) give_up(done.error().text);
    });
  }

  // Of tables whose names match, with indexes and TOAST.
  double bytes(const std::string& pattern) {
    return ask(
        "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class "
        "WHERE relkind = 'r' AND relname ~ '" +
        pattern + "'");
  }
  double all_bytes() { return bytes("^(chunk|series$|sources$|layouts$)"); }
  db::Pool& pool() { return pool_; }

  Timed storing, compacting, rewriting;
  std::size_t stored = 0, compacted = 0;

 private:
  static db::Config pool_config(const std::string& url) {
    db::Config config;
    config.url = url;
    config.statement_timeout = config.transaction_timeout = std::chrono::minutes(1);
    return config;
  }
  static series::CompactorConfig compactor_config(const std::string& url) {
    series::CompactorConfig config;
    config.database_url = url;
    config.application_name = "series bench";
    config.slot_age = config.rest = std::chrono::milliseconds(0);
    return config;
  }
  double ask(const std::string& sql) {
    const auto answer =
        pool_.transact([&](pqxx::work& tx) { return tx.exec1(sql)[0].as<double>(); });
    if (!answer) give_up(answer.error().text);
    return *answer;
  }

  std::string url_;
  db::Pool pool_;
  series::Writer writer_;
  series::Compactor compactor_;
};

class Hosts {
 public:
  explicit Hosts(std::int64_t begin_ms) : begin_ms_(begin_ms) {
    for (unsigned i = 0; i < kHosts; ++i) hosts_.emplace_back(i, kSeries);
    std::generate(ids_.begin(), ids_.end(), [] { return SourceId::make(); });
  }
  std::vector<contracts::Batch> report(int rounds) {
    std::vector<contracts::Batch> batches;
    for (int i = 0; i < rounds; ++i, ++round_) {
      for (std::size_t host = 0; host < hosts_.size(); ++host) {
        const auto time = begin_ms_ + round_ * 10'000ll + hosts_[host].jitter_ms();
        batches.push_back(batch_of(ids_.at(host), names_, round_, time, hosts_[host].next()));
      }
    }
    return batches;
  }
  const Uuid& first() const { return ids_[0].value; }

 private:
  std::int64_t begin_ms_;
  contracts::PackedDictionary names_ = dictionary();
  std::vector<bench::Host> hosts_;
  std::array<SourceId, kHosts> ids_;
  int round_ = 0;
};

void measure_storage(Storage& storage, Hosts& hosts, std::int64_t begin_ms) {
  double staged = 0;
  for (int stored = 0, slot = 0; stored < kRounds; ++slot) {
    const auto rounds =
        std::min(kRoundsPerSlot.at(static_cast<std::size_t>(slot) % 4), kRounds - stored);
    storage.store(hosts.report(rounds));
    stored += rounds;
    if (slot == 3) {
      staged = storage.bytes("^staging_[0-3]$") / (1.0 * rounds * kHosts * kSeries) +
               storage.bytes("^batch_ledger$") / static_cast<double>(storage.stored);
    }
    storage.compact();
  }
  const auto samples = static_cast<double>(storage.stored);
  print("storing: samples by one writer", samples / storage.storing.wall, "1/s");
  print("storing: CPU of the writer per sample", storage.storing.cpu / samples * 1e6, "µs");
  print("storage: bytes per sample before compaction, indexes and ledger too", staged, "B");
  print("compaction: samples by one compactor", samples / storage.compacting.wall, "1/s");
  print("compaction: CPU of the compactor per sample", storage.compacting.cpu / samples * 1e6,
        "µs");
  print("storage: bytes per sample in chunks of five minutes to half an hour, all in",
        storage.all_bytes() / samples, "B");
  storage.rewrite(begin_ms);
  print("rewriting: samples of a day, with rollups", samples / storage.rewriting.wall, "1/s");
  print("storage: bytes per sample after compaction, synthetic mix, all in",
        storage.all_bytes() / samples, "B");
  print("storage: of these rollups", storage.bytes("^chunk(s|_times)_[0-9]*[12]_") / samples, "B");
}

// As if it had been scraped some days ago: that day is over.
void measure_scrapes(Storage& storage, const std::string& file, std::int64_t shift_ms) {
  auto batches = bench::read_scrapes(file, shift_ms);
  if (batches.empty()) give_up(file + " has no scrapes");
  const auto day = batches[0].blocks[0].frames[0].time_ms / kDayMs * kDayMs;
  const auto before = storage.all_bytes();
  const auto stored = storage.stored;
  const auto rounds = batches.size();
  while (!batches.empty()) {
    const auto some = static_cast<std::ptrdiff_t>(std::min<std::size_t>(batches.size(), 300));
    storage.store({batches.begin(), batches.begin() + some});
    batches.erase(batches.begin(), batches.begin() + some);
    storage.compact();
  }
  storage.rewrite(day);
  const auto samples = static_cast<double>(storage.stored - stored);
  print("storage: scrapes of this machine's node metrics", static_cast<double>(rounds), "");
  print("storage: bytes per sample after compaction, node metrics, all in",
        (storage.all_bytes() - before) / samples, "B");
}

void measure_reading(db::Pool& pool, const Uuid& host, std::int64_t begin_ms) {
  const double page = median_ms(pool, [&](pqxx::work& tx) {
    return series::read_samples(tx, {.source = host, .limit = 1000}).items.size();
  });
  const series::BucketQuery chart{.source = host,
                                  .metric_name = "node_bench_13",
                                  .from = from_ms(begin_ms),
                                  .to = from_ms(begin_ms + kDayMs),
                                  .step = std::chrono::seconds(300)};
  const double drawn =
      median_ms(pool, [&](pqxx::work& tx) { return series::read_buckets(tx, chart).items.size(); });
  print("reading: newest 1000 samples of a host, median", page, "ms");
  print("reading: one series, a day in steps of 5 min, median", drawn, "ms", "]\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) return 64;
  if (!db::migrate_up(argv[1], db::built_in_migrations())) return 69;
  // Yesterday (UTC): it is over, and gets the partitions of days that samples come for.
  const auto begin_ms = to_ms(system_clock().now()) / kDayMs * kDayMs - kDayMs;
  Storage storage(argv[1]);
  Hosts hosts(begin_ms);
  std::printf("[");
  measure_storage(storage, hosts, begin_ms);
  if (argc == 3) measure_scrapes(storage, argv[2], -5 * kDayMs);
  measure_reading(storage.pool(), hosts.first(), begin_ms);
}
