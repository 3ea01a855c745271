// The door over HTTP: what is taken, what is refused and why, and that nothing is acknowledged
// before the broker has it (M-005, M-021).

#include "ingest/door.hpp"

#include "base/bytes.hpp"
#include "contracts/compression.hpp"
#include "http/client.hpp"
#include "loop/workers.hpp"
#include "testkit/fake_clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kNow = 1'700'000'000'000;
const std::string kProtobuf = "application/x-protobuf";
const std::string kJson = "application/json";
const Uuid kServer = *Uuid::parse("0190a0c8-3f5c-7a00-8000-000000000001");
const Uuid kOther = *Uuid::parse("0190a0c8-3f5c-7a00-8000-000000000002");

contracts::Batch batch_of(const Uuid& source, std::vector<double> values) {
  std::vector<contracts::Series> series;
  for (std::size_t i = 0; i < values.size(); ++i) {
    series.push_back({"node_load" + std::to_string(i), {{"a", "b"}}});
  }
  contracts::Batch batch;
  batch.id.source = SourceId{source};
  batch.blocks.emplace_back();
  auto& block = batch.blocks.back();
  block.dictionary = contracts::pack_dictionary(series);
  block.series_count = static_cast<std::uint32_t>(series.size());
  block.frames.push_back({kNow, std::move(values)});
  return batch;
}

std::string push_of(const std::string& metrics, const Uuid& server = kServer) {
  return R"({"server_id":")" + server.str() + R"(","metrics":[)" + metrics + "]}";
}
const std::string kMetric = R"({"metric_type":"cpu","metric_name":"usage","value":1})";

// A door on a port of its own; the broker's answer is the test's.
class DoorTest : public testing::Test {
 protected:
  DoorTest() { door_.add_routes(router_, gatherer_); }
  void SetUp() override { ASSERT_TRUE(server_.start()); }

  http::Response post(const std::string& path, const std::string& type, const std::string& body,
                      const std::string& encoding = "", const std::string& key = "") {
    http::ClientRequest request;
    request.method = http::Method::post;
    request.url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/api/v1/" + path;
    request.headers = {{"Content-Type", type}};
    if (!encoding.empty()) request.headers.emplace_back("Content-Encoding", encoding);
    if (!key.empty()) request.headers.emplace_back("Idempotency-Key", key);
    request.body = body;
    auto answer = http::fetch(request);
    EXPECT_TRUE(answer) << answer.error().text;
    return answer.value_or(http::Response{.status = 0});
  }
  http::Response telemetry(const contracts::Batch& batch) {
    return post("telemetry", kProtobuf, contracts::encode(batch));
  }
  static bool has_retry_after(const http::Response& response) {
    for (const auto& [name, value] : response.headers) {
      if (to_lower_name(name) == "retry-after") return value == "1" || value == "2";
    }
    return false;
  }
  static std::string to_lower_name(std::string name) {
    for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
  }
  bool publish(const contracts::Message& message, const Gatherer::Completion& done) {
    const std::lock_guard lock(mutex_);
    const bool takes = takes_ && messages_.size() < most_messages_;
    if (takes) messages_.push_back(message);
    done(takes ? Result<void>{} : fail(Fault::timeout, "no confirm"));
    return true;
  }
  std::vector<contracts::Batch> published() {
    const std::lock_guard lock(mutex_);
    std::vector<contracts::Batch> all;
    for (const auto& message : messages_) {
      const auto envelope = contracts::decode_envelope(message.body);
      EXPECT_TRUE(envelope) << envelope.error().text;
      if (envelope) all.insert(all.end(), envelope->batches.begin(), envelope->batches.end());
    }
    return all;
  }
  // The value of monitron_ingest_<name>; -1 when there is none.
  double metric(const std::string& name) const {
    const auto text = metrics_.text();
    const auto at = text.find("\nmonitron_ingest_" + name + " ");
    if (at == std::string::npos) return -1;
    return std::stod(text.substr(text.find(' ', at)));
  }
  Result<std::optional<std::string>> configuration_of(const Uuid& server) const {
    if (database_away_) return fail(Fault::unavailable, "away");
    return server == kServer || server == kOther ? std::optional<std::string>("c0ffee")
                                                 : std::nullopt;
  }

