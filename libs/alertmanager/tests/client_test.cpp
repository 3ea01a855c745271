// The client with real Alertmanagers, and with servers that answer as others do.

#include "alertmanager/cover.hpp"
#include "alertmanager/silences.hpp"
#include "http/server.hpp"
#include "testkit/alertmanager_server.hpp"
#include "testkit/eventually.hpp"

#include <deque>
#include <gtest/gtest.h>
#include <mutex>

namespace monitron::alertmanager {
namespace {

using namespace std::chrono_literals;
using testkit::AlertmanagerServer;
using testkit::eventually;

Alert alert_about(const std::string& check) {
  const auto now = system_clock().now();
  return {.labels = {{"alertname", "Check down"}, {"check", check}, {"severity", "critical"}},
          .annotations = {{"incident_id", "x"}},
          .starts_at = now,
          .ends_at = now + 4min,
          .generator_url = "http://ui/incidents/1"};
}

Silence silence_of(const std::string& check) {
  Silence silence;
  silence.matchers = {{"check", check, false, true}};
  silence.starts_at = system_clock().now();
  silence.ends_at = silence.starts_at + 1h;
  silence.created_by = "ann";
  silence.comment = "new disks";
  return silence;
}

Client client_of(const AlertmanagerServer& server) { return Client({.url = server.url()}, {}); }

Silences::Settled settled(const Silences& silences, WantedSilence& wanted) {
  auto done = silences.settle(wanted, silences.ask());
  for (const auto& [peer, copy] : done.told) wanted.copies[peer] = copy;
  return done;
}

WantedSilence made(const Silences& silences, const std::string& check) {
  WantedSilence wanted{.silence = silence_of(check)};
  EXPECT_FALSE(settled(silences, wanted).id.empty());
  return wanted;
}

void end(const Silences& silences, WantedSilence& wanted) {
  wanted.ended = true;
  ++wanted.version;
  settled(silences, wanted);
}

class Answering {
 public:
  explicit Answering(std::function<http::Response(const http::Request&)> answer)
      : server_(http::ServerConfig{}, [answer = std::move(answer)](const http::Request& request,
                                                                   http::Responder responder) {
          responder.send(answer(request));
        }) {
    EXPECT_TRUE(server_.start());
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

 private:
  http::Server server_;
};

// M-074, X-02.
TEST(AlertmanagerClient, PostsAndReadsAlerts) {
  const AlertmanagerServer server;
  const auto client = client_of(server);
  ASSERT_TRUE(client.post(std::vector{alert_about("shop")}));
  const auto known = client.alerts();
  ASSERT_TRUE(known);
  ASSERT_EQ(known->size(), 1U);
  EXPECT_EQ(known->at(0).labels, alert_about("shop").labels);
  EXPECT_EQ(known->at(0).annotations.at("incident_id"), "x");
  auto bad = alert_about("shop");
  bad.labels["no-name"] = "a";
  const auto refused = client.post(std::vector{bad});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::invalid);
  EXPECT_FALSE(*client.clustered());
}

// One of two ways of a receiver works.
TEST(AlertmanagerClient, KnowsWhatCouldNotBeSent) {
  const Answering way([](const http::Request&) { return http::Response{.status = 200}; });
  const Answering refuses([](const http::Request&) { return http::Response{.status = 403}; });
  const AlertmanagerServer server(
      "route: {receiver: both, group_wait: 0s}\nreceivers: [{name: both, webhook_configs: [{url: "
      "'" +
      way.url() + "'}, {url: '" + refuses.url() + "'}]}]\n");
  const auto client = client_of(server);
  ASSERT_TRUE(client.sends());
  EXPECT_EQ(client.sends()->at("webhook"), SendCounts{});
  EXPECT_EQ(client.sends()->at("slack"), SendCounts{});
  ASSERT_TRUE(client.post(std::vector{alert_about("shop")}));
  EXPECT_TRUE(eventually(20s, [&] { return client.sends()->at("webhook") == SendCounts{2, 1}; }));
  EXPECT_EQ(client.sends()->at("slack"), SendCounts{});
}

// M-072. Of peers that share nothing, each gets it.
TEST(AlertmanagerSilences, AreOneOnPeersThatShareNothing) {
  std::deque<AlertmanagerServer> servers(2);
  std::vector<Client> clients;
  for (const auto& server : servers) {
    clients.push_back(client_of(server));
    ASSERT_TRUE(clients.back().post(std::vector{alert_about("shop")}));
  }
  const Silences silences(clients);
  auto wanted = made(silences, "shop");
  EXPECT_EQ(wanted.copies.size(), 2U);
  for (const auto& client : clients) {
    EXPECT_EQ(client.silences()->size(), 1U);
    EXPECT_TRUE(eventually(10s, [&] { return client.alerts()->at(0).state == "suppressed"; }));
  }
  const auto all = all_of(silences.ask());
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->at(0).state, "active");
  const auto known = found(clients, silences.ask(), all->at(0).id);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->copies, wanted.copies) << "of one that was made elsewhere";
  EXPECT_FALSE(found(clients, silences.ask(), "01890a5d-ac96-774b-bcce-b302099a8057"));
  end(silences, wanted);
  for (const auto& client : clients) EXPECT_EQ(client.silences()->at(0).state, "expired");
}

