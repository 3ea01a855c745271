// Kafka's messages, as a real broker said them and made by hand, and servers that do not keep to
// them.

#include "base/bytes.hpp"
#include "conversations.hpp"
#include "kafka_recorded.hpp"
#include "probe/address.hpp"
#include "probe/kafka_login.hpp"
#include "probe/kafka_messages.hpp"

#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::string_literals;

namespace {

domain::CheckDefinition check(std::vector<std::string> groups = {}) {
  auto made = check_of(CheckKind::kafka, "127.0.0.1:1");
  made.use<domain::KafkaSettings>().groups = std::move(groups);
  return made;
}

std::string bytes(const char* hex) { return *from_hex(hex); }

std::string answer(std::int32_t correlation, const std::string& body) {
  std::string out;
  append_big(out, static_cast<std::uint32_t>(body.size() + 4));
  append_big(out, correlation);
  return out + body;
}

template <class... Numbers>
std::string big(Numbers... numbers) {
  std::string out;
  (append_big(out, numbers), ...);
  return out;
}

std::string text(const std::string& value) {
  return big(static_cast<std::int16_t>(value.size())) + value;
}

constexpr std::int16_t kNone = 0;

// Versions 1 of everything, but 2 of OffsetFetch.
std::string versions() {
  std::string body = big(kNone, std::int32_t{4});
  for (const std::int16_t api : std::initializer_list<std::int16_t>{2, 3, 10}) {
    body += big(api, kNone, std::int16_t{1});
  }
  return answer(1, body + big(std::int16_t{9}, kNone, std::int16_t{2}));
}

// Brokers 1 and 2, a topic with a partition at each; the second has `in_sync` of two replicas.
std::string cluster(std::int32_t in_sync, std::int32_t second_leader = 2) {
  std::string body = big(std::int32_t{2});
  for (const std::int32_t node : {1, 2}) {
    body += big(node) + text("broker" + std::to_string(node)) + big(std::int32_t{9092}) +
            big(std::int16_t{-1});
  }
  body += big(std::int32_t{1}, std::int32_t{1}, kNone) + text("t") + '\0' + big(std::int32_t{2});
  const std::int32_t none = 0, one = 1, two = 2;
  body += big(kNone, none, one, one, one, one, one);
  body += big(kNone, one, second_leader, two, one, two, in_sync);
  for (std::int32_t i = 0; i < in_sync; ++i) body += big(i + 1);
  return answer(2, body);
}

std::string coordinator(const std::string& host, std::int16_t error = 0) {
  return answer(3, big(std::int32_t{0}, error, std::int16_t{-1}, std::int32_t{2}) + text(host) +
                       big(std::int32_t{9092}));
}

std::string committed(std::int64_t first, std::int64_t second) {
  return answer(4, big(std::int32_t{1}) + text("t") + big(std::int32_t{2}) +
                       big(std::int32_t{0}, first, std::int16_t{-1}, kNone) +
                       big(std::int32_t{1}, second, std::int16_t{-1}, kNone) + big(kNone));
}

std::string latest(std::int32_t correlation, std::int32_t partition, std::int64_t offset,
                   std::int16_t error = 0) {
  return answer(correlation, big(std::int32_t{1}) + text("t") + big(std::int32_t{1}, partition) +
                                 big(error, std::int64_t{-1}, offset));
}

}  // namespace

// C-006: a real broker's words.
TEST(KafkaConversation, ARealBrokersClusterAndLag) {
  Talker talker(check({"billing"}));
  talker.hear(bytes(recorded::kVersions)).hear(bytes(recorded::kCluster));
  talker.hear(bytes(recorded::kCoordinator));
  EXPECT_EQ(talker.talk().dialled, (Endpoint{"127.0.0.1", 25922, false}));
  talker.hear(bytes(recorded::kCommitted)).hear(bytes(recorded::kLatest));
  const auto& talk = talker.talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up) << talk.reason;
  EXPECT_EQ(talk.value("probe_kafka_brokers"), 1);
  EXPECT_EQ(talk.value("probe_kafka_topics"), 3);
  EXPECT_EQ(talk.value("probe_kafka_under_replicated_partitions"), 0);
  EXPECT_EQ(talk.value("probe_kafka_offline_partitions"), 0);
  EXPECT_EQ(talk.value("probe_kafka_group_lag"), 10);
  std::map<std::string, double> by_topic;
  for (const auto& one : talk.values) {
    if (one.name == "probe_kafka_group_topic_lag") by_topic[one.labels[1].second] = one.value;
  }
  EXPECT_EQ(by_topic, (std::map<std::string, double>{{"mails", 3}, {"orders", 7}}));
}