  TimeLimits times_{};  // read when the door is made
  testkit::FakeClock clock_{from_ms(kNow)};
  std::atomic<bool> takes_{true}, database_away_{false};
  std::size_t most_messages_ = 1000;
  http::Caller caller_{
      .kind = "user", .id = "somebody", .name = {}, .permissions = {"telemetry:send"}};
  std::mutex mutex_;
  std::vector<contracts::Message> messages_;
  service::Metrics metrics_;
  loop::Workers workers_{"test", 2, 64};
  Door door_{[this](const Uuid& server) { return configuration_of(server); }, metrics_, clock_,
             times_};
  Gatherer gatherer_{[this](auto message, auto done) { return publish(message, done); }, clock_};
  http::Router router_{workers_, [this](const http::Request&) { return caller_; }};
  http::Server server_{{}, [this](http::Request request, http::Responder responder) {
                         router_.serve(std::move(request), std::move(responder));
                       }};
};

TEST_F(DoorTest, TakesABatchAsItIs) {
  const auto batch = batch_of(kServer, {1, contracts::kAbsent, 3});
  const auto answer = telemetry(batch);
  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.body, R"({"accepted":2,"configuration":"c0ffee"})");
  ASSERT_EQ(published().size(), 1u);
  EXPECT_EQ(published()[0].id, batch.id);
  EXPECT_EQ(published()[0].blocks[0].dictionary.packed, batch.blocks[0].dictionary.packed);
}

// S-08.
TEST_F(DoorTest, PackedBodiesAreUnpackedUpToTheLimit) {
  const auto packed = contracts::zstd_pack(contracts::encode(batch_of(kServer, {1})));
  EXPECT_EQ(post("telemetry", kProtobuf, packed, "zstd").status, 202);
  EXPECT_EQ(post("ingest", kJson, contracts::zstd_pack(push_of(kMetric)), "zstd").status, 202);
  EXPECT_EQ(post("telemetry", kProtobuf, "not zstd", "zstd").status, 400);
  EXPECT_EQ(post("telemetry", kProtobuf, packed, "br").status, 415);
  const auto bomb = contracts::zstd_pack(std::string(64u << 20, 'x'));
  EXPECT_EQ(post("telemetry", kProtobuf, bomb, "zstd").status, 413);
}

TEST_F(DoorTest, NothingIsAcknowledgedThatTheBrokerHasNot) {
  takes_ = false;
  for (const auto& answer :
       {telemetry(batch_of(kServer, {1})), post("ingest", kJson, push_of(kMetric))}) {
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(has_retry_after(answer));
  }
  EXPECT_EQ(metric("refused_requests_total{reason=\"broker_away\"}"), 2);
  EXPECT_EQ(metric("accepted_samples_total"), 0);
  takes_ = true;
  EXPECT_EQ(telemetry(batch_of(kServer, {1, 2})).status, 202);
  EXPECT_EQ(metric("accepted_samples_total"), 2);
  EXPECT_EQ(metric("accepted_batches_total"), 1);
  EXPECT_EQ(metric("confirm_seconds_count"), 1);
  EXPECT_GT(metric("received_bytes_total"), 0);
}

// By reference only what the broker has: else no reader of the message could know it.
TEST_F(DoorTest, ADictionaryIsKnownAfterItsConfirm) {
  auto full = batch_of(kServer, {1, 2});
  auto brief = full;
  brief.blocks[0].dictionary.packed.clear();
  takes_ = false;
  EXPECT_EQ(telemetry(full).status, 503);
  takes_ = true;
  const auto unknown = telemetry(brief);
  EXPECT_EQ(unknown.status, 409);
  EXPECT_NE(unknown.body.find("dictionary_unknown"), std::string::npos);
  EXPECT_EQ(telemetry(full).status, 202);
  EXPECT_EQ(telemetry(brief).status, 202);
  ASSERT_EQ(published().size(), 2u);
  EXPECT_EQ(published()[1].blocks[0].dictionary.packed, full.blocks[0].dictionary.packed);
  brief.blocks[0].series_count = 3;
  brief.blocks[0].frames[0].values.push_back(3);
  EXPECT_EQ(telemetry(brief).status, 400);
}

