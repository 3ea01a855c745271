// From the built notifier through real Alertmanagers to a pager: one page and one end of it,
// whatever is killed on the way.

#include "alertmanager/silences.hpp"
#include "contracts/alertmanager_notified.hpp"
#include "http/server.hpp"
#include "program_scene.hpp"
#include "store/deliveries.hpp"
#include "store/silenced.hpp"
#include "testkit/webhook_sink.hpp"

#include <deque>

namespace monitron::notifier {
namespace {

using testkit::AlertmanagerServer;

class ToldOnce : public NotifierProgram {
 protected:
  std::string alertmanagers() const override {
    std::string urls;
    for (const auto& peer : peers_) urls += (urls.empty() ? "" : ",") + peer.url();
    for (const auto& url : others_) urls += "," + url;
    return urls;
  }
  AlertmanagerServer& peer(const std::string& group_wait = "0s") {
    return peers_.emplace_back(AlertmanagerServer::telling(pager_.url(), group_wait));
  }
  void cluster_of(int count) {
    // Longer than a peer waits for those before it (twice two seconds): it tells what it found when
    // it began to wait, which by then may be over.
    const auto settings = AlertmanagerServer::telling(pager_.url(), "1s", "10s");
    for (int i = 0; i < count; ++i) {
      const auto* first = peers_.empty() ? nullptr : &peers_.front();
      peers_.emplace_back(settings, first, true);
    }
    const auto ready = [](const AlertmanagerServer& one) {
      const auto status = one.get("/api/v2/status");
      return status.is_object() && status["cluster"]["peers"].size() == 3 &&
             status["cluster"]["status"] == "ready";
    };
    ASSERT_TRUE(eventually(60s, [&] { return std::all_of(peers_.begin(), peers_.end(), ready); }));
  }
  std::size_t pages() { return pager_.told("firing", "check", name_).size(); }
  std::size_t ends() { return pager_.told("resolved", "check", name_).size(); }
  bool known(const AlertmanagerServer& peer) { return !peer.alerts("check", name_).empty(); }
  bool paged() {
    return while_results(CheckStatus::down, [&] { return pages() > 0; });
  }
  // Several tellings of all that is known go by.
  void some_tellings_go_by(AlertmanagerServer& peer) {
    std::set<std::string> times;
    EXPECT_TRUE(eventually(kPatience, [&] {
      const auto alerts = peer.alerts("alertname", "Watchdog");
      if (!alerts.empty()) times.insert(alerts[0]["updatedAt"].get<std::string>());
      return times.size() >= 5;
    }));
  }
  std::string ledger(const std::string& where) { return count("deliveries WHERE " + where); }

  std::mutex held_mutex_;
  std::vector<http::Responder> held_;  // requests that are never answered

  testkit::WebhookSink pager_;
  std::deque<AlertmanagerServer> peers_;
  std::vector<std::string> others_;
};

// X-03, M-074: it was killed before it told anybody.
TEST_F(ToldOnce, WhatAlertmanagerForgotBeforeTellingIsPagedOnce) {
  auto& peer = this->peer("3s");
  auto program = start("1");
  ASSERT_TRUE(while_results(CheckStatus::down, [&] { return known(peer); }));
  ASSERT_EQ(pages(), 0U);
  peer.kill();
  peer.start();
  ASSERT_TRUE(eventually(kPatience, [&] { return pages() == 1; }));
  some_tellings_go_by(peer);
  EXPECT_EQ(pages(), 1U);
}

// its log of notifications is on disk only now and then.
TEST_F(ToldOnce, KilledAfterThePageItPagesAtMostOnceMore) {
  auto& peer = this->peer();
  auto program = start("1");
  ASSERT_TRUE(paged());
  peer.kill();
  peer.start();
  some_tellings_go_by(peer);
  EXPECT_GE(pages(), 1U);
  EXPECT_LE(pages(), 2U);
  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return ends() > 0; }));
  some_tellings_go_by(peer);
  EXPECT_EQ(ends(), 1U);
}

TEST_F(ToldOnce, StoppedAfterThePageItDoesNotPageAgain) {
  auto& peer = this->peer();
  auto program = start("1");
  ASSERT_TRUE(paged());
  peer.terminate();
  peer.start();
  some_tellings_go_by(peer);
  EXPECT_EQ(pages(), 1U);
  EXPECT_EQ(ledger("channel = 'alertmanager' AND state = 'accepted'"), "1")
      << "told again, noted once";
}