TEST(KafkaConversation, TheClusterIsJudged) {
  const auto good = Talker(check()).hear(versions()).hear(cluster(2)).talk();
  EXPECT_EQ(good.verdict, CheckStatus::up) << good.reason;
  EXPECT_EQ(good.value("probe_kafka_brokers"), 2);
  EXPECT_EQ(good.value("probe_kafka_partitions"), 2);
  const auto behind = Talker(check()).hear(versions()).hear(cluster(1)).talk();
  EXPECT_EQ(behind.verdict, CheckStatus::down);
  EXPECT_EQ(behind.reason, "1 under-replicated partitions (0 without a leader), more than 0");
  const auto headless = Talker(check()).hear(versions()).hear(cluster(2, -1)).talk();
  EXPECT_EQ(headless.value("probe_kafka_offline_partitions"), 1);
  EXPECT_EQ(headless.verdict, CheckStatus::down);
  auto strict = check();
  strict.use<domain::KafkaSettings>().min_brokers = 3;
  EXPECT_EQ(Talker(strict).hear(versions()).hear(cluster(2)).talk().reason,
            "2 brokers, fewer than 3");
}

TEST(KafkaConversation, LagIsAskedForAtTheLeaders) {
  auto judged = check({"g"});
  judged.use<domain::KafkaSettings>().max_lag = 11;
  Talker talker(judged);
  talker.hear(versions()).hear(cluster(2)).hear(coordinator("broker2"));
  EXPECT_EQ(talker.talk().dialled, (Endpoint{"broker2", 9092, false}));
  talker.hear(committed(5, 6));
  EXPECT_EQ(talker.talk().dialled, (Endpoint{"broker1", 9092, false}));
  talker.hear(latest(5, 0, 10));
  EXPECT_EQ(talker.talk().dialled, (Endpoint{"broker2", 9092, false}));
  const auto talk = talker.hear(latest(6, 1, 13)).talk();
  EXPECT_EQ(talk.reason, "group g is 12 messages behind, more than 11");
  EXPECT_EQ(talk.value("probe_kafka_group_lag"), 12);
}

TEST(KafkaConversation, WhatCannotBeMeasuredIsNotGuessed) {
  auto judged = check({"g"});
  judged.use<domain::KafkaSettings>().max_lag = 100;
  Talker moved(judged);
  moved.hear(versions()).hear(cluster(2)).hear(coordinator("broker2")).hear(committed(5, 6));
  moved.hear(latest(5, 0, 10)).hear(latest(6, 1, -1, 6));
  EXPECT_EQ(moved.talk().verdict, CheckStatus::unknown);
  EXPECT_EQ(moved.talk().reason, "the lag of 1 partitions could not be measured");
  Talker silent(judged);
  silent.hear(versions()).hear(cluster(2)).hear(coordinator("broker2")).hear(committed(-1, -1));
  EXPECT_EQ(silent.talk().reason, "group g has committed nothing");
  Talker away(judged);
  EXPECT_EQ(away.hear(versions()).hear(cluster(2)).hear(coordinator("", 15)).talk().reason,
            "group g: error 15");
  Talker closed(judged);
  EXPECT_EQ(closed.hear(versions()).close().talk().verdict, CheckStatus::unknown);
  const auto strange = answer(1, big(std::int16_t{35}, std::int32_t{0}));
  EXPECT_EQ(Talker(judged).hear(strange).talk().verdict, CheckStatus::unknown);
}

