#include "ingest/lanes.hpp"

#include <array>
#include <latch>

namespace monitron::ingest {
namespace {

using Loads = std::array<series::Load, Lanes::kCount>;

// What is not of a source, and checks, whose states are counted up, stay in the first lane.
Loads split(series::Load load) {
  Loads loads;
  for (auto& batch : load.batches) {
    // The last byte chooses the partition.
    const auto lane = batch.id.source.value.bytes[14] % Lanes::kCount;
    loads.at(lane).batches.push_back(std::move(batch));
  }
  loads[0].results = std::move(load.results);
  loads[0].missed = std::move(load.missed);
  loads[0].rejected = std::move(load.rejected);
  return loads;
}

bool is_empty(const series::Load& load) {
  return load.batches.empty() && load.results.empty() && load.missed.empty() &&
         load.rejected.empty();
}

}  // namespace

Lanes::Lanes(const series::WriterConfig& config) {
  for (std::size_t i = 0; i < kCount; ++i) {
    writers_.push_back(std::make_unique<series::Writer>(config));
  }
}

void Lanes::side_by_side(const std::function<void(std::size_t)>& work) {
  std::latch done(kCount - 1);
  for (std::size_t lane = 1; lane < kCount; ++lane) {
    const auto one = [&, lane] {
      work(lane);
      done.count_down();
    };
    if (!threads_.run(one)) one();
  }
  work(0);
  done.wait();
}

Result<void> Lanes::write(series::Load load, bool is_much, series::Written& written) {
  if (!is_much) {
    auto done = writers_[0]->write(load);
    if (!done) return fail(done.error());
    add(written, *done);
    return {};
  }
  const auto loads = split(std::move(load));
  std::array<Result<series::Written>, kCount> done{};
  side_by_side([&](std::size_t lane) {
    if (!is_empty(loads.at(lane))) done.at(lane) = writers_[lane]->write(loads.at(lane));
  });
  Result<void> all;
  for (const auto& one : done) {
    if (one) {
      add(written, *one);
    } else if (all || !is_transient(all.error().fault)) {
      all = fail(one.error());  // what passes is waited for first
    }
  }
  return all;
}

void add(series::Written& to, const series::Written& more) {
  to.batches += more.batches;
  to.duplicates += more.duplicates;
  to.results += more.results;
  to.refuted += more.refuted;
  to.samples += more.samples;
  to.refused_samples += more.refused_samples;
  to.quarantined += more.quarantined;
}

}  // namespace monitron::ingest
