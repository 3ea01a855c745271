#pragma once
// The text form of Prometheus (version 0.0.4, and OpenMetrics as far as its lines of samples go):
//
//   name{label="value",…} value [time] [# exemplar]
//
// All or nothing, like the JSON form: with one bad line nothing is taken, and every bad line is
// named by its number. HELP, TYPE and UNIT are kept; other comments and exemplars are skipped.
// Times are milliseconds since 1970; in OpenMetrics (`# EOF` at the end, or its media type), and
// where they have a fraction or would be outside the window as milliseconds, numbers below 2^31 are
// seconds, as VictoriaMetrics reads them. Pure; Threads: any.

#include "contracts/telemetry.hpp"
#include "exposition/metadata_reader.hpp"
#include "ingest/refusal.hpp"
#include "ingest/time_window.hpp"

namespace monitron::ingest {

struct ExpositionForm {
  std::int64_t default_time_ms = 0;  // of lines without a time
  bool openmetrics = false;
  // Given to every series; they win over its own labels of the same name.
  std::vector<std::pair<std::string, std::string>> extra_labels{};
};

struct ExpositionLimits {
  std::size_t samples = 5'000'000;          // of a text
  std::size_t block_samples = 250'000;      // more of them make another block
  std::size_t block_series = 10'000;        // so do more of these
  std::size_t block_text_bytes = 2u << 20;  // their names and labels
  contracts::Limits series{};
};

struct Exposition {
  // One, or several where there are very many series or samples. Lines of equal series and time
  // stay in their order.
  std::vector<contracts::Block> blocks{};
  std::vector<domain::MetricMetadata> metadata{};
};

Taken<Exposition> parse_exposition(std::string_view text, const TimeWindow& window,
                                   const ExpositionForm& form, const ExpositionLimits& limits = {});

// Why it cannot be given to a series; "" when it can.
std::string problem_with_label(std::string_view name, std::string_view value,
                               const contracts::Limits& limits = {});

}  // namespace monitron::ingest
