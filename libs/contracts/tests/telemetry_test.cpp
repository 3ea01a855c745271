// Telemetry on the wire: what goes in comes out, and what is malformed is refused by name.

#include "contracts/telemetry.hpp"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>

namespace monitron::contracts {
namespace {

std::vector<Series> two_series() {
  return {{"node_load1", {{"host", "a"}}},
          {"node_cpu_usage_ratio", {{"core", "total"}, {"host", "a"}}}};
}

Batch sample_batch() {
  Batch batch;
  batch.id = {SourceId::make(), {1, 2, 3}, 42};
  Block block;
  block.dictionary = pack_dictionary(two_series());
  block.series_count = 2;
  block.frames.push_back({1'795'225'698'000, {0.5, kAbsent}});
  block.points.push_back({1, -5, std::numeric_limits<double>::infinity()});
  batch.blocks.push_back(block);
  return batch;
}

// C-014
TEST(Telemetry, ConnectionsTravelAsTheyAre) {
  ConnectionRecord open{.cookie = ~0ULL,
                        .opened_ms = 1'700'000'000'000,
                        .local_ip = "10.0.0.1",
                        .local_port = 40'000,
                        .remote_ip = "fd00::2",
                        .remote_port = 5432};
  auto ended = open;
  ended.ended_ms = open.opened_ms;
  ended.inbound = true;
  ended.outcome = "reset";
  ended.process = "nginx";
  ended.user = "www-data";
  ended.container = "0123456789ab";
  ended.unit = "nginx.service";
  ended.sent_bytes = 1ULL << 40;
  ended.received_bytes = 7;
  Batch batch;
  batch.connections = {open, ended};
  EXPECT_EQ(decode_batch(encode(batch)).value().connections, batch.connections);
}

TEST(Telemetry, ConnectionsThatCannotBeAreRefused) {
  const ConnectionRecord good{
      .opened_ms = 5, .ended_ms = 6, .local_ip = "::1", .remote_ip = "::1", .outcome = "closed"};
  const auto complaint = [&](const std::function<void(ConnectionRecord&)>& change) {
    Batch batch;
    batch.connections = {good};
    change(batch.connections[0]);
    const auto read = decode_batch(encode(batch));
    return read ? "" : read.error().text;
  };
  EXPECT_EQ(complaint([](auto&) {}), "");
  const auto names = [&](const std::string& what, const std::function<void(ConnectionRecord&)>& x) {
    const auto text = complaint(x);
    EXPECT_EQ(text.find("connections[0]"), 0U) << text;
    EXPECT_NE(text.find(what), std::string::npos) << text;
  };
  names("opened_ms", [](auto& one) { one.opened_ms = -1; });
  names("ended_ms", [](auto& one) { one.ended_ms = 4; });
  names("local_ip", [](auto& one) { one.local_ip = "here"; });
  names("remote_ip", [](auto& one) { one.remote_ip = ""; });
  names("outcome", [](auto& one) { one.outcome = "lost"; });
  names("outcome", [](auto& one) { one.outcome = ""; });
  names("outcome", [](auto& one) { one.ended_ms = 0; });
  names("text", [](auto& one) { one.process = std::string(257, 'x'); });
  names("text", [](auto& one) { one.user = "\xff"; });
  Batch many;
  many.connections.resize(2001, good);
  EXPECT_FALSE(decode_batch(encode(many)));
}

TEST(Telemetry, DictionaryComesBackAndIsTheSameBytesEachTime) {
  const auto packed = pack_dictionary(two_series());
  EXPECT_EQ(packed.packed, pack_dictionary(two_series()).packed);
  EXPECT_EQ(unpack_dictionary(packed).value(), two_series());
}

TEST(Telemetry, DictionaryWithAWrongHashOrNameIsRefused) {
  auto packed = pack_dictionary(two_series());
  packed.hash[0] ^= 1;
  EXPECT_EQ(unpack_dictionary(packed).error().fault, Fault::invalid);
  const auto bad = unpack_dictionary(pack_dictionary({{"a", {}}, {"1a", {}}}));
  EXPECT_EQ(bad.error().text.substr(0, 9), "series[1]");
  EXPECT_FALSE(unpack_dictionary(pack_dictionary({{"a", {{"z", ""}, {"b", ""}}}})).has_value());
  EXPECT_FALSE(unpack_dictionary(pack_dictionary({{"a", {{"z", "\xff"}}}})).has_value());
}

TEST(Telemetry, BatchComesBackBitForBit) {
  const auto batch = sample_batch();
  const auto back = decode_batch(encode(batch)).value();
  EXPECT_EQ(back.id, batch.id);
  ASSERT_EQ(back.blocks.size(), 1u);
  EXPECT_EQ(back.blocks[0].dictionary.packed, batch.blocks[0].dictionary.packed);
  EXPECT_TRUE(is_absent(back.blocks[0].frames[0].values[1])) << "not any NaN";
  EXPECT_EQ(back.blocks[0].frames[0].time_ms, 1'795'225'698'000);
  EXPECT_EQ(back.blocks[0].points[0].time_ms, -5);
  EXPECT_EQ(back.blocks[0].samples(), 2u);
}

// What is told of metrics goes with the batch, also through the broker, within limits.
TEST(Telemetry, MetadataComesBackWithinLimits) {
  auto batch = sample_batch();
  batch.metadata = {{"a_seconds", "histogram", "How long.\nReally.", "seconds"},
                    {"b", "unknown", "", ""}};
  EXPECT_EQ(decode_batch(encode(batch)).value().metadata, batch.metadata);
  const auto envelope = decode_envelope(encode(Envelope{1234, {sample_batch(), batch}})).value();
  EXPECT_TRUE(envelope.batches.at(0).metadata.empty());
  EXPECT_EQ(envelope.batches.at(1).metadata, batch.metadata);
  const auto refused = [&](const domain::MetricMetadata& one) {
    auto other = sample_batch();
    other.metadata = {one};
    return !decode_batch(encode(other));
  };
  EXPECT_FALSE(refused({"a", "gauge", std::string(1024, 'x'), ""}));
  EXPECT_TRUE(refused({"a", "gauge", std::string(1025, 'x'), ""}));
  EXPECT_TRUE(refused({"a", "gauge", std::string(1, '\0'), ""}));
  EXPECT_TRUE(refused({"a", "gauge", "\xff", ""}));
  EXPECT_TRUE(refused({"1a", "gauge", "", ""}));
  EXPECT_TRUE(refused({"", "gauge", "", ""}));
  batch.metadata.resize(5001, {"b", "unknown", "", ""});
  EXPECT_FALSE(decode_batch(encode(batch)));
}

TEST(Telemetry, EnvelopeCarriesEachDictionaryOnce) {
  Envelope envelope{1234, {sample_batch(), sample_batch()}};
  const auto bytes = encode(envelope);
  const auto dictionary = envelope.batches[0].blocks[0].dictionary.packed;
  EXPECT_EQ(bytes.find(dictionary), bytes.rfind(dictionary));
  const auto back = decode_envelope(bytes).value();
  EXPECT_EQ(back.received_at_ms, 1234);
  ASSERT_EQ(back.batches.size(), 2u);
  EXPECT_EQ(back.batches[1].blocks[0].dictionary.packed, dictionary);
}

TEST(Telemetry, LargeEnvelopesAreSmallOnTheWireAndComeBackWhole) {
  Envelope envelope{1234, {}};
  for (std::uint64_t seq = 1; seq <= 40; ++seq) {
    auto batch = sample_batch();
    batch.id.seq = seq;
    batch.blocks[0].frames.assign(50, {1'795'225'698'000, {static_cast<double>(seq), kAbsent}});
    envelope.batches.push_back(std::move(batch));
  }
  const auto bytes = encode(envelope);
  EXPECT_LT(bytes.size() * 10, encode(envelope.batches[0]).size() * 40);
  const auto back = decode_envelope(bytes).value();
  EXPECT_EQ(back.received_at_ms, 1234);
  ASSERT_EQ(back.batches.size(), 40u);
  for (std::size_t i = 0; i < back.batches.size(); ++i) {
    EXPECT_EQ(encode(back.batches[i]), encode(envelope.batches[i]));
  }
  for (std::size_t size = bytes.size() - 1; size > bytes.size() - 200; --size) {
    EXPECT_FALSE(decode_envelope(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
}

TEST(Telemetry, CutOffOrWrongBytesAreRefusedNeverTaken) {
  const auto bytes = encode(sample_batch());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result = decode_batch(std::string_view(bytes).substr(0, size));
    // Cut between two fields it is a batch with fewer of them; never one with wrong ones.
    const bool whole = result.has_value() && result->blocks.size() == 1;
    EXPECT_FALSE(whole) << size;
  }
  auto wrong = sample_batch();
  wrong.blocks[0].frames[0].values.push_back(1);
  EXPECT_EQ(decode_batch(encode(wrong)).error().text,
            "blocks[0]: a frame has not one value per series");
  wrong = sample_batch();
  wrong.blocks[0].points[0].series = 2;
  EXPECT_FALSE(decode_batch(encode(wrong)).has_value());
}

// One byte changed is enough for a field of another wire type.
TEST(Telemetry, NoChangedByteDoesHarm) {
  Envelope envelope;
  envelope.batches.push_back(sample_batch());
  for (const auto& good : {encode(sample_batch()), encode(envelope)}) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
        (void)decode_batch(bad);
        (void)decode_envelope(bad);
      }
    }
  }
  EXPECT_EQ(decode_batch(std::string("\x08\x01", 2)).error().fault, Fault::invalid);
}

}  // namespace
}  // namespace monitron::contracts