// A server that takes part in a login: what it offers, then its words.
namespace {

std::string login_versions() {
  std::string body = big(kNone, std::int32_t{3}, std::int16_t{3}, kNone, std::int16_t{1});
  body += big(std::int16_t{17}, kNone, std::int16_t{1}, std::int16_t{36}, kNone, std::int16_t{2});
  return answer(1, body);
}

std::string offers(std::int16_t error = 0) {
  return answer(2, big(error, std::int32_t{2}) + text("PLAIN") + text("SCRAM-SHA-256"));
}

std::string login_words(std::int32_t correlation, const std::string& words) {
  return answer(correlation,
                big(kNone, std::int16_t{-1}, static_cast<std::int32_t>(words.size())) + words);
}

domain::CheckDefinition login(const std::string& mechanism) {
  auto made = check();
  auto& settings = made.use<domain::KafkaSettings>();
  settings.username = "ada";
  settings.password.text = "engine";
  settings.sasl_mechanism = mechanism;
  return made;
}

// The words of the login that were said last.
std::string first_words(const std::string& said) { return said.substr(said.rfind("n,,")); }

}  // namespace

TEST(KafkaConversation, ALoginComesBeforeTheCluster) {
  Talker talker(login("PLAIN"));
  talker.hear(login_versions()).hear(offers());
  EXPECT_TRUE(talker.talk().said.ends_with(big(std::int32_t{11}) + "\0ada\0engine"s));
  talker.hear(login_words(3, ""));
  EXPECT_EQ(talker.hear(answer(4, cluster(2).substr(8))).talk().verdict, CheckStatus::up);
}

TEST(KafkaConversation, LoginsThatFailAreDown) {
  const auto heard = [](const std::string& mechanism) {
    Talker talker(login(mechanism));
    talker.hear(login_versions()).hear(offers());
    return talker;
  };
  const std::string refusal = text("wrong") + big(std::int32_t{-1});
  EXPECT_EQ(heard("PLAIN").hear(answer(3, big(std::int16_t{58}) + refusal)).talk().reason,
            "login: wrong");
  EXPECT_EQ(heard("PLAIN").close().talk().reason, "login: connection closed");
  EXPECT_EQ(heard("PLAIN").hear(answer(3, "\0"s)).talk().verdict, CheckStatus::down);
  // A cluster that knows the password can show it.
  auto scram = heard("SCRAM-SHA-256");
  const std::string nonce =
      first_words(scram.talk().said).substr(std::string("n,,n=ada,r=").size());
  const auto challenge = [&](const std::string& rounds) {
    return login_words(3, "r=" + nonce + "x,s=QSXCR+Q6sek8bf92,i=" + rounds);
  };
  scram.hear(challenge("4096"));
  EXPECT_NE(scram.talk().said.find("c=biws,r=" + nonce + "x,p="), std::string::npos);
  EXPECT_EQ(scram.hear(login_words(4, "v=AAAA")).talk().reason,
            "login: the server does not prove that it knows the password");
  EXPECT_EQ(heard("SCRAM-SHA-512").hear(challenge("4096")).talk().verdict, CheckStatus::down);
  EXPECT_EQ(Talker(login("SCRAM-SHA-512")).hear(login_versions()).hear(offers(33)).talk().reason,
            "login: the server does not take SCRAM-SHA-512, but PLAIN, SCRAM-SHA-256");
}

// Every broker is logged in to: one asks for no more work than Kafka itself allows.
TEST(KafkaLogin, CountsTheRounds) {
  const auto scram = login("SCRAM-SHA-256");
  for (const auto& [rounds, good] : {std::pair{"16384", true}, std::pair{"16385", false}}) {
    KafkaLogin one(scram.as<domain::KafkaSettings>());
    const auto nonce = one.first().substr(std::string("n,,n=ada,r=").size());
    const auto said = one.answer("r=" + nonce + "x,s=QSXCR+Q6sek8bf92,i=" + rounds);
    EXPECT_EQ(said.has_value(), good) << rounds;
  }
}

