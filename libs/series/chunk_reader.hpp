#pragma once
// The samples of a row of chunks, whichever way its times are kept. Pure.

#include "series/chunk_codec.hpp"

#include <optional>

namespace monitron::series {

// Of a row: the columns count, times, data; whether times_id is not null.
struct StoredChunk {
  std::size_t count = 0;
  bool shared = false;
  std::optional<std::string_view> times{};
  std::string_view data{};
};

struct Samples {
  std::vector<std::int64_t> times_ms{};
  std::vector<double> values{};
};

// Appends to `out`. `shared_times`: the decoded times of the row's times_id, if it has one.
// Fault: invalid, for what no writer wrote; `out` is as it was then.
Result<void> decode_chunk(const StoredChunk& chunk, std::span<const std::int64_t> shared_times,
                          Samples& out);

}  // namespace monitron::series