TEST_F(DoorTest, AForgedDictionaryIsRefused) {
  auto batch = batch_of(kServer, {1});
  batch.blocks[0].dictionary.hash[3] ^= 1;
  EXPECT_EQ(telemetry(batch).status, 400);
}

// S-12.
TEST_F(DoorTest, AnAgentWritesOnlyItself) {
  caller_ = {.kind = "agent", .id = kServer.str(), .name = {}, .permissions = {"telemetry:send"}};
  EXPECT_EQ(telemetry(batch_of(kServer, {1})).status, 202);
  EXPECT_EQ(telemetry(batch_of(kOther, {1})).status, 403);
  EXPECT_EQ(post("ingest", kJson, push_of(kMetric, kOther)).status, 403);
  EXPECT_EQ(published().size(), 1u);
}

TEST_F(DoorTest, WithoutThePermissionNothingIsTaken) {
  caller_.permissions = {"read"};
  EXPECT_EQ(telemetry(batch_of(kServer, {1})).status, 403);
}

TEST_F(DoorTest, AnUnknownServerIsNamed) {
  const auto answer = post("ingest", kJson, push_of(kMetric, Uuid::make()));
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("server_id"), std::string::npos);
}

TEST_F(DoorTest, KnownServersAreTakenWhileTheDatabaseIsAway) {
  EXPECT_EQ(telemetry(batch_of(kServer, {1})).status, 202);
  database_away_ = true;
  clock_.advance(31s);
  EXPECT_EQ(telemetry(batch_of(kServer, {1})).status, 202);
  const auto unknown = telemetry(batch_of(kOther, {1}));
  EXPECT_EQ(unknown.status, 503);
  EXPECT_TRUE(has_retry_after(unknown));
}

TEST_F(DoorTest, SamplesThatCannotBeStoredAreNamed) {
  auto late = batch_of(kServer, {1});
  late.blocks[0].frames[0].time_ms -= 1000ll * 3600 * 169;
  const auto answer = telemetry(late);
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find("blocks[0].frames[0].time"), std::string::npos);
  auto absent = batch_of(kServer, {1});
  absent.blocks[0].points = {{0, kNow, contracts::kAbsent}};
  EXPECT_NE(telemetry(absent).body.find("blocks[0].points[0].value"), std::string::npos);
  auto nothing = batch_of(kServer, {1});
  nothing.blocks.resize(2);
  nothing.blocks[1].frames.push_back({kNow, {}});
  EXPECT_NE(telemetry(nothing).body.find("blocks[1].series_count"), std::string::npos);
  auto many = batch_of(kServer, {1});
  many.blocks.resize(101, many.blocks[0]);
  EXPECT_EQ(telemetry(many).status, 413);
  EXPECT_TRUE(published().empty());
}

