#include "contracts/telemetry.hpp"

#include "base/bytes.hpp"
#include "contracts/compression.hpp"
#include "contracts/connection_wire.hpp"
#include "contracts/protobuf.hpp"
#include "contracts/topology.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

namespace monitron::contracts {
namespace {

using domain::MetricMetadata;
using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_writer;

// Batches of an envelope. The broker writes every byte to its disk: frames shrink to about half,
// which costs less than it saves there. What is small stays as it is.
constexpr int kFastLevel = 1;
constexpr std::size_t kWorthPacking = 512;
constexpr std::size_t kMostUnpacked = 64u << 20;

template <std::size_t Size>
std::string_view view_of(const std::array<std::uint8_t, Size>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <std::size_t Size>
bool take(data_view from, std::array<std::uint8_t, Size>& to) {
  if (from.size() != Size) return false;
  std::memcpy(to.data(), from.data(), Size);
  return true;
}

DictionaryHash hash_of(std::string_view packed) {
  DictionaryHash hash;
  std::memcpy(hash.data(), sha256(packed).data(), hash.size());
  return hash;
}

bool is_name(std::string_view name, bool colon) {
  const auto letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':');
  };
  const auto later = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), later);
}

std::string encode_series(const Series& series) {
  std::string out;
  pbf_writer writer(out);
  writer.add_string(1, series.name);
  for (const auto& [name, value] : series.labels) {
    pbf_writer label(writer, 2);
    label.add_string(1, name);
    label.add_string(2, value);
  }
  return out;
}

std::pair<std::string, std::string> decode_label(pbf_reader reader) {
  std::pair<std::string, std::string> label;
  while (reader.next()) {
    if (reader.tag() == 1) {
      label.first = reader.get_string();
    } else if (reader.tag() == 2) {
      label.second = reader.get_string();
    } else {
      reader.skip();
    }
  }
  return label;
}

Series decode_series(pbf_reader reader) {
  Series series;
  while (reader.next()) {
    if (reader.tag() == 1) {
      series.name = reader.get_string();
    } else if (reader.tag() == 2) {
      series.labels.push_back(decode_label(reader.get_message()));
    } else {
      reader.skip();
    }
  }
  return series;
}

// ---- blocks and batches ----

void write_frame(pbf_writer& block, const Frame& frame) {
  pbf_writer writer(block, 4);
  writer.add_sint64(1, frame.time_ms);
  writer.add_packed_double(2, frame.values.begin(), frame.values.end());
}

void write_points(pbf_writer& block, const std::vector<Point>& points) {
  if (points.empty()) return;
  std::vector<std::uint32_t> series;
  std::vector<std::int64_t> times;
  std::vector<double> values;
  for (const auto& point : points) {
    series.push_back(point.series);
    times.push_back(point.time_ms);
    values.push_back(point.value);
  }
  pbf_writer writer(block, 5);
  writer.add_packed_uint32(1, series.begin(), series.end());
  writer.add_packed_sint64(2, times.begin(), times.end());
  writer.add_packed_double(3, values.begin(), values.end());
}

void write_metadata(pbf_writer& batch, const MetricMetadata& metadata) {
  pbf_writer writer(batch, 5);
  writer.add_string(1, metadata.name);
  writer.add_string(2, metadata.type);
  writer.add_string(3, metadata.help);
  writer.add_string(4, metadata.unit);
}

void write_batch(pbf_writer& writer, const Batch& batch, bool with_dictionaries) {
  writer.add_bytes(1, std::string(batch.id.source.value.raw()));
  writer.add_bytes(2, std::string(view_of(batch.id.epoch)));
  writer.add_uint64(3, batch.id.seq);
  for (const auto& block : batch.blocks) {
    pbf_writer inner(writer, 4);
    inner.add_bytes(1, std::string(view_of(block.dictionary.hash)));
    if (with_dictionaries && !block.dictionary.packed.empty()) {
      inner.add_bytes(2, block.dictionary.packed);
    }
    inner.add_uint32(3, block.series_count);
    for (const auto& frame : block.frames) write_frame(inner, frame);
    write_points(inner, block.points);
  }
  for (const auto& metadata : batch.metadata) write_metadata(writer, metadata);
  for (const auto& record : batch.connections) {
    pbf_writer inner(writer, 6);
    write_connection(inner, record);
  }
}