// M-072. A peer that was away gets what was made meanwhile, loses what was ended, and is told of
// changes; what somebody ended there stays so.
TEST(AlertmanagerSilences, APeerThatWasAwayIsTold) {
  std::deque<AlertmanagerServer> servers(2);
  std::vector<Client> clients;
  for (const auto& server : servers) clients.push_back(client_of(server));
  const Silences silences(clients);
  const auto at_second = [&](const std::string& check) {
    std::vector<Silence> about;
    const auto known = clients[1].silences();
    for (const auto& one : *known) {
      if (one.matchers[0].value == check) about.push_back(one);
    }
    return about;
  };
  auto ended = made(silences, "ended"), changed = made(silences, "changed");
  servers[1].terminate();
  auto missed = made(silences, "missed");
  EXPECT_EQ(settled(silences, missed).missed, std::vector{clients[1].name()});
  end(silences, ended);
  changed.silence.ends_at += 1h;
  ++changed.version;
  settled(silences, changed);
  servers[1].start();
  for (auto* one : {&missed, &ended, &changed}) {
    EXPECT_TRUE(settled(silences, *one).missed.empty());
    EXPECT_TRUE(settled(silences, *one).told.empty()) << "once";
  }
  EXPECT_EQ(at_second("missed").at(0).state, "active");
  EXPECT_EQ(at_second("ended").at(0).state, "expired");
  ASSERT_EQ(at_second("changed").size(), 1U) << "the same one";
  EXPECT_EQ(at_second("changed").at(0).ends_at, changed.silence.ends_at);
  EXPECT_EQ(all_of(silences.ask())->at(1).matchers[0].value, "missed") << "copies are one";

  ASSERT_TRUE(clients[1].expire_silence(at_second("missed").at(0).id));
  EXPECT_TRUE(settled(silences, missed).told.begin()->second.over);
  EXPECT_TRUE(settled(silences, missed).told.empty());
  EXPECT_EQ(at_second("missed").at(0).state, "expired");
}

// One without a disk of its own has lost all of them when it is back.
TEST(AlertmanagerSilences, APeerThatLostItGetsItAgain) {
  auto server = std::make_unique<AlertmanagerServer>();
  const auto url = server->url();
  auto wanted = made(Silences({client_of(*server)}), "shop");
  server = std::make_unique<AlertmanagerServer>();
  auto copy = wanted.copies.extract(url);
  copy.key() = server->url();
  wanted.copies.insert(std::move(copy));
  const auto client = client_of(*server);
  settled(Silences({client}), wanted);
  EXPECT_EQ(client.silences()->at(0).state, "active");
}

