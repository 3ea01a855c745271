// storing_bench <database url>: the writers of storage alone, side by side, each with its own
// sources, as a process with all its partitions and lanes has them; and what COPY is worth: the
// same rows by COPY and by INSERT (R-024). Prints a JSON list of {name, value, unit}.

#include "base/clock.hpp"
#include "db/migrations.hpp"
#include "series/binary_rows.hpp"
#include "series/session.hpp"
#include "series/writer.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace monitron;

namespace {

constexpr std::size_t kWriters = 4;
constexpr std::size_t kHosts = 50;  // of a writer
constexpr std::size_t kSeries = 200;
constexpr std::size_t kLoads = 120;        // of a writer
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

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

void print(const char* name, double value, const char* unit, const char* after = ",\n") {
  std::printf(R"({"name":"storing: %s","value":%.3f,"unit":"%s"}%s)", name, value, unit, after);
}

double seconds_of(const std::function<void()>& work) {
  const auto begun = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

// ---- writers ----

series::Session session_at(const char* url) {
  auto session = series::Session::open(url, "storing bench");
  if (!session) give_up(session.error().text);
  return std::move(*session);
}

// Of this program, and of PostgreSQL's processes that work for it.
double cpu_seconds(series::Session& session) {
  rusage own{};
  getrusage(RUSAGE_SELF, &own);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  double ticks = 0;
  const auto pids = session.run(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'storing bench' OR "
      "backend_type IN ('walwriter', 'checkpointer', 'background writer')");
  if (!pids) give_up(pids.error().text);
  for (std::size_t i = 0; i < pids->size(); ++i) {
    std::ifstream stat("/proc/" + pids->text(i, 0) + "/stat");
    std::string word;
    while (word.empty() || word.back() != ')') stat >> word;  // its name may have blanks
    for (int field = 3; field <= 15 && stat >> word; ++field) {
      if (field >= 14) ticks += std::stod(word);
    }
  }
  return seconds(own.ru_utime) + seconds(own.ru_stime) +
         ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void measure_writers(const char* url) {
  std::vector<std::vector<series::Load>> loads;
  std::vector<std::unique_ptr<series::Writer>> writers;
  for (unsigned i = 0; i < kWriters; ++i) {
    loads.push_back(loads_of(i));
    writers.push_back(std::make_unique<series::Writer>(
        series::WriterConfig{.database_url = url, .application_name = "storing bench"}));
    store(*writers.back(), loads.back().front());  // names of series are stored once
  }
  auto session = session_at(url);
  const auto before = cpu_seconds(session);
  const auto seconds = seconds_of([&] {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kWriters; ++i) {
      threads.emplace_back([&, i] {
        for (std::size_t load = 1; load < kLoads; ++load) store(*writers[i], loads[i][load]);
      });
    }
  });
  const auto cpu = cpu_seconds(session) - before;
  const double samples = 1.0 * kWriters * (kLoads - 1) * kRoundsPerLoad * kHosts * kSeries;
  print("samples by four writers side by side", samples / seconds, "1/s");
  print("CPU per sample, writers and PostgreSQL", cpu / samples * 1e6, "\u00b5s");
}

// ---- COPY and INSERT ----

constexpr std::size_t kRows = 40'000;
constexpr std::size_t kRowsPerTransaction = 10'000;

struct Row {
  std::int32_t series = 0;
  std::int64_t time_ms = 0;
  double value = 0;
};

std::vector<Row> rows_of_reports() {
  std::mt19937 random(1);
  std::vector<Row> rows;
  for (std::size_t round = 0; rows.size() < kRows; ++round) {
    const auto time = kBegin + static_cast<std::int64_t>(round) * 10'000;
    for (const auto value : values_of(random, round)) {
      rows.push_back({static_cast<std::int32_t>(rows.size() % kSeries), time, value});
    }
  }
  return rows;
}

std::vector<std::string> inserts_of(const std::vector<Row>& rows, std::size_t rows_each) {
  std::vector<std::string> statements;
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const auto& row = rows[at];
    char text[160];
    std::snprintf(text, sizeof text, "%s(%d,'%s',%.17g)",
                  at % rows_each == 0 ? "INSERT INTO bench_rows VALUES " : ",", row.series,
                  to_rfc3339(from_ms(row.time_ms)).c_str(), row.value);
    if (at % rows_each == 0) statements.emplace_back();
    statements.back() += text;
  }
  return statements;
}

void run(series::Session& session, const char* sql) {
  if (auto done = session.run(sql); !done) give_up(done.error().text);
}

void copy(series::Session& session, std::span<const Row> rows) {
  series::BinaryRows binary;
  for (const auto& row : rows) {
    binary.row(3);
    binary.field32(row.series);
    binary.field_time(row.time_ms);
    binary.field_double(row.value);
  }
  const auto done = session.copy_in("COPY bench_rows FROM STDIN (FORMAT binary)", binary.finish());
  if (!done) give_up(done.error().text);
}

// `store` stores the rows of a transaction, the how manieth it is told.
double rows_per_second(series::Session& session, const std::function<void(std::size_t)>& store) {
  run(session,
      "CREATE TABLE bench_rows (series_id integer NOT NULL, time timestamptz NOT NULL, "
      "value float8 NOT NULL); CREATE INDEX ON bench_rows (series_id, time)");
  const auto seconds = seconds_of([&] {
    for (std::size_t i = 0; i < kRows / kRowsPerTransaction; ++i) {
      run(session, "BEGIN");
      store(i);
      run(session, "COMMIT");
    }
  });
  const auto stored = session.run("SELECT count(*) FROM bench_rows");
  if (!stored || stored->number(0, 0) != kRows) give_up("not all rows were stored");
  run(session, "DROP TABLE bench_rows");
  return kRows / seconds;
}

void compare_with_inserts(const char* url) {
  auto session = session_at(url);
  const auto rows = rows_of_reports();
  const auto by_inserts = [&](std::size_t rows_each) {
    const auto statements = inserts_of(rows, rows_each);
    const auto each = kRowsPerTransaction / rows_each;
    return rows_per_second(session, [&](std::size_t transaction) {
      for (std::size_t i = 0; i < each; ++i) {
        run(session, statements[transaction * each + i].c_str());
      }
    });
  };
  const auto by_copy = rows_per_second(session, [&](std::size_t transaction) {
    copy(session, std::span(rows).subspan(transaction * kRowsPerTransaction, kRowsPerTransaction));
  });
  const auto by_one = by_inserts(1);
  const auto by_many = by_inserts(1000);
  print("rows of one sample by COPY", by_copy, "1/s");
  print("rows of one sample by INSERT of 1,000", by_many, "1/s");
  print("rows of one sample by INSERT of one", by_one, "1/s");
  print("COPY against INSERT of 1,000 rows", by_copy / by_many, "times");
  print("COPY against INSERT of one row", by_copy / by_one, "times", "");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  if (!db::migrate_up(argv[1], db::built_in_migrations())) return 69;
  std::puts("[");
  measure_writers(argv[1]);
  compare_with_inserts(argv[1]);
  std::puts("]");
  return 0;
}