Frame read_frame(pbf_reader reader) {
  Frame frame;
  while (reader.next()) {
    if (reader.tag() == 1) {
      frame.time_ms = reader.get_sint64();
    } else if (reader.tag() == 2) {
      const auto values = reader.get_packed_double();
      frame.values.assign(values.begin(), values.end());
    } else {
      reader.skip();
    }
  }
  return frame;
}

Result<std::vector<Point>> read_points(pbf_reader reader) {
  std::vector<std::uint32_t> series;
  std::vector<std::int64_t> times;
  std::vector<double> values;
  while (reader.next()) {
    if (reader.tag() == 1) {
      const auto column = reader.get_packed_uint32();
      series.assign(column.begin(), column.end());
    } else if (reader.tag() == 2) {
      const auto column = reader.get_packed_sint64();
      times.assign(column.begin(), column.end());
    } else if (reader.tag() == 3) {
      const auto column = reader.get_packed_double();
      values.assign(column.begin(), column.end());
    } else {
      reader.skip();
    }
  }
  if (series.size() != times.size() || series.size() != values.size()) {
    return fail(Fault::invalid, "points: the columns differ in length");
  }
  std::vector<Point> points(series.size());
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = {series[i], times[i], values[i]};
  return points;
}

Result<void> check_block(const Block& block, const Limits& limits) {
  if (block.series_count > limits.series) return fail(Fault::invalid, "has too many series");
  for (const auto& frame : block.frames) {
    if (frame.values.size() != block.series_count) {
      return fail(Fault::invalid, "a frame has not one value per series");
    }
  }
  for (const auto& point : block.points) {
    if (point.series >= block.series_count) {
      return fail(Fault::invalid, "a point names a series that the dictionary has not");
    }
  }
  return {};
}

Result<Block> read_block(pbf_reader reader, const Limits& limits) {
  Block block;
  bool hash_seen = false;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        hash_seen = take(reader.get_view(), block.dictionary.hash);
        break;
      case 2:
        block.dictionary.packed = reader.get_bytes();
        break;
      case 3:
        block.series_count = reader.get_uint32();
        break;
      case 4:
        block.frames.push_back(read_frame(reader.get_message()));
        break;
      case 5: {
        auto points = read_points(reader.get_message());
        if (!points) return fail(points.error());
        block.points = std::move(*points);
        break;
      }
      default:
        reader.skip();
    }
  }
  if (!hash_seen) return fail(Fault::invalid, "dictionary_hash: is not 16 bytes");
  if (auto ok = check_block(block, limits); !ok) return fail(ok.error());
  return block;
}

Result<MetricMetadata> read_metadata(pbf_reader reader, const Limits& limits) {
  MetricMetadata metadata;
  while (reader.next()) {
    auto* text = reader.tag() == 1   ? &metadata.name
                 : reader.tag() == 2 ? &metadata.type
                 : reader.tag() == 3 ? &metadata.help
                 : reader.tag() == 4 ? &metadata.unit
                                     : nullptr;
    if (text == nullptr) {
      reader.skip();
      continue;
    }
    *text = reader.get_string();
    if (text->size() > limits.metadata_bytes) return fail(Fault::invalid, "a text is too long");
    if (!is_valid_utf8(*text)) return fail(Fault::invalid, "a text is not UTF-8");
  }
  if (!is_name(metadata.name, true) || metadata.name.size() > limits.name_bytes) {
    return fail(Fault::invalid, "the metric name is not [a-zA-Z_:][a-zA-Z0-9_:]*, or too long");
  }
  return metadata;
}

template <class Item>
Result<void> append(Result<Item> item, const std::string& list, std::vector<Item>& to) {
  if (!item) return fail(item.error().in(list + "[" + std::to_string(to.size()) + "]"));
  to.push_back(std::move(*item));
  return {};
}