// M-072. One peer of a cluster tells the others; one that is away hinders nobody.
TEST(AlertmanagerSilences, SpreadInACluster) {
  std::deque<AlertmanagerServer> servers;
  servers.emplace_back(AlertmanagerServer::kTellsNobody, nullptr, true);
  servers.emplace_back(AlertmanagerServer::kTellsNobody, &servers.front());
  std::vector<Client> clients{Client({.url = "http://127.0.0.1:9"}, {})};
  for (const auto& server : servers) clients.push_back(client_of(server));
  ASSERT_TRUE(eventually(60s, [&] {
    const auto status = servers.back().get("/api/v2/status");
    return status.is_object() && status["cluster"]["peers"].size() == 2;
  }));
  const Silences silences(clients);
  auto wanted = made(silences, "shop");
  EXPECT_TRUE(settled(silences, wanted).missed.empty()) << "they tell each other";
  EXPECT_TRUE(eventually(30s, [&] {
    return clients[1].silences()->size() == 1 && clients[2].silences()->size() == 1;
  }));
  EXPECT_EQ(clients[1].silences()->at(0).id, clients[2].silences()->at(0).id);
  EXPECT_EQ(all_of(silences.ask())->size(), 1U);
  EXPECT_TRUE(settled(silences, wanted).told.empty());
  end(silences, wanted);
  EXPECT_TRUE(eventually(30s, [&] { return all_of(silences.ask())->at(0).state == "expired"; }));
}

// M-072: as Alertmanager decides it.
TEST(AlertmanagerSilences, CoverWhatAllTheirMatchersFit) {
  const auto now = system_clock().now();
  auto shop = silence_of("shop"), longer = silence_of("shop"), later = silence_of("later"),
       odd = silence_of("odd"), expired = silence_of("expired");
  longer.ends_at += 1h;
  shop.matchers.push_back({"env", "", false, false});
  later.starts_at = now + 1min;
  odd.matchers.push_back({"env", "(", true, true});
  expired.state = "expired";
  const Cover cover({shop, longer, later, odd, expired});
  const auto over = [&](const std::string& check, Instant at) {
    return cover.over(labels_told({{"check", check}, {"env-name", "x"}}, "r", "info"), at);
  };
  ASSERT_NE(over("shop", now + 1s), nullptr);
  EXPECT_EQ(over("shop", now + 1s)->ends_at, longer.ends_at);
  EXPECT_EQ(over("shop", longer.ends_at), nullptr);
  EXPECT_EQ(over("later", now), nullptr);
  EXPECT_NE(over("later", now + 2min), nullptr);
  EXPECT_EQ(over("odd", now), nullptr);
  EXPECT_EQ(over("expired", now), nullptr);
  EXPECT_EQ(labels_told({{"env-name", "x"}}, "r", "info").at("env_name"), "x");
}

// what is left of version 1 since 0.27.
TEST(AlertmanagerClient, AnOldAddressIsAskedByTheNewPath) {
  const Answering server([](const http::Request& request) {
    return http::Response{.status = request.path == "/am/api/v2/alerts" ? 200 : 410};
  });
  const auto peers = parse_peers({server.url() + "/am/api/v1/alerts"});
  ASSERT_TRUE(peers);
  EXPECT_TRUE(Client(peers->peers[0], {}).post(std::vector{alert_about("shop")}));
}

TEST(AlertmanagerClient, ShowsWhatOpensItAndNeverTellsIt) {
  const Answering server([](const http::Request& request) {
    const auto shown = request.header("authorization");
    const bool basic = shown == "Basic dXM6c2VjcmV0";  // us:secret
    return http::Response{.status = basic || shown == "Bearer secret" ? 200 : 401};
  });
  const auto post = [&](Peer peer, const Credentials& credentials) {
    peer.url = server.url();
    return Client(peer, credentials).post(std::vector{alert_about("shop")});
  };
  EXPECT_TRUE(post({.user = "us", .password = "secret"}, {.user = "other", .password = "x"}));
  EXPECT_TRUE(post({}, {.user = "us", .password = "secret"}));
  EXPECT_TRUE(post({}, {.bearer_token = "secret"}));
  const auto refused = post({.user = "us", .password = "hidden"}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::denied);
  EXPECT_EQ(refused.error().text.find("hidden"), std::string::npos);
}

TEST(AlertmanagerClient, AnAnswerThatDoesNotEndIsNotKept) {
  const Answering server([](const http::Request&) {
    return http::Response{.status = 200, .body = std::string(40u << 20, ' ')};
  });
  EXPECT_FALSE(Client({.url = server.url()}, {}).alerts());
}

}  // namespace
}  // namespace monitron::alertmanager
