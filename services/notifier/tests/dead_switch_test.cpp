// Thousands of hosts behind one switch that dies: one page, and none when it comes back (M-002,
// M-069).

#include "program_scene.hpp"
#include "store/dependencies.hpp"

namespace monitron::notifier {
namespace {

constexpr int kHosts = 5000;
constexpr std::size_t kResultsAtOnce = 500;
constexpr int kMarkerResults = 10;

class DeadSwitch : public NotifierProgram {
 protected:
  void SetUp() override {
    NotifierProgram::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    check_.interval = 60s;
    marker_ = check_;
    marker_.id = CheckId::make();
    marker_.name = "marker";
    ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
      tx.exec(
          "INSERT INTO checks (id, name, kind, target, labels, interval_seconds, "
          "timeout_seconds, failures_before_down, successes_before_up) SELECT "
          "gen_random_uuid(), 'host ' || n, 'tcp', 'host:22', '{\"site\": \"a\"}', 60, 10, 1, 1 "
          "FROM generate_series(1, " +
          std::to_string(kHosts) + ") n");
      // Of the rules that are on from the beginning, the one on what is down is enough.
      tx.exec("DELETE FROM rules WHERE kind <> 'check_state' OR states ? 'flapping'");
      store::Check marker;
      marker.id = marker_.id.value;
      marker.name = marker_.name;
      marker.kind = "http";
      marker.target = marker_.target;
      store::insert_check(tx, marker);
      store::Dependency behind;
      behind.id = Uuid::make();
      behind.name = "behind the switch";
      behind.children = {{"site", "a"}};
      behind.parents = {check_.id.value};
      store::insert_dependency(tx, behind);
      for (const auto& row : tx.exec("SELECT id, name FROM checks WHERE labels ? 'site'")) {
        auto host = check_;
        host.id = *CheckId::parse(row[0].c_str());
        host.name = row[1].c_str();
        hosts_.push_back(host);
      }
    }));
    ASSERT_EQ(hosts_.size(), static_cast<std::size_t>(kHosts));
  }
  void publish(const std::vector<domain::CheckDefinition>& checks, CheckStatus status) {
    domain::ProbeOutcome outcome;
    outcome.status = status;
    if (status == CheckStatus::down) outcome.reason = "no answer";
    contracts::CheckResults results;
    const auto send = [&] {
      EXPECT_TRUE(publisher_->publish_and_wait(contracts::to_message(
          results, contracts::check_key(SourceId{results.results.front().check_id.value}))));
      results.results.clear();
    };
    for (const auto& check : checks) {
      const auto now = system_clock().now();
      results.results.push_back(domain::make_result(check, "default", now, now, outcome));
      if (results.results.size() == kResultsAtOnce) send();
    }
    if (!results.results.empty()) send();
  }
  // As ingest's writer does.
  void store_states(const std::string& which, CheckStatus status) {
    const std::string word(domain::to_string(status));
    ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
      tx.exec(
          "INSERT INTO check_latest (check_id, location, slot, heard, status, status_since, "
          "last_status, failures, successes, unknowns, last_result) SELECT id, 'default', "
          "now(), now(), '" +
          word + "', now(), '" + word + "', 1, 1, 0, '{}' FROM checks WHERE " + which +
          " ON CONFLICT (check_id, location) DO UPDATE SET slot = now(), heard = now(), "
          "status = excluded.status, status_since = now(), last_status = excluded.status");
    }));
  }
  // Another one decides, as soon as the lease of the one that was killed is over.
  void start_anew(std::unique_ptr<testkit::Program>& program) {
    const auto holder =
        "SELECT COALESCE(max(holder), '') FROM leases WHERE name = 'notifier.rules'";
    const auto before = one(holder);
    if (program) program->kill_hard();
    program = start("1");
    ASSERT_TRUE(eventually(kPatience, [&] {
      const auto now = one(holder);
      return !now.empty() && now != before;
    }));
  }
  bool all_held_back_by(const std::string& kind) {
    return eventually(kPatience, [&] {
      return count(
                 "alert_states WHERE state = 'firing' AND incident_id IS NULL AND "
                 "suppressed_by->>'kind' = '" +
                 kind + "'") == std::to_string(kHosts);
    });
  }
  // What was there before it is decided by then.
  void let_the_marker_pass() {
    const auto incidents =
        "incidents WHERE rule_id IN (SELECT id FROM rules) AND "
        "labels->>'check' = 'marker' AND resolved_at IS NULL";
    // Often enough not to flap.
    for (const auto status : {CheckStatus::down, CheckStatus::up}) {
      for (int i = 0; i < kMarkerResults; ++i) publish({marker_}, status);
      const auto expected = status == CheckStatus::down ? "1" : "0";
      ASSERT_TRUE(eventually(kPatience, [&] {
        publish({marker_}, status);
        return count(incidents) == expected;
      }));
    }
  }
  std::string pages() { return count("incidents WHERE labels->>'check' <> 'marker'"); }
  std::size_t told_of_hosts() { return around->alertmanager.alerts("site", "a").size(); }

  domain::CheckDefinition marker_;
  std::vector<domain::CheckDefinition> hosts_;
};

