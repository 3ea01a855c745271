// codec_bench [scrapes]: how small the chunks of series are and how fast one core makes and reads
// them: of made-up series, and of what scrape_node.py wrote. Prints a JSON list of {name, value,
// unit}.

#include "node_scrapes.hpp"
#include "series/chunk_codec.hpp"
#include "storage_mix.hpp"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>

using namespace monitron;

namespace {

using Series = std::vector<std::vector<double>>;
constexpr std::int64_t kBegin = 1'700'000'000'000;
constexpr int kRepeats = 5;

const char* separator = "[";

void print(const std::string& name, double value, const char* unit) {
  std::printf("%s{\"name\":\"%s\",\"value\":%.4f,\"unit\":\"%s\"}", separator, name.c_str(), value,
              unit);
  separator = ",\n";
}

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// The best of some runs: the machine is not ours alone.
double least_seconds(const std::function<void()>& work) {
  double least = 1e9;
  for (int i = 0; i < kRepeats; ++i) {
    const double begun = cpu_seconds();
    work();
    least = std::min(least, cpu_seconds() - begun);
  }
  return least;
}

struct Figures {
  double bytes_per_value = 0;
  double encoded_per_second = 0;
  double decoded_per_second = 0;
};

bool same_bits(const std::vector<double>& left, const std::vector<double>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  });
}

Figures measure(const Series& series) {
  std::vector<std::string> chunks(series.size());
  std::vector<double> values;
  double count = 0;
  double bytes = 0;
  const double encoding = least_seconds([&] {
    for (std::size_t i = 0; i < series.size(); ++i) chunks[i] = series::encode_values(series[i]);
  });
  const double decoding = least_seconds([&] {
    for (const auto& chunk : chunks) {
      values.clear();
      if (!series::decode_values(chunk, values)) give_up("a chunk was not readable");
    }
  });
  for (std::size_t i = 0; i < series.size(); ++i) {
    values.clear();
    if (!series::decode_values(chunks[i], values) || !same_bits(values, series[i])) {
      give_up("a chunk came back otherwise");
    }
    count += static_cast<double>(values.size());
    bytes += static_cast<double>(chunks[i].size());
  }
  return {bytes / count, count / encoding, count / decoding};
}

void print(const std::string& what, const Figures& figures) {
  print("codec, " + what + ": bytes per value", figures.bytes_per_value, "B");
  print("codec, " + what + ": encoded", figures.encoded_per_second / 1e6, "M/s");
  print("codec, " + what + ": decoded", figures.decoded_per_second / 1e6, "M/s");
}

constexpr std::size_t kMixed = 20;  // series that are of all kinds of the mix

// Chunks of `samples` of some of the kinds, about four million values of all of them.
Series synthetic(std::size_t kind_from, std::size_t kind_to, std::size_t samples) {
  Series series;
  for (std::size_t i = 0; i < 4'000'000 / samples / kMixed; ++i) {
    bench::Host host(static_cast<unsigned>(i), kMixed);
    Series chunks(kMixed);
    for (std::size_t round = 0; round < samples; ++round) {
      const auto& values = host.next();
      for (std::size_t k = 0; k < kMixed; ++k) chunks[k].push_back(values[k]);
    }
    for (std::size_t k = kind_from; k < kind_to; ++k) series.push_back(std::move(chunks[k]));
  }
  return series;
}

void measure_times(std::size_t samples) {
  double bytes = 0;
  constexpr int kLists = 200;
  for (unsigned i = 0; i < kLists; ++i) {
    bench::Host host(i, 1);
    std::vector<std::int64_t> times(samples);
    std::int64_t grid = kBegin;
    for (auto& time : times) time = (grid += 10'000) + host.jitter_ms();
    bytes += static_cast<double>(series::encode_times(times).size());
  }
  print("codec, times of " + std::to_string(samples) + " reports: bytes per time",
        bytes / kLists / static_cast<double>(samples), "B");
}

void measure_scrapes(const char* file) {
  const auto batches = bench::read_scrapes(file, 0);
  if (batches.empty()) give_up("there are no scrapes");
  std::vector<std::int64_t> times;
  Series all(batches.back().blocks[0].series_count);
  for (const auto& batch : batches) {
    const auto& frame = batch.blocks[0].frames[0];
    times.push_back(frame.time_ms);
    for (std::size_t i = 0; i < frame.values.size(); ++i) {
      if (!contracts::is_absent(frame.values[i])) all[i].push_back(frame.values[i]);
    }
  }
  print("node_exporter, 1 s", measure(all));
  print("codec, times of scrapes: bytes per time",
        static_cast<double>(series::encode_times(times).size()) / static_cast<double>(times.size()),
        "B");
}

void measure_kinds() {
  constexpr struct {
    const char* name;
    std::size_t from, to;
  } kKinds[] = {{"constants", 0, 5},       {"counters", 5, 11}, {"seconds", 11, 13},
                {"percent", 13, 15},       {"gauges", 15, 17},  {"memory", 17, 19},
                {"full precision", 19, 20}};
  for (const auto& kind : kKinds) print(kind.name, measure(synthetic(kind.from, kind.to, 720)));
}

}  // namespace

int main(int argc, char** argv) {
  for (const std::size_t samples : {30, 720, 2880, 4096}) {
    print("mix of " + std::to_string(samples), measure(synthetic(0, 20, samples)));
  }
  print("decimals of 4096", measure(synthetic(0, 19, 4096)));
  measure_kinds();
  measure_times(720);
  measure_times(2880);
  if (argc > 1) measure_scrapes(argv[1]);
  std::printf("]\n");
}
