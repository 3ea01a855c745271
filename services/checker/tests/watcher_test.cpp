// The built checker as watcher, with a real broker and a real database: heartbeats, groups and
// silence. Pings are given to the broker as the door does it.

#include "checker_program.hpp"
#include "contracts/heartbeat_ping.hpp"

namespace monitron::checker {
namespace {

using domain::PingKind;

Instant now() { return system_clock().now(); }

class WatcherProgram : public CheckerProgram {
 protected:
  WatcherProgram() : CheckerProgram("default") {}

  void SetUp() override {
    CheckerProgram::SetUp();
    if (!database_) return;  // skipped
    ingest_is_ready(true);
    door_ = std::make_unique<mq::Publisher>(
        mq::PublisherConfig{.endpoint = *mq::parse_endpoint(broker_->url()),
                            .topology = contracts::durable_topology(),
                            .name = "door"});
  }

  std::unique_ptr<testkit::Program> watcher() const { return checker("watcher"); }
  void ingest_is_ready(bool ready) {
    change("DELETE FROM program_instances WHERE program = 'ingest'");
    change(std::string("INSERT INTO program_instances (instance, program, ready, seen_at) VALUES "
                       "(gen_random_uuid(), 'ingest', ") +
           (ready ? "true" : "false") + ", now() + interval '1 hour')");
  }
  bool watches() const { return logged("lease taken") > 0; }
  int logged(const std::string& text) const {
    const auto log = testkit::read_file(log_);
    int count = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  }

  Uuid heartbeat(int period, int grace, int interval_seconds = 3600) {
    return enable(CheckKind::heartbeat, "nightly backup", interval_seconds,
                  R"({"heartbeat":{"period_seconds":)" + std::to_string(period) +
                      R"(,"grace_seconds":)" + std::to_string(grace) + "}}");
  }
  contracts::HeartbeatPing ping(const Uuid& check, PingKind kind = PingKind::success,
                                Instant at = now(), std::optional<int> code = {},
                                std::string body = "") {
    contracts::HeartbeatPing ping;
    ping.ping_id = Uuid::make();
    ping.check_id = CheckId{check};
    ping.ping = {kind, code, at};
    ping.body = std::move(body);
    give(ping);
    return ping;
  }
  void give(const contracts::HeartbeatPing& ping) {
    EXPECT_TRUE(eventually(kPatience, [&] {
      return door_->publish_and_wait(contracts::to_message(ping)).has_value();
    }));
  }

  std::unique_ptr<mq::Publisher> door_;
};

TEST_F(WatcherProgram, PingsBecomeResultsOnce) {
  const auto check = heartbeat(3600, 300);
  const auto running = watcher();
  const auto begin = now();
  ping(check, PingKind::start, begin);
  auto end = ping(check, PingKind::success, begin + 1500ms, 0);
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->last(check).has_value(); }));
  const auto up = *results_->last(check);
  EXPECT_EQ(up.slot, begin + 1500ms);
  EXPECT_EQ(up.outcome.status, CheckStatus::up);
  EXPECT_EQ(up.outcome.duration, 1500ms);
  EXPECT_EQ(up.outcome.values.at(0).name, "probe_heartbeat_run_seconds");
  EXPECT_EQ(up.outcome.values.at(0).value, 1.5);
  EXPECT_EQ(up.outcome.values.at(1).name, "probe_heartbeat_exit_code");
  give(end);  // the door's connection broke before the confirm: it came twice
  ping(check, PingKind::fail, begin + 2s, 3, "no space left\non /dev/sda1");
  ASSERT_TRUE(eventually(
      kPatience, [&] { return results_->last(check)->outcome.status == CheckStatus::down; }));
  EXPECT_EQ(results_->last(check)->outcome.reason, "exit code 3: no space left");
  EXPECT_EQ(results_->of(check).size(), 2u) << "nothing is told of a start, nor twice";
}

