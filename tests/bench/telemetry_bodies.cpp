// telemetry_bodies <source> <series> <batches>: what an agent with so many series posts, one batch
// per ten seconds up to now, each written to stdout after its length (32 bits, little-endian). The
// first carries the dictionary, the others its hash, as agents do.

#include "contracts/telemetry.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

using namespace monitron;

namespace {

std::vector<contracts::Series> make_series(int count) {
  std::vector<contracts::Series> series;
  for (int i = 0; i < count; ++i) {
    series.push_back({"node_bench_" + std::to_string(i / 8) + "_bytes",
                      {{"device", "disk" + std::to_string(i % 8)}, {"host", "bench"}}});
  }
  return series;
}

// A third stands still, a third counts up, a third moves about with three digits.
double next(double value, int series, std::minstd_rand& random) {
  if (series % 3 == 0) return value;
  if (series % 3 == 1) return value + static_cast<double>(random() % 5000);
  return std::round((value + static_cast<double>(random() % 200) - 100) * 1000) / 1000;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  const auto source = Uuid::parse(argv[1]);
  if (!source) return 64;
  const int series = std::atoi(argv[2]);
  const int batches = std::atoi(argv[3]);
  std::minstd_rand random(1);
  contracts::Batch batch;
  batch.id.source.value = *source;
  batch.id.epoch = Uuid::make().bytes;
  contracts::Block block;
  block.dictionary = contracts::pack_dictionary(make_series(series));
  block.series_count = static_cast<std::uint32_t>(series);
  block.frames.push_back({0, std::vector<double>(static_cast<std::size_t>(series), 1000)});
  batch.blocks.push_back(std::move(block));
  auto& only = batch.blocks.front();
  const auto now = to_ms(system_clock().now());
  for (int i = 0; i < batches; ++i) {
    batch.id.seq = static_cast<std::uint64_t>(i) + 1;
    only.frames[0].time_ms = now - (batches - i) * 10'000LL;
    for (int s = 0; s < series; ++s) {
      auto& value = only.frames[0].values[static_cast<std::size_t>(s)];
      value = next(value, s, random);
    }
    const auto body = contracts::encode(batch);
    const auto length = static_cast<std::uint32_t>(body.size());
    std::fwrite(&length, sizeof length, 1, stdout);
    std::fwrite(body.data(), 1, body.size(), stdout);
    only.dictionary.packed.clear();
  }
  return 0;
}
