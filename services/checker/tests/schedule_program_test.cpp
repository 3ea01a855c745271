// What the built checker promises of its schedule: changes, retries, locations, and every slot
// accounted for when a scheduler is killed.

#include "checker/schedule.hpp"
#include "checker/tests/checker_program.hpp"

namespace monitron::checker {
namespace {

bool is_missed(const std::vector<domain::MissedSlots>& missed, Instant slot) {
  return std::any_of(missed.begin(), missed.end(), [&](const domain::MissedSlots& one) {
    return one.from <= slot && slot <= one.to;
  });
}

// M-083: with 100,000 checks beside it, none of which is read again.
TEST_F(CheckerProgram, AChangeTakesEffectWithinASecondAmongAHundredThousandChecks) {
  const probe::Target before([](int) {}), after([](int) {});
  change(
      "INSERT INTO checks (id, name, kind, target, interval_seconds, timeout_seconds, "
      "failures_before_down, successes_before_up, locations) SELECT gen_random_uuid(), 'many', "
      "'tcp', '127.0.0.1:1', 86400, 5, 3, 2, '[\"" +
      location_ + "\"]' FROM generate_series(1, 100000)");
  const auto check = enable(CheckKind::tcp, address_of(before));
  const auto witness = enable(CheckKind::tcp, address_of(before));
  const auto program = checker("scheduler,worker");
  ASSERT_TRUE(eventually(60s, [&] { return results_->of(check).size() >= 3; }));
  const auto seen_until = [&](Instant time) {
    return eventually(kPatience, [&] { return *results_->slots(witness).rbegin() > time; });
  };

  const auto changed = change("UPDATE checks SET target = '" + address_of(after) +
                              "' WHERE id = '" + check.str() + "'");
  ASSERT_TRUE(seen_until(changed + 3s));
  std::optional<Instant> first_new;
  for (const auto& result : results_->of(check)) {
    if (result.target == address_of(after)) {
      first_new = std::min(first_new.value_or(result.started_at), result.started_at);
    } else {
      EXPECT_LE(result.started_at, changed + 1s) << "in its old form";
    }
  }
  ASSERT_TRUE(first_new);
  EXPECT_LE(*first_new, changed + 1s);

  const auto gone = change("DELETE FROM checks WHERE id = '" + check.str() + "'");
  ASSERT_TRUE(seen_until(gone + 3s));
  for (const auto& result : results_->of(check)) EXPECT_LE(result.started_at, gone + 1s);
  EXPECT_EQ(program->terminate(), 0);
}

// A failure that is not confirmed yet is looked at again after the retry interval.
TEST_F(CheckerProgram, RunsAgainSoonerWhileAChangeOfStateIsNotConfirmed) {
  const auto check = enable(CheckKind::tcp, "127.0.0.1:1", 86'400);
  change("UPDATE checks SET retry_interval_seconds = 3");
  const auto program = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience, [&] {
    return !one_text("SELECT holder FROM leases WHERE name LIKE 'checker%'").empty();
  }));
  // As the writer stores it: up until now, and the latest result is a failure.
  const auto since = change(
      "INSERT INTO check_latest (check_id, location, slot, status, status_since, last_status, "
      "failures, successes, unknowns, last_result, heard) VALUES ('" +
      check.str() + "', '" + location_ +
      "', now(), 'up', now(), 'up', 0, 9, 0, '{}', now()); UPDATE check_latest SET last_status = "
      "'down', failures = 1, slot = clock_timestamp()");
  ASSERT_TRUE(eventually(kPatience, [&] { return !results_->of(check).empty(); }));
  const auto again = results_->of(check).front();
  EXPECT_GE(again.slot, since + 2900ms);
  EXPECT_LE(again.slot, since + 5s);
  EXPECT_EQ(again.failures_before_down, 3);
  const auto confirmed =
      change("UPDATE check_latest SET slot = clock_timestamp(), status = 'down', failures = 3");
  EXPECT_TRUE(eventually(kPatience, [&] { return system_clock().now() > confirmed + 6s; }));
  EXPECT_EQ(results_->of(check).size(), 1u);
}

// A check that is wanted is run within a second, although its slot is hours away; what the others
// wait for does not change.
TEST_F(CheckerProgram, WhatIsWantedIsRunAtOnceAndTheOthersAreNot) {
  const auto wanted = enable(CheckKind::tcp, "127.0.0.1:1", 86'400);
  const auto other = enable(CheckKind::tcp, "127.0.0.1:1", 86'400);
  change("UPDATE checks SET failures_before_down = 1");
  const auto program = checker("scheduler,worker");
  // Who leads and hears: before that nothing is promised.
  ASSERT_TRUE(eventually(kPatience, [&] {
    (void)publish(contracts::to_message(contracts::CheckWanted{location_, {wanted}}));
    return !results_->of(wanted).empty();
  }));
  const auto first = results_->of(wanted).size();
  ASSERT_TRUE(eventually(kPatience, [&] {
    return system_clock().now() > results_->of(wanted).back().slot + kQuickRetry;
  }));
  const auto asked = system_clock().now();
  const contracts::CheckWanted again{location_, {wanted, wanted, Uuid::make()}};
  ASSERT_TRUE(publish(contracts::to_message(again)));
  ASSERT_TRUE(publish(contracts::to_message(again)));
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->of(wanted).size() > first; }));
  const auto result = results_->of(wanted).back();
  EXPECT_GE(result.slot, asked);
  EXPECT_LE(result.started_at, asked + 2s);
  EXPECT_EQ(result.failures_before_down, 1) << "as it is defined";
  EXPECT_EQ(program->terminate(), 0);
  EXPECT_EQ(results_->of(wanted).size(), first + 1) << "each once";
  EXPECT_TRUE(results_->of(other).empty());
  EXPECT_TRUE(results_->missed_of(wanted).empty());
}