Result<Batch> read_batch(pbf_reader reader, const Limits& limits) {
  Batch batch;
  bool source_seen = false;
  bool epoch_seen = false;
  Result<void> done;
  while (done && reader.next()) {
    switch (reader.tag()) {
      case 1:
        source_seen = take(reader.get_view(), batch.id.source.value.bytes);
        break;
      case 2:
        epoch_seen = take(reader.get_view(), batch.id.epoch);
        break;
      case 3:
        batch.id.seq = reader.get_uint64();
        break;
      case 4:
        done = append(read_block(reader.get_message(), limits), "blocks", batch.blocks);
        break;
      case 5:
        done = append(read_metadata(reader.get_message(), limits), "metadata", batch.metadata);
        break;
      case 6:
        done = append(read_connection(reader.get_message()), "connections", batch.connections);
        break;
      default:
        reader.skip();
    }
  }
  if (!done) return fail(done.error());
  if (batch.metadata.size() > limits.metadata) {
    return fail(Fault::invalid, "metadata: of too many metrics");
  }
  if (batch.connections.size() > limits.connections) {
    return fail(Fault::invalid, "connections: are too many");
  }
  if (!source_seen) return fail(Fault::invalid, "source: is not 16 bytes");
  if (!epoch_seen) return fail(Fault::invalid, "epoch: is not 16 bytes");
  return batch;
}

using Dictionaries = std::map<DictionaryHash, std::string>;

Result<void> put_dictionaries(const Dictionaries& dictionaries, Envelope& envelope) {
  for (auto& batch : envelope.batches) {
    for (auto& block : batch.blocks) {
      const auto found = dictionaries.find(block.dictionary.hash);
      if (found == dictionaries.end()) {
        return fail(Fault::invalid, "a dictionary is missing from the envelope");
      }
      block.dictionary.packed = found->second;
    }
  }
  return {};
}

std::string encode_batches(const Envelope& envelope) {
  std::string out;
  pbf_writer writer(out);
  for (const auto& batch : envelope.batches) {
    pbf_writer inner(writer, 3);
    write_batch(inner, batch, false);
  }
  return out;
}

Result<void> read_packed(const std::string& packed, Envelope& envelope, const Limits& limits) {
  if (packed.empty()) return {};
  const auto batches = zstd_unpack(packed, kMostUnpacked);
  if (!batches) return fail(Fault::invalid, "packed: " + batches.error().text);
  pbf_reader reader(*batches);
  while (reader.next(3)) {
    auto batch = read_batch(reader.get_message(), limits);
    if (!batch) return fail(batch.error());
    envelope.batches.push_back(std::move(*batch));
  }
  return {};
}

// protozero throws on malformed input; that ends here.
template <class Read>
auto guarded(Read read) -> decltype(read()) {
  try {
    return read();
  } catch (const protozero::exception& error) {
    return fail(Fault::invalid, std::string("is not protobuf: ") + error.what());
  }
}

}  // namespace

std::string problem_with(const Series& series, const Limits& limits) {
  if (!is_name(series.name, true)) return "the metric name is not [a-zA-Z_:][a-zA-Z0-9_:]*";
  if (series.name.size() > limits.name_bytes) return "the metric name is too long";
  if (series.labels.size() > limits.labels) return "has too many labels";
  for (std::size_t i = 0; i < series.labels.size(); ++i) {
    const auto& [name, value] = series.labels[i];
    if (!is_name(name, false)) return "a label name is not [a-zA-Z_][a-zA-Z0-9_]*";
    if (name.size() > limits.name_bytes) return "a label name is too long";
    if (value.size() > limits.value_bytes) return "label " + name + ": the value is too long";
    if (!is_valid_utf8(value)) return "label " + name + ": the value is not UTF-8";
    if (i > 0 && !(series.labels[i - 1].first < name)) return "labels are not sorted and unique";
  }
  return {};
}

PackedDictionary pack_dictionary(const std::vector<Series>& series) {
  std::string plain;
  pbf_writer writer(plain);
  for (const auto& one : series) writer.add_message(1, encode_series(one));
  auto packed = zstd_pack(plain);
  return {hash_of(packed), std::move(packed)};
}