TEST_F(DoorTest, BadItemsOfAPushAreNamedAndNothingIsSent) {
  const auto answer = post("ingest", kJson, push_of(kMetric + R"(,{"value":"x"})"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.content_type.substr(0, 24), "application/problem+json");
  EXPECT_NE(answer.body.find("metrics[1].value"), std::string::npos);
  EXPECT_TRUE(published().empty());
  EXPECT_EQ(post("ingest", kProtobuf, push_of(kMetric)).status, 415);
  EXPECT_EQ(post("ingest", "application/json; charset=utf-8", push_of(kMetric)).status, 202);
}

// The ledger knows a push by its key alone: another body would be dropped after a 202.
TEST_F(DoorTest, AKeyOfAnotherBodyIsRefusedByName) {
  const auto keyed = [this](const std::string& body, const std::string& key = "one") {
    return post("ingest", kJson, body, "", key);
  };
  const auto other = push_of(R"({"metric_type":"cpu","metric_name":"usage","value":2})");
  EXPECT_EQ(keyed(push_of(kMetric)).status, 202);
  EXPECT_EQ(keyed(push_of(kMetric)).status, 202) << "the same again";
  const auto answer = keyed(other);
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.content_type.substr(0, 24), "application/problem+json");
  EXPECT_NE(answer.body.find(R"("field":"Idempotency-Key")"), std::string::npos) << answer.body;
  EXPECT_EQ(metric("refused_requests_total{reason=\"key_reused\"}"), 1);
  EXPECT_EQ(published().size(), 2u);
  EXPECT_EQ(keyed(other, "two").status, 202);
  EXPECT_EQ(keyed(push_of(kMetric, kOther)).status, 202) << "another server";
  caller_.id = "another";
  EXPECT_EQ(keyed(other).status, 202) << "another caller";
}

// What was refused or not confirmed may not have been taken, but it may: the key stays with it.
TEST_F(DoorTest, AKeyIsTakenByTheFirstBodyThatIsGood) {
  EXPECT_EQ(post("ingest", kJson, push_of(R"({"value":"x"})"), "", "one").status, 400);
  takes_ = false;
  EXPECT_EQ(post("ingest", kJson, push_of(kMetric), "", "one").status, 503);
  takes_ = true;
  EXPECT_EQ(post("ingest", kJson, push_of(kMetric + "," + kMetric), "", "one").status, 422);
  EXPECT_EQ(post("ingest", kJson, push_of(kMetric), "", "one").status, 202);
}

// Whatever is sent: an answer, and never one that blames the server.
TEST_F(DoorTest, MutationsNeverHarm) {
  const auto good = contracts::encode(batch_of(kServer, {1, 2, 3}));
  const auto json = push_of(kMetric + "," + kMetric);
  EXPECT_TRUE(rc::check([&](std::size_t at, const std::string& noise, bool packed) {
    for (const auto* type : {&kProtobuf, &kJson}) {
      auto body = type == &kJson ? json : good;
      body.replace(at % body.size(), noise.size() / 2, noise);
      if (packed) body = contracts::zstd_pack(body);
      const auto answer =
          post(type == &kJson ? "ingest" : "telemetry", *type, body, packed ? "zstd" : "");
      if (answer.status == 202) continue;
      RC_LOG() << "body: " << to_hex(body) << "\nanswer: " << answer.body << '\n';
      RC_ASSERT(answer.status / 100 == 4);
    }
  }));
  for (const auto& batch : published()) {
    for (const auto& block : batch.blocks) {
      const auto series = contracts::unpack_dictionary(block.dictionary);
      ASSERT_TRUE(series);
      EXPECT_EQ(series->size(), block.series_count);
    }
  }
}

// All of them, however many complaints fit into the answer.
TEST_F(DoorTest, SamplesOutsideTheWindowAreRefusedByNameAndCounted) {
  auto batch = batch_of(kServer, {1, 2, 3});
  batch.blocks[0].frames[0].time_ms = kNow - 8 * 86'400'000LL;
  const auto old = telemetry(batch);
  EXPECT_EQ(old.status, 422);
  EXPECT_NE(old.body.find("blocks[0].frames[0].time"), std::string::npos) << old.body;
  EXPECT_NE(old.body.find("outside the accepted times"), std::string::npos) << old.body;
  const auto early = post("ingest", kJson,
                          push_of(R"({"metric_type":"cpu","metric_name":"usage","value":1,)"
                                  R"("timestamp":"2100-01-01T00:00:00Z"})"));
  EXPECT_EQ(early.status, 400);
  EXPECT_NE(early.body.find("outside the accepted times"), std::string::npos) << early.body;
  EXPECT_EQ(metric("refused_samples_total{reason=\"too_old\"}"), 3);
  EXPECT_EQ(metric("refused_samples_total{reason=\"too_new\"}"), 1);
  EXPECT_TRUE(published().empty());
}