// Each location's checker runs the check, and says where it ran.
TEST_F(CheckerProgram, ACheckRunsFromEachOfItsLocations) {
  const probe::Target port([](int) {});
  const auto check = enable(CheckKind::tcp, address_of(port));
  const std::string other = location_ + "-b";
  change("UPDATE checks SET locations = '[\"" + location_ + "\", \"" + other + "\"]'");
  const Results others(broker_->url(), other);
  ASSERT_TRUE(eventually(kPatience, [&] { return others.connected(); }));
  const auto here = checker("scheduler,worker");
  const auto there = checker("scheduler,worker", {}, {"--location", other});
  ASSERT_TRUE(eventually(kPatience, [&] {
    return results_->slots(check).size() >= 3 && others.slots(check).size() >= 3;
  }));
  EXPECT_EQ(results_->of(check).front().locations, 2);
  EXPECT_EQ(here->terminate(), 0);
  EXPECT_EQ(there->terminate(), 0);
}

// M-068, M-083: of two whole checkers the one that leads is killed. The checks go on within ten
// seconds; only what the killed one had in its hands is done twice, under the same identity; and
// each slot between is a result or told as missed.
TEST_F(CheckerProgram, OfTwoCheckersOneIsKilledAndEverySlotIsAccountedFor) {
  const probe::Target port([](int) {});
  std::vector<Uuid> checks;
  for (int i = 0; i < 20; ++i) checks.push_back(enable(CheckKind::tcp, address_of(port)));
  auto first = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->size() >= 20; }));
  const auto second = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience, [&] {
    return one_text(
               "SELECT count(*)::text FROM pg_stat_activity WHERE datname = "
               "current_database() AND query = 'LISTEN \"checks_changed\"'") == "2";
  }));
  const auto led = results_->size();
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->size() >= led + 60; }));
  first->kill_hard();
  const auto killed = system_clock().now();
  const auto goes_on = [&](const Uuid& check) {
    return *results_->slots(check).rbegin() > killed + 1s;
  };
  EXPECT_TRUE(eventually(10s, [&] { return std::all_of(checks.begin(), checks.end(), goes_on); }));
  ASSERT_TRUE(eventually(kPatience, [&] { return !results_->missed().empty(); }));
  ASSERT_TRUE(
      eventually(kPatience, [&] { return *results_->slots(checks[0]).rbegin() > killed + 15s; }));
  const auto missed = results_->missed();
  for (const auto& check : checks) {
    const auto slots = results_->slots(check);
    std::multiset<Instant> done;
    for (const auto& result : results_->of(check)) done.insert(result.slot);
    for (const Instant slot : slots) {
      EXPECT_TRUE(done.count(slot) == 1 || (slot > killed - 3s && slot < killed + 1s));
    }
    const auto on_its_line = std::next(slots.begin());  // the first one may be out of the line
    for (Instant slot = *on_its_line; slot < *slots.rbegin(); slot += 1s) {
      EXPECT_TRUE(slots.contains(slot) || is_missed(missed, slot)) << to_rfc3339(slot);
    }
  }
}

// What /metrics says becomes series: how late checks start, and how many slots have no result.
TEST_F(CheckerProgram, ReportsWhatItMeasuresOfItself) {
  const probe::Target port([](int) {});
  const auto check = enable(CheckKind::tcp, address_of(port));
  const std::string missed = "monitron_checker_slots_missed_total";
  auto program = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience, [&] {
    return results_->measured("monitron_checker_schedule_lateness_seconds_count") >= 1;
  }));
  EXPECT_GE(results_->measured("monitron_checker_results_total", "status", "up"), 1);
  EXPECT_EQ(results_->measured("monitron_checker_checks"), 1);
  for (const auto* reason : {"late", "overrun", "no_descriptors", "no_scheduler"}) {
    EXPECT_EQ(results_->measured(missed, "reason", reason), 0) << reason;
  }
  program->kill_hard();
  const auto killed = system_clock().now();
  ASSERT_TRUE(eventually(kPatience, [&] { return system_clock().now() > killed + 10s; }));
  program = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience,
                         [&] { return results_->measured(missed, "reason", "no_scheduler") > 0; }));
  EXPECT_GE(results_->measured(missed, "reason", "no_scheduler"), 5);
  EXPECT_FALSE(results_->of(check).empty());
  EXPECT_EQ(program->terminate(), 0);
}

}  // namespace
}  // namespace monitron::checker
