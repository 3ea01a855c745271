#include "series/chunk_reader.hpp"

namespace monitron::series {
namespace {

Result<void> append_times(const StoredChunk& chunk, std::span<const std::int64_t> shared_times,
                          std::vector<std::int64_t>& out) {
  if (!chunk.shared) {
    if (!chunk.times) return fail(Fault::invalid, "a chunk has no times");
    return decode_times(*chunk.times, out);
  }
  if (!chunk.times) {
    out.insert(out.end(), shared_times.begin(), shared_times.end());
    return {};
  }
  std::vector<bool> present;
  const auto read = decode_presence(*chunk.times, shared_times.size(), present);
  if (!read) return fail(read.error());
  for (std::size_t i = 0; i < present.size(); ++i) {
    if (present[i]) out.push_back(shared_times[i]);
  }
  return {};
}

}  // namespace

Result<void> decode_chunk(const StoredChunk& chunk, std::span<const std::int64_t> shared_times,
                          Samples& out) {
  const std::size_t times = out.times_ms.size();
  const std::size_t values = out.values.size();
  auto done = append_times(chunk, shared_times, out.times_ms);
  if (done) done = decode_values(chunk.data, out.values);
  if (done &&
      (out.times_ms.size() != times + chunk.count || out.values.size() != values + chunk.count)) {
    done = fail(Fault::invalid, "a chunk has not as many samples as it says");
  }
  if (!done) {
    out.times_ms.resize(times);
    out.values.resize(values);
  }
  return done;
}

}  // namespace monitron::series