http::Response import_to(int port, const std::string& parameters, const std::string& body,
                         std::vector<std::pair<std::string, std::string>> headers = {}) {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.url =
      "http://127.0.0.1:" + std::to_string(port) + "/api/v1/import/prometheus" + parameters;
  request.headers = std::move(headers);
  request.body = body;
  auto answer = http::fetch(request);
  EXPECT_TRUE(answer) << answer.error().text;
  return answer.value_or(http::Response{.status = 0});
}

const std::string kLines = "up{job=\"a\"} 1 1699999990000\nup{job=\"b\"} 2\n";

TEST_F(DoorTest, TextOfPrometheusIsTakenForNobodyOrForAServer) {
  const auto nobody = import_to(server_.port(), "", kLines);
  EXPECT_EQ(nobody.status, 202);
  EXPECT_EQ(nobody.body, R"({"accepted":2})");
  const auto theirs = import_to(server_.port(),
                                "?server_id=" + kServer.str() + "&extra_label=env=test&timestamp=" +
                                    std::to_string(kNow - 1000),
                                kLines, {{"Content-Type", "text/plain; version=0.0.4"}});
  EXPECT_EQ(theirs.status, 202);
  const auto batches = published();
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_TRUE(batches[0].id.source.value.is_nil());
  EXPECT_EQ(batches[0].id.seq, 0u);
  EXPECT_EQ(batches[1].id.source.value, kServer);
  const auto series = contracts::unpack_dictionary(batches[1].blocks.at(0).dictionary);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->at(0), (contracts::Series{"up", {{"env", "test"}, {"job", "a"}}}));
  EXPECT_EQ(batches[1].blocks.at(0).frames.at(1).time_ms, kNow - 1000);
}

TEST_F(DoorTest, WhatATextTellsOfItsMetricsGoesWithIt) {
  const std::string text = "# HELP up Whether it is up.\n# TYPE up gauge\nup 1\n";
  EXPECT_EQ(import_to(server_.port(), "", text, {}).status, 202);
  const auto batches = published();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].metadata,
            (std::vector<domain::MetricMetadata>{{"up", "gauge", "Whether it is up.", ""}}));
}

TEST_F(DoorTest, APackedTextIsUnpackedWithinItsLimit) {
  const auto packed = contracts::zstd_pack(kLines);
  EXPECT_EQ(import_to(server_.port(), "", packed, {{"Content-Encoding", "zstd"}}).status, 202);
  EXPECT_EQ(import_to(server_.port(), "", kLines, {{"Content-Encoding", "gzip"}}).status, 400);
  // As curl sends a file that was packed before.
  const auto silent = import_to(server_.port(), "", "\x1f\x8b\x08", {});
  EXPECT_EQ(silent.status, 400);
  EXPECT_NE(silent.body.find("the body is gzip; send Content-Encoding: gzip"), std::string::npos)
      << silent.body;
  const auto packed_silently = import_to(server_.port(), "", packed, {});
  EXPECT_EQ(packed_silently.status, 400);
  EXPECT_NE(packed_silently.body.find("the body is zstd; send Content-Encoding: zstd"),
            std::string::npos)
      << packed_silently.body;
  const auto large = contracts::zstd_pack(kLines + std::string(33u << 20, '\n'));
  EXPECT_EQ(import_to(server_.port(), "", large, {{"Content-Encoding", "zstd"}}).status, 202);
  const auto larger = contracts::zstd_pack(std::string(257u << 20, '\n'));
  const auto refused = import_to(server_.port(), "", larger, {{"Content-Encoding", "zstd"}});
  EXPECT_EQ(refused.status, 413);
  EXPECT_NE(refused.body.find("more than 256 MiB, unpacked"), std::string::npos) << refused.body;
}