TEST_F(DeadSwitch, ChildrenFirstIsOnePageAndNoneOnRecovery) {
  store_states("true", CheckStatus::up);
  std::unique_ptr<testkit::Program> program;
  start_anew(program);
  let_the_marker_pass();
  publish(hosts_, CheckStatus::down);
  ASSERT_TRUE(all_held_back_by("waiting"));
  store_states("labels ? 'site'", CheckStatus::down);
  start_anew(program);
  publish(hosts_, CheckStatus::down);
  let_the_marker_pass();
  EXPECT_EQ(pages(), "0");
  const auto died = std::chrono::steady_clock::now();
  publish({check_}, CheckStatus::down);
  ASSERT_TRUE(eventually(kPatience, [&] { return alerts().size() == 1; }));
  EXPECT_LT(std::chrono::steady_clock::now() - died, 10s);
  ASSERT_TRUE(all_held_back_by("dependency"));
  store_states("name = '" + name_ + "'", CheckStatus::down);
  start_anew(program);
  publish(hosts_, CheckStatus::down);
  let_the_marker_pass();
  EXPECT_EQ(pages(), "1");
  publish({check_}, CheckStatus::up);
  ASSERT_TRUE(all_held_back_by("waiting"));
  publish(hosts_, CheckStatus::up);
  ASSERT_TRUE(eventually(kPatience, [&] { return count("alert_states") == "0"; }));
  let_the_marker_pass();
  EXPECT_EQ(pages(), "1");
  EXPECT_EQ(told_of_hosts(), 0U);
}

TEST_F(DeadSwitch, ParentFirstIsOnePageAndNoneOnRecovery) {
  store_states("true", CheckStatus::up);
  std::unique_ptr<testkit::Program> program;
  start_anew(program);
  let_the_marker_pass();
  publish({check_}, CheckStatus::down);
  publish(hosts_, CheckStatus::down);
  ASSERT_TRUE(all_held_back_by("dependency"));
  ASSERT_TRUE(eventually(kPatience, [&] { return alerts().size() == 1; }));
  EXPECT_EQ(pages(), "1");
  // One of them is down still when it is looked at again: that is a page of its own.
  publish({check_}, CheckStatus::up);
  ASSERT_TRUE(all_held_back_by("waiting"));
  const auto broken = hosts_.back();
  hosts_.pop_back();
  publish(hosts_, CheckStatus::up);
  ASSERT_TRUE(eventually(kPatience, [&] { return count("alert_states") == "1"; }));
  EXPECT_EQ(told_of_hosts(), 0U);
  publish({broken}, CheckStatus::down);
  ASSERT_TRUE(eventually(kPatience, [&] { return told_of_hosts() == 1; }));
  let_the_marker_pass();
  EXPECT_EQ(pages(), "2");
}

}  // namespace
}  // namespace monitron::notifier
