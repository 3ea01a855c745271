// What is pending, and what is kept firing, goes on in the next notifier when the one that decided
// is killed: neither begins anew (M-002, M-069).

#include "program_scene.hpp"

#include <csignal>

namespace monitron::notifier {
namespace {

class KilledStates : public NotifierProgram {
 protected:
  void SetUp() override {
    NotifierProgram::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_TRUE(pool_->transact([](pqxx::work& tx) {
      tx.exec("DELETE FROM rules WHERE kind <> 'check_state' OR states ? 'flapping'");
      tx.exec("UPDATE rules SET for_seconds = 15, keep_firing_for_seconds = 15");
    }));
  }
  std::string state() {
    return one(
        "SELECT state || CASE WHEN keep_firing_until IS NULL THEN '' ELSE ', kept' END "
        "FROM alert_states");
  }
  bool becomes(CheckStatus status, const std::string& expected) {
    return while_results(status, [&] { return state() == expected; });
  }
  std::string decisions(const std::string& which) {
    return count("alert_decisions WHERE change = '" + which + "'");
  }
};

TEST_F(KilledStates, GoOnWhereTheyWere) {
  auto program = start("1");
  ASSERT_TRUE(becomes(CheckStatus::down, "pending"));
  const auto since = one("SELECT active_since FROM alert_states");
  program->kill_hard();
  program = start("1");
  ASSERT_TRUE(becomes(CheckStatus::down, "firing"));
  // Later only by the time in which nobody looked.
  EXPECT_EQ(count("alert_states WHERE active_since >= '" + since + "'"), "1");
  EXPECT_EQ(count("incidents WHERE opened_at - '" + since + "' >= '15 s'"), "1");

  ASSERT_TRUE(becomes(CheckStatus::up, "firing, kept"));
  const auto until = one("SELECT keep_firing_until FROM alert_states");
  program->kill_hard();
  program = start("1");
  ASSERT_TRUE(becomes(CheckStatus::up, ""));
  EXPECT_EQ(count("incidents WHERE resolved_at >= '" + until + "'"), "1");
  EXPECT_EQ(count("incidents"), "1");
  for (const auto* once : {"pending", "fired", "keeping", "resolved"}) {
    EXPECT_EQ(decisions(once), "1") << once;
  }
  // The one who was killed may have had the first in hand: it waits until that one is known to be
  // dead.
  EXPECT_TRUE(eventually(
      kPatience, [&] { return letters("RESOLVED").size() == 1 && letters("FIRING").size() == 1; }));
}

// M-069: nor does one that stood still take the time for its own in which it saw nothing.
TEST_F(KilledStates, WhoStoodStillCountsOn) {
  auto program = start("1");
  ASSERT_TRUE(becomes(CheckStatus::down, "pending"));
  const auto since = one("SELECT active_since FROM alert_states");
  ::kill(program->pid(), SIGSTOP);
  const auto over = one("SELECT now() + interval '20 s'");
  ASSERT_TRUE(eventually(kPatience, [&] { return one("SELECT now() > '" + over + "'") == "t"; }));
  ::kill(program->pid(), SIGCONT);
  ASSERT_TRUE(becomes(CheckStatus::down, "firing"));
  // Of the 20 s at most the longest look counts.
  EXPECT_EQ(count("incidents WHERE opened_at - '" + since + "' >= '30 s'"), "1")
      << one("SELECT opened_at - '" + since + "' FROM incidents");
}

}  // namespace
}  // namespace monitron::notifier