// M-072: what was silenced while a peer was away is silent there, too, when it is back.
TEST_F(ToldOnce, ASilenceReachesAPeerThatWasAway) {
  auto& first = peer();
  auto& second = peer();
  auto program = start("1");
  const auto answering = [&] { return count("alertmanager_peers WHERE answers"); };
  ASSERT_TRUE(eventually(kPatience, [&] { return answering() == "2"; }));
  second.kill();
  ASSERT_TRUE(eventually(kPatience, [&] { return answering() == "1"; }));
  const auto now = system_clock().now();
  const alertmanager::Client client({.url = first.url()}, {}), back({.url = second.url()}, {});
  alertmanager::WantedSilence wanted{.silence = {.matchers = {{"check", name_, false, true}},
                                                 .starts_at = now,
                                                 .ends_at = now + 1h,
                                                 .created_by = "ann",
                                                 .comment = "new disks"}};
  const alertmanager::Silences peers({client, back});
  const auto settled = peers.settle(wanted, peers.ask());
  ASSERT_EQ(settled.missed, std::vector{back.name()});
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
    store::put_silence(tx, {.id = Uuid::make(),
                            .wanted = alertmanager::text_of(std::vector{wanted.silence}),
                            .ends_at = wanted.silence.ends_at,
                            .copies = alertmanager::text_of(settled.told)});
    store::tell_silences_changed(tx);
  }));
  ASSERT_TRUE(eventually(kPatience, [&] {
    return count("known_silences WHERE silences->0->>'comment' = 'new disks'") == "1";
  }));
  second.start();
  ASSERT_TRUE(eventually(kPatience, [&] {
    const auto known = back.silences();
    return known && known->size() == 1 && known->at(0).comment == "new disks";
  }));
  ASSERT_TRUE(while_results(CheckStatus::down, [&] { return known(second) && known(first); }));
  some_tellings_go_by(second);
  EXPECT_EQ(pages(), 0U);
  EXPECT_EQ(back.silences()->size(), 1U) << "made once";
  ASSERT_TRUE(back.expire_silence(back.silences()->at(0).id));
  ASSERT_TRUE(eventually(kPatience, [&] { return pages() > 0; })) << "ended there, it holds";
}

// the end is state, too.
TEST_F(ToldOnce, AnEndThatAlertmanagerForgotIsToldOnce) {
  auto& peer = this->peer();
  auto program = start("1");
  ASSERT_TRUE(paged());
  peer.terminate();  // it knows whom it has paged
  ASSERT_TRUE(incident_resolves());
  peer.start();
  ASSERT_TRUE(eventually(kPatience, [&] { return ends() == 1; }));
  some_tellings_go_by(peer);
  EXPECT_EQ(ends(), 1U);
  EXPECT_EQ(pages(), 1U);
  EXPECT_TRUE(eventually(kPatience,
                         [&] { return ledger("transition = 2 AND state = 'accepted'") == "1"; }));
}

// M-069, M-173: three notifiers, three peers that know each other.
TEST_F(ToldOnce, OfThreeNotifiersAndThreePeersComesOnePage) {
  cluster_of(3);
  std::vector<std::unique_ptr<testkit::Program>> programs;
  for (int i = 0; i < 3; ++i) programs.push_back(start("1"));
  ASSERT_TRUE(paged());
  for (auto& peer : peers_) some_tellings_go_by(peer);
  for (auto& peer : peers_) EXPECT_TRUE(known(peer));
  EXPECT_EQ(pages(), 1U);
  EXPECT_TRUE(eventually(
      kPatience, [&] { return ledger("transition = 1 AND channel = 'alertmanager'") == "3"; }));
  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return ends() > 0; }));
  for (auto& peer : peers_) some_tellings_go_by(peer);
  EXPECT_EQ(ends(), 1U);
}

// one peer stands still, one is no server.
TEST_F(ToldOnce, APeerThatStandsStillDelaysNoOther) {
  peer();
  http::Server still(http::ServerConfig{}, [&](const http::Request&, http::Responder responder) {
    const std::lock_guard lock(held_mutex_);
    held_.push_back(std::move(responder));
  });
  ASSERT_TRUE(still.start());
  others_ = {"http://127.0.0.1:" + std::to_string(still.port()), "http://127.0.0.1:9"};
  auto program = start("1");
  ASSERT_TRUE(incident_opens());
  const auto opened = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually(kPatience, [&] { return pages() == 1; }));
  EXPECT_LT(std::chrono::steady_clock::now() - opened, 4s) << "a request may take 5 s";
  EXPECT_EQ(program->terminate(), 0);
  const std::lock_guard lock(held_mutex_);
  EXPECT_FALSE(held_.empty());
  held_.clear();
}