// The broker takes messages of some size only.
TEST_F(DoorTest, ALongTextIsManyBatchesOfOneKey) {
  std::string text;
  for (int i = 0; i < 600'000; ++i) text += "up " + std::to_string(i % 10) + "\n";
  const std::vector<std::pair<std::string, std::string>> packed = {{"Content-Encoding", "zstd"},
                                                                   {"Idempotency-Key", "k"}};
  const auto answer = import_to(server_.port(), "", contracts::zstd_pack(text), packed);
  EXPECT_EQ(answer.body, R"({"accepted":600000})");
  const auto batches = published();
  ASSERT_EQ(batches.size(), 3u);
  // 0: samples without a time have another one when they are sent again after midnight, and the
  // ledger looks for no other batches on the day before.
  for (const auto& batch : batches) EXPECT_EQ(batch.id.seq, 0u);
  EXPECT_NE(batches[1].id.epoch, batches[0].id.epoch);
  EXPECT_NE(batches[2].id.epoch, batches[1].id.epoch);
  EXPECT_EQ(batches[0].blocks.at(0).samples(), 250'000u);
  EXPECT_EQ(batches[2].blocks.at(0).samples(), 100'000u);
  EXPECT_EQ(metric("accepted_samples_total"), 600'000);
  EXPECT_EQ(import_to(server_.port(), "", contracts::zstd_pack(text), packed).status, 202);
  const auto again = published();
  ASSERT_EQ(again.size(), 6u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(again[3 + i].id, batches[i].id);
}

TEST_F(DoorTest, ALongTextThatTheBrokerLeavesHalfwayIsToBeSentAgain) {
  most_messages_ = 1;
  std::string text;
  for (int i = 0; i < 600'000; ++i) text += "up 1\n";
  const auto answer =
      import_to(server_.port(), "", contracts::zstd_pack(text), {{"Content-Encoding", "zstd"}});
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_TRUE(has_retry_after(answer));
  EXPECT_EQ(metric("accepted_samples_total"), 250'000);
}

TEST_F(DoorTest, AnImportIsAllOrNothing) {
  const auto bad = import_to(server_.port(), "", kLines + "up\n");
  EXPECT_EQ(bad.status, 400);
  EXPECT_NE(bad.body.find("line 3: has no value"), std::string::npos) << bad.body;
  for (const char* parameters : {"?server_id=x", "?timestamp=now", "?extra_label=a", "?x=y",
                                 "?extra_label=1=2", "?timestamp=1&timestamp=2"}) {
    EXPECT_EQ(import_to(server_.port(), parameters, kLines).status, 400) << parameters;
  }
  EXPECT_EQ(
      import_to(server_.port(), "?server_id=0190a0c8-3f5c-7a00-8000-00000000000f", kLines).status,
      404);
  EXPECT_TRUE(published().empty());
}

TEST_F(DoorTest, AnImportHasAKeyAndAScopeAsAPushHas) {
  const std::vector<std::pair<std::string, std::string>> key = {{"Idempotency-Key", "k"}};
  EXPECT_EQ(import_to(server_.port(), "", kLines, key).status, 202);
  EXPECT_EQ(import_to(server_.port(), "", kLines, key).status, 202);
  EXPECT_EQ(import_to(server_.port(), "", "up 3\n", key).status, 422);
  EXPECT_EQ(import_to(server_.port(), "?extra_label=a=b", kLines, key).status, 422);
  const auto batches = published();
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].id, batches[1].id) << "the ledger stores it once";
  caller_ = {.kind = "agent", .id = kServer.str(), .name = {}, .permissions = {"telemetry:send"}};
  EXPECT_EQ(import_to(server_.port(), "", kLines).status, 403);
  EXPECT_EQ(import_to(server_.port(), "?server_id=" + kOther.str(), kLines).status, 403);
  EXPECT_EQ(import_to(server_.port(), "?server_id=" + kServer.str(), kLines).status, 202);
  caller_.permissions.clear();
  EXPECT_EQ(import_to(server_.port(), "?server_id=" + kServer.str(), kLines).status, 403);
}

}  // namespace
}  // namespace monitron::ingest