TEST_F(WatcherProgram, AMissedDeadlineIsDownWithinTwoSeconds) {
  const auto check = heartbeat(2, 1);
  const auto running = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return watches(); }));
  const auto at = ping(check).ping.at;
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->ever(check, CheckStatus::down); }));
  EXPECT_LT(now() - (at + 3s), 2s);
  const auto down = *results_->last(check);
  EXPECT_EQ(down.slot, at + 3s);
  EXPECT_NE(down.outcome.reason.find("last ping " + to_text(at)), std::string::npos);
  EXPECT_NE(down.outcome.reason.find("due at " + to_text(at + 2s).substr(11)), std::string::npos);
  ping(check);
  ASSERT_TRUE(eventually(kPatience,
                         [&] { return results_->last(check)->outcome.status == CheckStatus::up; }));
}

// The watcher was away over the deadline; the ping came before it.
TEST_F(WatcherProgram, APingThatWaitedInTheQueueRefutesTheDeadline) {
  const auto check = heartbeat(6, 4);
  auto running = watcher();
  const auto first = ping(check, PingKind::success, now() - 5s).ping.at;
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->at(check, first).has_value(); }));
  running->kill_hard();
  const auto deadline = first + 10s;
  const auto second = ping(check, PingKind::success, deadline - 100ms).ping.at;
  ASSERT_TRUE(eventually(kPatience, [&] { return now() > deadline + 2s; }));
  running = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->at(check, second).has_value(); }));
  EXPECT_FALSE(results_->at(check, deadline)) << "the deadline that was met was not decided";
  EXPECT_FALSE(results_->ever(check, CheckStatus::down));
}

TEST_F(WatcherProgram, APingThatTheBrokerCouldNotTakeIsNoOutage) {
  const auto check = heartbeat(100, 1);
  const auto running = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return watches(); }));
  const auto at = ping(check, PingKind::success, now() - 97s).ping.at;
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->at(check, at).has_value(); }));
  broker_->kill();
  ASSERT_TRUE(eventually(kPatience, [&] { return now() > at + 101s; }));
  broker_->start();
  // The tap may be there again later than the word.
  const auto phase = [&] {
    return database_
        ->transact([&](pqxx::work& tx) {
          const auto row = tx.exec_params1(
              "SELECT phase || ': ' || reason FROM heartbeats WHERE check_id = $1", check.str());
          return std::string(row[0].c_str());
        })
        .value_or("");
  };
  ASSERT_TRUE(eventually(kPatience, [&] { return !phase().starts_with("up"); }));
  EXPECT_TRUE(phase().starts_with("unknown: last ping " + to_text(at))) << phase();
  EXPECT_NE(phase().find("the broker was away from"), std::string::npos);
}

TEST_F(WatcherProgram, APingThatIngestCouldNotTakeIsNoOutage) {
  const auto check = heartbeat(4, 1);
  const auto running = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return watches(); }));
  ingest_is_ready(false);
  ping(check);
  ASSERT_TRUE(eventually(kPatience, [&] {
    const auto last = results_->last(check);
    return last && last->outcome.reason.find("ingest was away") != std::string::npos;
  }));
  EXPECT_FALSE(results_->ever(check, CheckStatus::down));
}

TEST_F(WatcherProgram, APingThatWasTurnedAwayBeforeARestartIsNoOutage) {
  const auto check = heartbeat(6, 24);
  auto running = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return watches(); }));
  const auto at = ping(check).ping.at;
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->at(check, at).has_value(); }));
  ingest_is_ready(false);
  ASSERT_TRUE(eventually(kPatience, [&] { return now() > at + 8s; }));
  ingest_is_ready(true);
  ASSERT_TRUE(eventually(kPatience, [&] { return now() > at + 13s; }));  // that is seen
  EXPECT_EQ(running->terminate(), 0);
  running = watcher();
  ASSERT_TRUE(eventually(60s, [&] { return results_->at(check, at + 30s).has_value(); }));
  const auto word = results_->at(check, at + 30s)->outcome;
  EXPECT_EQ(word.status, CheckStatus::unknown) << word.reason;
  EXPECT_NE(word.reason.find("ingest was away from"), std::string::npos) << word.reason;
}

