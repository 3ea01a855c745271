#pragma once
// Requests and answers of Kafka's protocol, as far as a check needs them, in versions that brokers
// from 1.0 to 4.x have. Pure; any bytes may come in. https://kafka.apache.org/protocol

#include "probe/byte_reader.hpp"

#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe::kafka {

inline constexpr std::size_t kAnswerBytes = 8 << 20;
inline constexpr std::size_t kTopicBytes = 249;          // the longest name Kafka allows
inline constexpr std::size_t kMostPartitions = 100'000;  // of one answer

enum class Api : std::int16_t {
  list_offsets = 2,
  metadata = 3,
  offset_fetch = 9,
  find_coordinator = 10,
  sasl_handshake = 17,
  api_versions = 18,
  sasl_authenticate = 36
};

struct Range {
  std::int16_t least = 0;
  std::int16_t most = 0;
};
// The versions of a request that are written and read here.
Range known_versions(Api api);

std::string request(Api api, std::int16_t version, std::int32_t correlation, std::string_view body);
std::string metadata_body(std::int16_t version);
std::string coordinator_body(std::int16_t version, std::string_view group);
std::string fetch_body(std::string_view group);  // offsets of all its partitions
std::string handshake_body(std::string_view mechanism);
std::string authenticate_body(std::string_view words);

// The name of a topic, one for all its partitions.
class Topic {
 public:
  explicit Topic(std::string_view name) : name_(std::make_shared<const std::string>(name)) {}
  const std::string& name() const { return *name_; }
  bool operator==(const Topic& other) const { return (*this <=> other) == 0; }
  std::strong_ordering operator<=>(const Topic& other) const {
    return name_ == other.name_ ? std::strong_ordering::equal : *name_ <=> *other.name_;
  }

 private:
  std::shared_ptr<const std::string> name_;
};

struct Partition {
  Topic topic;
  std::int32_t index = 0;
  auto operator<=>(const Partition&) const = default;
};
std::string latest_body(std::int16_t version, const std::vector<Partition>& partitions);

struct Answer {
  Framing state = Framing::more;
  std::size_t size = 0;
  std::int32_t correlation = 0;
  std::string_view body{};
};
Answer read_answer(std::string_view bytes);

// All of these: nothing when it is no such answer.
struct ApiVersions {
  std::int16_t error = 0;
  std::map<std::int16_t, Range> ranges;
};
std::optional<ApiVersions> read_api_versions(std::string_view body);  // version 0

struct Handshake {
  std::int16_t error = 0;
  std::string mechanisms;  // that the server has, with commas between
};
std::optional<Handshake> read_handshake(std::string_view body);

struct Authenticated {
  std::int16_t error = 0;
  std::string text;  // of the error
  std::string_view words{};
};
std::optional<Authenticated> read_authenticated(std::string_view body);

struct Broker {
  std::string host;
  std::int32_t port = 0;
};
struct Metadata {
  std::map<std::int32_t, Broker> brokers;
  std::string cluster;
  std::size_t topics = 0;
  std::size_t under_replicated = 0;
  std::size_t offline = 0;                    // without a leader
  std::map<Partition, std::int32_t> leaders;  // all partitions; -1: none
};
std::optional<Metadata> read_metadata(std::int16_t version, std::string_view body);

struct Coordinator {
  std::int16_t error = 0;
  std::int32_t node = 0;
  Broker broker;
};
std::optional<Coordinator> read_coordinator(std::int16_t version, std::string_view body);

struct Offset {
  std::int16_t error = 0;
  std::int64_t offset = -1;
};
struct Offsets {
  std::int16_t error = 0;
  std::map<Partition, Offset> partitions;
};
std::optional<Offsets> read_fetched(std::int16_t version, std::string_view body);
std::optional<Offsets> read_latest(std::int16_t version, std::string_view body);

}  // namespace monitron::probe::kafka
