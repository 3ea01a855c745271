// The client with real Alertmanagers, and with servers that answer as others do.

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

// M-072. Of peers that share nothing, each gets it.
TEST(AlertmanagerSilences, AreOneOnPeersThatShareNothing) {
  std::deque<AlertmanagerServer> servers(2);
  std::vector<Client> clients;
  for (const auto& server : servers) {
    clients.push_back(client_of(server));
    ASSERT_TRUE(clients.back().post(std::vector{alert_about("shop")}));
  }
  const Silences silences(clients);
  const auto id = silences.add(silence_of("shop"));
  ASSERT_TRUE(id) << id.error().text;
  for (const auto& client : clients) {
    EXPECT_EQ(client.silences()->size(), 1U);
    EXPECT_TRUE(eventually(10s, [&] { return client.alerts()->at(0).state == "suppressed"; }));
  }
  ASSERT_EQ(silences.list()->size(), 1U);
  EXPECT_EQ(silences.list()->at(0).id, *id);
  EXPECT_EQ(silences.list()->at(0).state, "active");
  ASSERT_TRUE(silences.expire(*id));
  for (const auto& client : clients) EXPECT_EQ(client.silences()->at(0).state, "expired");
  EXPECT_EQ(silences.expire("01890a5d-ac96-774b-bcce-b302099a8057").error().fault,
            Fault::not_found);
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
  ASSERT_TRUE(silences.add(silence_of("shop")));
  EXPECT_TRUE(eventually(30s, [&] {
    return clients[1].silences()->size() == 1 && clients[2].silences()->size() == 1;
  }));
  EXPECT_EQ(clients[1].silences()->at(0).id, clients[2].silences()->at(0).id);
  EXPECT_EQ(silences.list()->size(), 1U);
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