// A cluster may name any address as a broker's.
// S-01.
TEST(KafkaProbe, AddressesOfTheClusterAreNoWayAroundThePolicy) {
  const Target target([](int fd) {
    char request[4096];
    for (const auto& words : {versions(), cluster(2), coordinator("169.254.169.254")}) {
      if (read(fd, request, sizeof(request)) <= 0) return;
      write_all(fd, words);
    }
  });
  auto judged = check({"g"});
  judged.target = "127.0.0.1:" + std::to_string(target.port());
  EngineSettings::Wishes wishes;
  wishes.denied_networks = default_denied_networks();
  const auto outcome = run_once(judged, wishes);
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_EQ(outcome.reason, "address 169.254.169.254 may not be checked");
}

RC_GTEST_PROP(KafkaConversation, HostileServersDoNoHarm, ()) {
  std::vector<std::string> groups(*rc::gen::inRange<std::size_t>(0, 2), "g");
  auto judged = check(groups);
  const bool logs_in = *rc::gen::arbitrary<bool>();
  if (logs_in) judged = login(*rc::gen::element<std::string>("PLAIN", "SCRAM-SHA-512"));
  judged.use<domain::KafkaSettings>().groups = groups;
  expect_no_harm_from(
      judged,
      {login_versions(), offers(), login_words(3, ""), login_words(3, "r=x,s=AA,i=1"), versions(),
       cluster(2), coordinator("b"), committed(1, 2), latest(5, 0, 1), bytes(recorded::kVersions),
       bytes(recorded::kCluster), answer(2, big(std::int32_t{-1}) + std::string(12, '\xff')),
       big(std::uint32_t{0xffffffff}, std::int32_t{1})});
}

// Small answers must not become large in memory.
TEST(KafkaMessages, NamesAndPartitionsAreBounded) {
  const auto partitions = [](std::int32_t count, std::size_t each) {
    std::string body = big(count);
    for (std::int32_t i = 0; i < count; ++i) body += big(kNone, i) + std::string(each - 6, '\0');
    return body;
  };
  const auto metadata = [&](std::size_t name, std::int32_t count) {
    return big(std::int32_t{0}, std::int32_t{0}, std::int32_t{1}, kNone) +
           text(std::string(name, 't')) + '\0' + partitions(count, 18);
  };
  EXPECT_EQ(kafka::read_metadata(1, metadata(249, 2))->leaders.size(), 2U);
  EXPECT_FALSE(kafka::read_metadata(1, metadata(250, 2)));
  EXPECT_EQ(kafka::read_metadata(1, metadata(9, 100'000))->leaders.size(), 100'000U);
  EXPECT_FALSE(kafka::read_metadata(1, metadata(9, 100'001)));

  const auto offsets = [](std::size_t name, std::int32_t count) {
    std::string body = big(std::int32_t{1}) + text(std::string(name, 't')) + big(count);
    for (std::int32_t i = 0; i < count; ++i) {
      body += big(i, kNone, std::int64_t{-1}, std::int64_t{7});
    }
    return body;
  };
  EXPECT_EQ(kafka::read_latest(1, offsets(249, 2))->partitions.size(), 2U);
  EXPECT_FALSE(kafka::read_latest(1, offsets(250, 2)));
  EXPECT_EQ(kafka::read_latest(1, offsets(9, 100'000))->partitions.size(), 100'000U);
  EXPECT_FALSE(kafka::read_latest(1, offsets(9, 100'001)));
  const auto read = kafka::read_latest(1, offsets(9, 2))->partitions;
  EXPECT_EQ(&read.begin()->first.topic.name(), &read.rbegin()->first.topic.name());
}

RC_GTEST_PROP(KafkaMessages, AnyAnswerIsReadOrRefused, (const std::string& body)) {
  for (std::int16_t version = 0; version <= 8; ++version) {
    (void)kafka::read_metadata(version, body);
    (void)kafka::read_coordinator(version, body);
    (void)kafka::read_fetched(version, body);
    (void)kafka::read_latest(version, body);
  }
  (void)kafka::read_api_versions(body);
  (void)kafka::read_handshake(body);
  (void)kafka::read_authenticated(body);
}

}  // namespace monitron::probe