// Else it would keep the pings from the one that leads by then.
TEST_F(WatcherProgram, WhoCannotRenewTheLeaseLeavesOffice) {
  const auto check = heartbeat(3600, 300);
  const auto running = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return watches(); }));
  change("ALTER TABLE leases RENAME TO leases_away");
  ASSERT_TRUE(eventually(kPatience, [&] { return logged("lease lost") == 1; }));
  change("ALTER TABLE leases_away RENAME TO leases");
  ASSERT_TRUE(eventually(kPatience, [&] { return logged("lease taken") == 2; }));
  ping(check);
  EXPECT_TRUE(eventually(kPatience, [&] { return results_->last(check).has_value(); }));
}

TEST_F(WatcherProgram, AnotherTakesOverFromOneThatIsKilled) {
  const auto check = heartbeat(2, 6);
  auto one = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return watches(); }));
  const auto other = watcher();
  const auto at = ping(check).ping.at;
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->at(check, at).has_value(); }));
  one->kill_hard();
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->ever(check, CheckStatus::down); }));
  EXPECT_EQ(results_->last(check)->slot, at + 8s);
  EXPECT_LT(now() - at, 12s);
}

TEST_F(WatcherProgram, WhatIsKnownIsSaidAgainAtEachSlot) {
  const auto check = heartbeat(3600, 300, 1);
  const auto running = watcher();
  const auto at = ping(check, PingKind::success, now() - 1min).ping.at;
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->of(check).size() >= 4; }));
  const auto all = results_->of(check);
  EXPECT_EQ(all[0].slot, at);
  EXPECT_EQ(all[3].slot - all[2].slot, 1s);
  EXPECT_EQ(all[3].outcome.details.at("ping_at"), to_rfc3339(at));
}

class Groups : public WatcherProgram {
 protected:
  // As ingest stores it.
  void store(const Uuid& check, CheckStatus status) {
    EXPECT_TRUE(database_->transact([&](pqxx::work& tx) {
      tx.exec_params0(
          "INSERT INTO check_latest (check_id, location, slot, heard, status, status_since, "
          "last_status, failures, successes, unknowns, last_result) "
          "VALUES ($1, 'default', now(), now(), $2, now(), $2, 0, 0, 0, '{}') "
          "ON CONFLICT (check_id, location) DO UPDATE SET status = excluded.status",
          check.str(), std::string(to_string(status)));
    }));
  }
  Uuid group(const std::vector<Uuid>& members, const std::string& mode) {
    std::string list;
    for (const auto& member : members) {
      list += (list.empty() ? "" : ",") + (R"({"check_id":")" + member.str() + R"("})");
    }
    return enable(CheckKind::group, "all", 3600,
                  R"({"group":{"members":[)" + list + R"(],"mode":")" + mode + R"("}})");
  }
  bool becomes(const Uuid& check, CheckStatus status, std::chrono::milliseconds in) {
    return eventually(in, [&] {
      const auto last = results_->last(check);
      return last && last->outcome.status == status;
    });
  }
};

TEST_F(Groups, FollowTheirMembersWithinTwoSeconds) {
  const auto one = enable(CheckKind::tcp, "192.0.2.1:1", 3600),
             two = enable(CheckKind::tcp, "192.0.2.1:1", 3600);
  const auto worst = group({one, two}, "worst"), best = group({one, two}, "best");
  const auto outer = group({best}, "worst");
  const auto running = watcher();
  ASSERT_TRUE(becomes(worst, CheckStatus::unknown, kPatience)) << "nothing is known of them yet";
  store(one, CheckStatus::up);
  store(two, CheckStatus::up);
  EXPECT_TRUE(becomes(worst, CheckStatus::up, 2s));
  EXPECT_TRUE(becomes(outer, CheckStatus::up, 2s));
  store(two, CheckStatus::down);
  EXPECT_TRUE(becomes(worst, CheckStatus::down, 2s));
  EXPECT_EQ(results_->last(worst)->outcome.reason, "1 of 2 up; not up: check of a test");
  EXPECT_EQ(results_->last(best)->outcome.status, CheckStatus::up);
  store(one, CheckStatus::down);
  EXPECT_TRUE(becomes(outer, CheckStatus::down, 2s)) << "of a group of a group";
  // A member that is deleted does not count any more.
  ASSERT_TRUE(database_->transact([&](pqxx::work& tx) { return store::delete_check(tx, two); }));
  store(one, CheckStatus::up);
  EXPECT_TRUE(becomes(worst, CheckStatus::up, 2s));
}