Result<std::vector<Series>> unpack_dictionary(const PackedDictionary& dictionary,
                                              const Limits& limits) {
  if (hash_of(dictionary.packed) != dictionary.hash) {
    return fail(Fault::invalid, "dictionary: the hash is not of these bytes");
  }
  const auto plain = zstd_unpack(dictionary.packed, limits.unpacked_bytes);
  if (!plain) return fail(Fault::invalid, "dictionary: " + plain.error().text);
  return guarded([&]() -> Result<std::vector<Series>> {
    std::vector<Series> all;
    pbf_reader reader(*plain);
    while (reader.next()) {
      if (reader.tag() != 1) {
        reader.skip();
        continue;
      }
      if (all.size() == limits.series) return fail(Fault::invalid, "dictionary: too many series");
      all.push_back(decode_series(reader.get_message()));
      if (const auto wrong = problem_with(all.back(), limits); !wrong.empty()) {
        return fail(Fault::invalid, "series[" + std::to_string(all.size() - 1) + "]: " + wrong);
      }
    }
    return all;
  });
}

std::size_t Block::samples() const {
  std::size_t count = points.size();
  for (const auto& frame : frames) {
    for (const double value : frame.values) count += is_absent(value) ? 0 : 1;
  }
  return count;
}

std::string encode(const Batch& batch) {
  std::string out;
  pbf_writer writer(out);
  write_batch(writer, batch, true);
  return out;
}

Result<Batch> decode_batch(std::string_view body, const Limits& limits) {
  return guarded([&] { return read_batch(pbf_reader(body.data(), body.size()), limits); });
}

std::string encode(const Envelope& envelope) {
  std::string out;
  pbf_writer writer(out);
  writer.add_sint64(1, envelope.received_at_ms);
  std::set<DictionaryHash> written;
  for (const auto& batch : envelope.batches) {
    for (const auto& block : batch.blocks) {
      if (block.dictionary.packed.empty() || !written.insert(block.dictionary.hash).second)
        continue;
      writer.add_bytes(2, block.dictionary.packed);
    }
  }
  const auto batches = encode_batches(envelope);
  if (batches.size() < kWorthPacking) {
    out += batches;
  } else {
    writer.add_bytes(4, zstd_pack(batches, kFastLevel));
  }
  return out;
}

Result<Envelope> decode_envelope(std::string_view body, const Limits& limits) {
  return guarded([&]() -> Result<Envelope> {
    Envelope envelope;
    Dictionaries dictionaries;
    std::string packed;
    pbf_reader reader(body.data(), body.size());
    while (reader.next()) {
      if (reader.tag() == 1) {
        envelope.received_at_ms = reader.get_sint64();
      } else if (reader.tag() == 2) {
        std::string dictionary = reader.get_bytes();
        const auto hash = hash_of(dictionary);
        dictionaries.emplace(hash, std::move(dictionary));
      } else if (reader.tag() == 3) {
        auto batch = read_batch(reader.get_message(), limits);
        if (!batch) return fail(batch.error());
        envelope.batches.push_back(std::move(*batch));
      } else if (reader.tag() == 4) {
        packed = reader.get_bytes();
      } else {
        reader.skip();
      }
    }
    if (auto done = read_packed(packed, envelope, limits); !done) return fail(done.error());
    if (auto done = put_dictionaries(dictionaries, envelope); !done) return fail(done.error());
    return envelope;
  });
}

bool is_telemetry(std::string_view type) {
  return type == Envelope::contract.type || type == Recorded::contract.type;
}

// The last byte of a UUID is random in every version, so it spreads sources evenly, and every
// program and every version computes the same.
Message to_message(const Envelope& envelope, std::string key, const Contract& contract) {
  Message message;
  message.exchange = kTelemetryExchange;
  message.routing_key = std::move(key);
  message.type = contract.type;
  message.version = contract.version;
  message.message_id = Uuid::make().str();
  message.content_type = "application/x-protobuf";
  message.body = encode(envelope);
  return message;
}

int partition_of(const SourceId& source) { return source.value.bytes.back() % kPartitions; }

std::string metric_key(const SourceId& source) {
  return "metric." + std::to_string(partition_of(source));
}
std::string check_key(const SourceId& source) {
  return "check." + std::to_string(partition_of(source));
}

}  // namespace monitron::contracts
