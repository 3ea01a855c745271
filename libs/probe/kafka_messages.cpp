#include "probe/kafka_messages.hpp"

#include <algorithm>

namespace monitron::probe::kafka {

namespace {

void append_text(std::string& out, std::string_view text) {
  append_big(out, static_cast<std::int16_t>(text.size()));
  out += text;
}

// Null reads as empty.
std::string_view read_text(ByteReader& reader) {
  const auto size = reader.big<std::int16_t>();
  return reader.bytes(size < 0 ? 0 : static_cast<std::size_t>(size));
}

// How many follow; never more than there can be.
std::size_t read_count(ByteReader& reader) {
  const auto count = reader.big<std::int32_t>();
  if (count < 0) return 0;
  if (static_cast<std::size_t>(count) > reader.left()) reader.skip(SIZE_MAX);
  return reader.good() ? static_cast<std::size_t>(count) : 0;
}

Topic read_topic(ByteReader& reader) {
  const auto name = read_text(reader);
  if (name.size() > kTopicBytes) reader.skip(SIZE_MAX);
  return Topic(name);
}

// Every partition is kept: an answer with more is no answer.
template <class Value>
void keep(std::map<Partition, Value>& all, Partition one, Value value, ByteReader& reader) {
  if (!reader.good()) return;
  all[std::move(one)] = value;
  if (all.size() > kMostPartitions) reader.skip(SIZE_MAX);
}

std::size_t pass_over_numbers(ByteReader& reader) {
  const std::size_t count = read_count(reader);
  reader.skip(4 * count);
  return count;
}

Broker read_broker(ByteReader& reader) {
  Broker broker;
  broker.host = read_text(reader);
  broker.port = reader.big<std::int32_t>();
  return broker;
}

void read_partition(std::int16_t version, ByteReader& reader, const Topic& topic,
                    Metadata& metadata) {
  reader.skip(2);  // error: without a leader, or some listener away
  const auto index = reader.big<std::int32_t>();
  const auto leader = reader.big<std::int32_t>();
  if (version >= 7) reader.skip(4);  // epoch of the leader
  const std::size_t replicas = pass_over_numbers(reader);
  const std::size_t in_sync = pass_over_numbers(reader);
  if (version >= 5) pass_over_numbers(reader);  // replicas that are away
  if (!reader.good()) return;
  keep(metadata.leaders, {topic, index}, leader, reader);
  if (leader < 0) ++metadata.offline;
  if (leader < 0 || in_sync < replicas) ++metadata.under_replicated;
}

template <class ReadOffset>
std::map<Partition, Offset> read_offsets(ByteReader& reader, ReadOffset read_offset) {
  std::map<Partition, Offset> offsets;
  const std::size_t topics = read_count(reader);
  for (std::size_t t = 0; t < topics && reader.good(); ++t) {
    const Topic topic = read_topic(reader);
    const std::size_t partitions = read_count(reader);
    for (std::size_t p = 0; p < partitions && reader.good(); ++p) {
      const auto index = reader.big<std::int32_t>();
      keep(offsets, {topic, index}, read_offset(), reader);
    }
  }
  return offsets;
}

template <class T>
std::optional<T> if_good(const ByteReader& reader, T value) {
  if (!reader.good()) return std::nullopt;
  return value;
}

}  // namespace

Range known_versions(Api api) {
  switch (api) {
    case Api::list_offsets:
      return {1, 5};
    case Api::metadata:
      return {1, 8};
    case Api::offset_fetch:
      return {2, 5};
    case Api::find_coordinator:
      return {0, 2};
    case Api::sasl_handshake:
      return {1, 1};
    case Api::api_versions:
    case Api::sasl_authenticate:
      return {0, 0};
  }
  return {};
}

std::string request(Api api, std::int16_t version, std::int32_t correlation,
                    std::string_view body) {
  std::string head;
  append_big(head, static_cast<std::int16_t>(api));
  append_big(head, version);
  append_big(head, correlation);
  append_text(head, "monitron");
  std::string out;
  append_big(out, static_cast<std::uint32_t>(head.size() + body.size()));
  return out.append(head).append(body);
}

std::string metadata_body(std::int16_t version) {
  std::string body;
  append_big(body, std::int32_t{-1});      // all topics
  if (version >= 4) body += '\0';          // make none
  if (version >= 8) body += {'\0', '\0'};  // nothing of who may do what
  return body;
}

std::string coordinator_body(std::int16_t version, std::string_view group) {
  std::string body;
  append_text(body, group);
  if (version >= 1) body += '\0';  // of a group
  return body;
}

std::string fetch_body(std::string_view group) {
  std::string body;
  append_text(body, group);
  append_big(body, std::int32_t{-1});
  return body;
}

std::string handshake_body(std::string_view mechanism) {
  std::string body;
  append_text(body, mechanism);
  return body;
}

std::string authenticate_body(std::string_view words) {
  std::string body;
  append_big(body, static_cast<std::int32_t>(words.size()));
  return body.append(words);
}

std::string latest_body(std::int16_t version, const std::vector<Partition>& partitions) {
  std::map<std::string_view, std::vector<std::int32_t>> topics;
  for (const auto& one : partitions) topics[one.topic.name()].push_back(one.index);
  std::string body;
  append_big(body, std::int32_t{-1});  // no replica asks
  if (version >= 2) body += '\0';      // what is not committed counts as well
  append_big(body, static_cast<std::int32_t>(topics.size()));
  for (const auto& [topic, indexes] : topics) {
    append_text(body, topic);
    append_big(body, static_cast<std::int32_t>(indexes.size()));
    for (const auto index : indexes) {
      append_big(body, index);
      if (version >= 4) append_big(body, std::int32_t{-1});  // whatever the leader's epoch
      append_big(body, std::int64_t{-1});                    // the latest
    }
  }
  return body;
}

Answer read_answer(std::string_view bytes) {
  if (bytes.size() < 8) return {};
  ByteReader reader(bytes);
  const auto length = reader.big<std::uint32_t>();
  const auto correlation = reader.big<std::int32_t>();
  if (length < 4 || length > kAnswerBytes) return {.state = Framing::broken};
  if (bytes.size() - 4 < length) return {};
  return {Framing::whole, std::size_t{4} + length, correlation, bytes.substr(8, length - 4)};
}

std::optional<ApiVersions> read_api_versions(std::string_view body) {
  ByteReader reader(body);
  ApiVersions versions;
  versions.error = reader.big<std::int16_t>();
  const std::size_t count = read_count(reader);
  for (std::size_t i = 0; i < count && reader.good(); ++i) {
    const auto api = reader.big<std::int16_t>();
    Range range;
    range.least = reader.big<std::int16_t>();
    range.most = reader.big<std::int16_t>();
    versions.ranges[api] = range;
  }
  return if_good(reader, std::move(versions));
}

std::optional<Handshake> read_handshake(std::string_view body) {
  ByteReader reader(body);
  Handshake handshake;
  handshake.error = reader.big<std::int16_t>();
  const std::size_t mechanisms = read_count(reader);
  for (std::size_t i = 0; i < mechanisms && reader.good(); ++i) {
    handshake.mechanisms += (i == 0 ? "" : ", ") + std::string(read_text(reader));
  }
  return if_good(reader, std::move(handshake));
}

std::optional<Authenticated> read_authenticated(std::string_view body) {
  ByteReader reader(body);
  Authenticated authenticated;
  authenticated.error = reader.big<std::int16_t>();
  authenticated.text = read_text(reader);
  const auto size = reader.big<std::int32_t>();
  authenticated.words = reader.bytes(size < 0 ? 0 : static_cast<std::size_t>(size));
  return if_good(reader, std::move(authenticated));
}

std::optional<Metadata> read_metadata(std::int16_t version, std::string_view body) {
  ByteReader reader(body);
  Metadata metadata;
  if (version >= 3) reader.skip(4);  // throttled for
  const std::size_t brokers = read_count(reader);
  for (std::size_t i = 0; i < brokers && reader.good(); ++i) {
    const auto node = reader.big<std::int32_t>();
    metadata.brokers[node] = read_broker(reader);
    read_text(reader);  // rack
  }
  if (version >= 2) metadata.cluster = read_text(reader);
  reader.skip(4);  // controller
  const std::size_t topics = read_count(reader);
  for (std::size_t t = 0; t < topics && reader.good(); ++t) {
    reader.skip(2);  // error
    const Topic topic = read_topic(reader);
    reader.skip(1);  // whether it is Kafka's own
    const std::size_t partitions = read_count(reader);
    for (std::size_t p = 0; p < partitions && reader.good(); ++p) {
      read_partition(version, reader, topic, metadata);
    }
    if (version >= 8) reader.skip(4);
  }
  metadata.topics = topics;
  return if_good(reader, std::move(metadata));
}

std::optional<Coordinator> read_coordinator(std::int16_t version, std::string_view body) {
  ByteReader reader(body);
  Coordinator coordinator;
  if (version >= 1) reader.skip(4);  // throttled for
  coordinator.error = reader.big<std::int16_t>();
  if (version >= 1) read_text(reader);  // the error in words
  coordinator.node = reader.big<std::int32_t>();
  coordinator.broker = read_broker(reader);
  return if_good(reader, std::move(coordinator));
}

std::optional<Offsets> read_fetched(std::int16_t version, std::string_view body) {
  ByteReader reader(body);
  Offsets offsets;
  if (version >= 3) reader.skip(4);  // throttled for
  offsets.partitions = read_offsets(reader, [&] {
    Offset offset;
    offset.offset = reader.big<std::int64_t>();
    if (version >= 5) reader.skip(4);  // epoch of the leader
    read_text(reader);                 // what the consumer noted
    offset.error = reader.big<std::int16_t>();
    return offset;
  });
  offsets.error = reader.big<std::int16_t>();
  return if_good(reader, std::move(offsets));
}

std::optional<Offsets> read_latest(std::int16_t version, std::string_view body) {
  ByteReader reader(body);
  Offsets offsets;
  if (version >= 2) reader.skip(4);  // throttled for
  offsets.partitions = read_offsets(reader, [&] {
    Offset offset;
    offset.error = reader.big<std::int16_t>();
    reader.skip(8);  // time
    offset.offset = reader.big<std::int64_t>();
    if (version >= 4) reader.skip(4);  // epoch of the leader
    return offset;
  });
  return if_good(reader, std::move(offsets));
}

}  // namespace monitron::probe::kafka