class Silence : public Groups {
 protected:
  void SetUp() override {
    Groups::SetUp();
    if (!database_) return;  // skipped
    change("INSERT INTO check_schedules VALUES ('default', now() + interval '1 hour')");
  }
  // Changed an hour ago, its latest result is `ago` old.
  Uuid silent_since(Instant latest, int interval = 1) {
    const auto check = enable(CheckKind::tcp, "192.0.2.1:1", interval);
    store(check, CheckStatus::up);
    EXPECT_TRUE(database_->transact([&](pqxx::work& tx) {
      tx.exec_params0("UPDATE checks SET updated_at = now() - interval '1 hour' WHERE id = $1",
                      check.str());
      tx.exec_params0(
          "UPDATE check_latest SET slot = to_timestamp($2::bigint / 1000.0), "
          "heard = to_timestamp($2::bigint / 1000.0) WHERE check_id = $1",
          check.str(), to_ms(latest));
    }));
    return check;
  }
};

TEST_F(Silence, MakesACheckUnknownOnce) {
  const auto latest = now() - 1min;
  const auto check = silent_since(latest);
  const auto slow = silent_since(latest, 60);
  const auto running = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->last(check).has_value(); }));
  const auto word = *results_->last(check);
  EXPECT_EQ(word.outcome.status, CheckStatus::unknown);
  EXPECT_EQ(word.if_latest, latest);
  EXPECT_EQ(word.unknowns_before_unknown, 1);
  EXPECT_EQ(word.outcome.reason, "no result since " + to_text(latest) + ": nobody said why");
  const auto missed = results_->missed_of(check);
  ASSERT_EQ(missed.size(), 1u);
  EXPECT_EQ(missed[0].reason, domain::MissReason::silent);
  EXPECT_GT(missed[0].from, latest);
  EXPECT_LE(missed[0].from, latest + 1s);
  // It is still silent for all that is stored; the next that is, and is new, comes later.
  const auto other = silent_since(now() - 2min);
  ASSERT_TRUE(database_->transact([&](pqxx::work& tx) {
    tx.exec_params0("UPDATE check_latest SET status = 'unknown', unknowns = 1 WHERE check_id = $1",
                    check.str());
  }));
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->last(other).has_value(); }));
  EXPECT_EQ(results_->of(check).size(), 1u);
  EXPECT_TRUE(results_->of(slow).empty()) << "its two intervals are not over";
}

// A place that no checker runs at, by a mistake in its name perhaps.
TEST_F(Silence, OfAPlaceWithoutACheckerIsTold) {
  const auto check = enable(CheckKind::tcp, "192.0.2.1:1", 1);
  change("UPDATE checks SET updated_at = now() - interval '1 hour'");
  change("DELETE FROM check_schedules");
  const auto running = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->last(check).has_value(); }));
  const auto word = *results_->last(check);
  EXPECT_EQ(word.outcome.status, CheckStatus::unknown);
  EXPECT_EQ(word.outcome.reason, "no result yet: no checker schedules location \"default\"");
}

// Nothing at all is stored: one word goes ahead, to see whether it is.
TEST_F(Silence, OfAllChecksIsToldWhenWordsAreStored) {
  const auto one = silent_since(now() - 1h), two = silent_since(now() - 1h);
  const auto running = watcher();
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->last(one) || results_->last(two); }));
  const auto first = results_->last(one) ? one : two;
  const auto second = first == one ? two : one;
  EXPECT_FALSE(results_->last(second));
  ASSERT_TRUE(database_->transact([&](pqxx::work& tx) {
    tx.exec_params0(
        "UPDATE check_latest SET status = 'unknown', unknowns = 1, slot = now() WHERE check_id = "
        "$1",
        first.str());
  }));
  EXPECT_TRUE(eventually(kPatience, [&] { return results_->last(second).has_value(); }));
}

}  // namespace
}  // namespace monitron::checker
