#pragma once
// Samples on their way: what an agent posts (Batch) and what travels through the broker (Envelope).
// The data model is Prometheus's: a series is a metric name with labels, a sample is (time in ms,
// float64). Wire form: protobuf (telemetry.proto describes it), written and read with protozero.
//
// A dictionary lists series once; it travels as a content-addressed zstd block, so that doors and
// consumers cache it by hash and handle names once, not per sample. A frame holds one value per
// series of its dictionary at one time; absent values are kAbsent, so that NaN survives. Sparse
// pushes are points (series, time, value).
//
// Identity of a batch: (source, epoch, seq), frozen when the batch is made; a retry sends the same
// bytes. The ledger stores each identity once. seq is 0 in pushes alone: there a retry has the same
// identity, but may have later times.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "contracts/connection_record.hpp"
#include "contracts/contract.hpp"
#include "domain/metric_metadata.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace monitron::contracts {

struct Series {
  std::string name;                                         // [a-zA-Z_:][a-zA-Z0-9_:]*
  std::vector<std::pair<std::string, std::string>> labels;  // sorted by name, unique names
  auto operator<=>(const Series&) const = default;
};

// Labels that say how a pushed series was named by its sender; the writer moves them to columns.
inline constexpr std::string_view kMetricTypeLabel = "__metric_type__";
inline constexpr std::string_view kMetricNameLabel = "__metric_name__";

// The value that means "no sample": a quiet NaN with a payload of our own, told apart by its bits
// from the NaN of arithmetic and from Prometheus's stale marker (0x7ff0000000000002).
inline constexpr std::uint64_t kAbsentBits = 0x7ff8'6d6f'6e69'7472;
inline const double kAbsent = std::bit_cast<double>(kAbsentBits);
inline bool is_absent(double value) { return std::bit_cast<std::uint64_t>(value) == kAbsentBits; }

using DictionaryHash = std::array<std::uint8_t, 16>;  // first half of SHA-256 of the packed block

struct PackedDictionary {
  DictionaryHash hash{};
  std::string
      packed;  // zstd of the protobuf Dictionary; empty in a Batch that sends the hash alone
  bool operator==(const PackedDictionary&) const = default;
};

struct Limits {
  std::size_t series = 20'000;           // per dictionary
  std::size_t labels = 50;               // per series
  std::size_t name_bytes = 200;          // of a metric or label name
  std::size_t value_bytes = 1024;        // of a label value
  std::size_t unpacked_bytes = 8 << 20;  // of a dictionary
  std::size_t metadata = 5000;           // per batch
  std::size_t metadata_bytes = 1024;     // of each text
  std::size_t connections = 2000;        // per batch
};

// Why a series is not taken; "" when it is.
std::string problem_with(const Series& series, const Limits& limits = {});
// Packs `series` (in this order). Same series, same bytes.
PackedDictionary pack_dictionary(const std::vector<Series>& series);
// Checks the hash, the limits, names and UTF-8. Fault: invalid, naming the series and the reason.
Result<std::vector<Series>> unpack_dictionary(const PackedDictionary& dictionary,
                                              const Limits& limits = {});

struct Frame {
  std::int64_t time_ms = 0;
  std::vector<double> values;  // one per series of the dictionary, or kAbsent
  bool operator==(const Frame&) const = default;
};

struct Point {
  std::uint32_t series = 0;  // index into the dictionary
  std::int64_t time_ms = 0;
  double value = 0;
  bool operator==(const Point&) const = default;
};

// Samples over one dictionary.
struct Block {
  PackedDictionary dictionary;
  std::uint32_t series_count = 0;
  std::vector<Frame> frames;
  std::vector<Point> points;
  std::size_t samples() const;  // values that are not absent
  bool operator==(const Block&) const = default;
};

// What the suite measures of itself belongs to this source, which no door lets anybody write. Its
// series have their own labels alone.
inline constexpr SourceId kSuite{{{0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}}};

struct BatchId {
  SourceId source;
  std::array<std::uint8_t, 16> epoch{};
  std::uint64_t seq = 0;
  auto operator<=>(const BatchId&) const = default;
};

// What a sender posts. `id.source` must be the sender's own.
struct Batch {
  BatchId id;
  std::vector<Block> blocks;
  std::vector<domain::MetricMetadata> metadata{};  // what its sender tells of metrics, if anything
  std::vector<ConnectionRecord> connections{};     // for their log
  bool operator==(const Batch&) const = default;
};
std::string encode(const Batch& batch);
Result<Batch> decode_batch(std::string_view body, const Limits& limits = {});

// What the door puts on the broker: batches of many senders, each with its identity, self-contained
// (each dictionary once, in full). Frames stay as they came.
struct Envelope {
  static constexpr Contract contract{.type = "telemetry.received", .version = 1, .owner = "ingest"};
  std::int64_t received_at_ms = 0;
  std::vector<Batch> batches;
};
std::string encode(const Envelope& envelope);
Result<Envelope> decode_envelope(std::string_view body, const Limits& limits = {});
// What rules record travels as an Envelope too; its batches are the suite's, one for each
// evaluation: epoch is the rule, seq the time that it was evaluated at, in seconds. Whoever
// evaluates it, it is stored once.
struct Recorded {
  static constexpr Contract contract{
      .type = "telemetry.recorded", .version = 1, .owner = "notifier"};
};
// Whether a message of this type holds an Envelope.
bool is_telemetry(std::string_view type);
// `key` is metric_key() of the batches' sources.
Message to_message(const Envelope& envelope, std::string key,
                   const Contract& contract = Envelope::contract);

// Which store queue a source's telemetry goes to: "metric.<p>" or "check.<p>".
int partition_of(const SourceId& source);
std::string metric_key(const SourceId& source);
std::string check_key(const SourceId& source);

}  // namespace monitron::contracts