// X-03, M-074. Alertmanager knows both as one alert.
TEST_F(ToldOnce, TheEndOfOneOfTwoThatAreAlikeIsNotTold) {
  this->peer();
  const auto twin = Uuid::make().str();
  one("INSERT INTO rules (id, name, kind, severity) SELECT '" + twin +
      "', name, kind, severity FROM rules WHERE name = 'Check down'");
  auto program = start();
  ASSERT_TRUE(while_results(CheckStatus::down, [&] { return open() == "2" && pages() > 0; }));
  one("UPDATE rules SET enabled = false, version = version + 1 WHERE id = '" + twin + "'");
  ASSERT_TRUE(while_results(CheckStatus::down, [&] { return open() == "1"; }));
  EXPECT_FALSE(eventually(3s, [&] { return ends() > 0; })) << "it still fires";
  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return ends() > 0; }));
  EXPECT_EQ(pages(), 1U);
  EXPECT_EQ(ends(), 1U);
}

// The Watchdog goes when nothing is decided any more.
TEST_F(ToldOnce, TheWatchdogFiresWhileOneDecides) {
  auto& peer = this->peer();
  auto program = start("1");
  const auto told_at = [&] {
    const auto alerts = peer.alerts("alertname", "Watchdog");
    return alerts.empty() ? std::string() : alerts[0]["updatedAt"].get<std::string>();
  };
  ASSERT_TRUE(eventually(kPatience, [&] { return !told_at().empty(); }));
  EXPECT_EQ(peer.alerts("alertname", "Watchdog")[0]["labels"]["severity"], "info");
  ASSERT_TRUE(incident_opens());
  around->broker.kill();
  // While the other one is told on, of what is stored, the Watchdog is not: cut off from what is
  // measured nobody decides.
  std::set<std::string> tellings;
  std::string watchdog;
  EXPECT_TRUE(eventually(kPatience, [&] {
    if (std::exchange(watchdog, told_at()) != told_at()) tellings.clear();
    const auto alerts = peer.alerts("check", name_);
    if (!alerts.empty()) tellings.insert(alerts[0]["updatedAt"].get<std::string>());
    return tellings.size() >= 4;
  }));
  around->broker.start();
}

// X-02, M-074: closing the loop.
TEST_F(ToldOnce, WhatAlertmanagerSaysItToldIsInTheLedger) {
  this->peer();
  auto program = start("1");
  ASSERT_TRUE(paged());
  const auto incident = one("SELECT id FROM incidents");
  const auto says = [&](bool firing) {
    contracts::AlertmanagerNotified notified;
    notified.receiver = "on-call";
    notified.told = {{IncidentId{*Uuid::parse(incident)}, firing}};
    EXPECT_TRUE(publisher_->publish_and_wait(contracts::to_message(notified)));
  };
  says(true);
  says(true);  // repeated
  const std::string row = "channel = 'alertmanager_receiver' AND target = 'on-call' AND ";
  EXPECT_TRUE(eventually(kPatience, [&] { return ledger(row + "state = 'delivered'") == "1"; }));
  ASSERT_TRUE(incident_resolves());
  EXPECT_TRUE(eventually(kPatience, [&] { return ledger(row + "state = 'failed'") == "1"; }))
      << "nobody said that it is over";
  EXPECT_TRUE(
      eventually(kPatience, [&] { return around->mail.letters("[NOT TOLD]").size() == 1; }));
  says(false);
  EXPECT_TRUE(eventually(kPatience, [&] { return ledger(row + "state = 'delivered'") == "2"; }));
}

TEST_F(ToldOnce, WhatASilenceKeepsFromPeopleIsInTheLedger) {
  auto& peer = this->peer("2s");
  silence(peer.url());
  auto program = start("1");
  ASSERT_TRUE(incident_opens());
  EXPECT_TRUE(eventually(kPatience, [&] { return ledger("state = 'suppressed'") == "1"; }));
  EXPECT_NE(one("SELECT detail FROM deliveries WHERE state = 'suppressed'").find("ann"),
            std::string::npos);
  EXPECT_NE(one("SELECT detail FROM deliveries WHERE state = 'suppressed'").find("new disks"),
            std::string::npos);
  EXPECT_EQ(pages(), 0U);
}

}  // namespace
}  // namespace monitron::notifier
