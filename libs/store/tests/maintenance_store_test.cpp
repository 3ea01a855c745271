// Maintenance windows and dependencies in a real database.

#include "fixture.hpp"
#include "store/checks.hpp"
#include "store/dependencies.hpp"
#include "store/maintenance_windows.hpp"

namespace monitron::store {
namespace {

using namespace std::chrono_literals;

class MaintenanceStore : public StoreTest {
 protected:
  template <class Work>
  auto in_one(Work work) {
    auto done = in_transaction(work);
    EXPECT_TRUE(done) << done.error().text;
    return *done;
  }
  Instant now() {
    return from_ms(in_one([](pqxx::work& tx) {
      return tx.exec1("SELECT (extract(epoch FROM now()) * 1000)::bigint")[0].as<std::int64_t>();
    }));
  }
  Uuid check(const char* name) {
    Check check;
    check.id = Uuid::make();
    check.name = name;
    check.kind = "tcp";
    check.target = "127.0.0.1:1";
    return in_one([&](pqxx::work& tx) { return insert_check(tx, check).id; });
  }
  void remove_check(const Uuid& id) {
    in_one([&](pqxx::work& tx) { return delete_check(tx, id); });
  }
  Dependency depend(const Uuid& child, std::vector<Uuid> parents) {
    Dependency dependency;
    dependency.id = Uuid::make();
    dependency.name = "of " + child.str();
    dependency.child_check_id = child;
    dependency.parents = std::move(parents);
    return in_one([&](pqxx::work& tx) { return insert_dependency(tx, dependency); });
  }
};

MaintenanceWindow once(Instant from, Instant to) {
  MaintenanceWindow window;
  window.id = Uuid::make();
  window.name = "move";
  window.selector = {{"env", "prod"}};
  window.once = {from, to};
  window.counts_in_sla = false;
  window.created_by = "ann";
  return window;
}

MaintenanceWindow weekly() {
  MaintenanceWindow window;
  window.id = Uuid::make();
  window.name = "patches";
  window.everything = true;
  window.recurrence = {"FREQ=WEEKLY;BYDAY=SU", "2026-11-22T02:00:00", 7200s, "Europe/Berlin"};
  return window;
}

}  // namespace

TEST_F(MaintenanceStore, WindowsAreReadAsTheyWereTold) {
  const auto begin = now();
  auto told = once(begin - 1h, begin + 1h);
  auto again = weekly();
  if (again.id < told.id) std::swap(again.id, told.id);  // they are read by their ids
  in_one([&](pqxx::work& tx) { return insert_maintenance_window(tx, told); });
  in_one([&](pqxx::work& tx) { return insert_maintenance_window(tx, again); });
  in_one([&](pqxx::work& tx) {
    return insert_maintenance_window(tx, once(begin - 2h, begin - 1h));  // is over
  });
  const auto windows = in_one([](pqxx::work& tx) { return maintenance_windows(tx); });
  ASSERT_EQ(windows.size(), 2U);
  EXPECT_EQ(windows[0].once, told.once);
  EXPECT_EQ(windows[0].selector, told.selector);
  EXPECT_EQ(windows[0].created_by, "ann");
  EXPECT_FALSE(windows[0].counts_in_sla);
  EXPECT_EQ(windows[0].in_force_from, told.once->from) << "told afterwards, by somebody's name";
  EXPECT_EQ(windows[1].recurrence, again.recurrence);
  EXPECT_TRUE(windows[1].everything);
  EXPECT_GE(windows[1].in_force_from, begin) << "what comes again does not reach back";
  const auto page = in_one([](pqxx::work& tx) { return list_maintenance_windows(tx, {{}, 2}); });
  EXPECT_EQ(page.items.size(), 2U);
  EXPECT_TRUE(page.more);
}

TEST_F(MaintenanceStore, WhatWasInForceStaysAfterChangesAndDeletion) {
  const auto begin = now();
  const auto made = in_one(
      [&](pqxx::work& tx) { return insert_maintenance_window(tx, once(begin - 1h, begin + 1h)); });
  auto changed = made;
  changed.once->to = begin + 2h;
  const auto second =
      in_one([&](pqxx::work& tx) { return update_maintenance_window(tx, changed); });
  ASSERT_TRUE(second);
  EXPECT_EQ(second->version, 2);
  EXPECT_EQ(second->created_at, made.created_at);
  EXPECT_GE(second->in_force_from, begin);
  EXPECT_FALSE(in_one([&](pqxx::work& tx) { return update_maintenance_window(tx, changed); }))
      << "of the version before";
  EXPECT_TRUE(in_one([&](pqxx::work& tx) { return delete_maintenance_window(tx, made.id); }));
  EXPECT_FALSE(in_one([&](pqxx::work& tx) { return delete_maintenance_window(tx, made.id); }));
  EXPECT_FALSE(in_one([&](pqxx::work& tx) { return find_maintenance_window(tx, made.id); }));
  EXPECT_TRUE(in_one([](pqxx::work& tx) { return maintenance_windows(tx); }).empty());
  const auto past =
      in_one([&](pqxx::work& tx) { return windows_outside_sla(tx, begin - 1h, begin + 3h); });
  ASSERT_EQ(past.size(), 2U);
  EXPECT_EQ(past[0].in_force_until, past[1].in_force_from) << "without a gap";
  EXPECT_EQ(past[0].once, made.once);
  EXPECT_TRUE(past[1].in_force_until);
  EXPECT_TRUE(in_one([&](pqxx::work& tx) {
                return windows_outside_sla(tx, begin - 3h, begin - 1h);
              }).empty());
}

TEST_F(MaintenanceStore, ADependencyLosesDeletedParentsAndGoesWithTheLast) {
  const auto child = check("web"), left = check("left"), right = check("right");
  const auto made = depend(child, {left, right});
  EXPECT_EQ(made.parents, (std::vector{left, right}));
  remove_check(left);
  const auto one = in_one([&](pqxx::work& tx) { return find_dependency(tx, made.id); });
  ASSERT_TRUE(one);
  EXPECT_EQ(one->parents, std::vector{right});
  EXPECT_EQ(one->version, 2);
  remove_check(right);
  EXPECT_FALSE(in_one([&](pqxx::work& tx) { return find_dependency(tx, made.id); }));
}

TEST_F(MaintenanceStore, ADependencyGoesWithItsChildAndThatIsTold) {
  const auto child = check("web"), parent = check("router");
  depend(child, {parent});
  pqxx::connection listening(url_);
  struct Heard : pqxx::notification_receiver {
    using notification_receiver::notification_receiver;
    void operator()(const std::string&, int) override { ++times; }
    int times = 0;
  } heard(listening, "rules_changed");
  remove_check(child);
  EXPECT_GE(listening.await_notification(10, 0), 1);
  EXPECT_GE(heard.times, 1);
  EXPECT_TRUE(in_one([](pqxx::work& tx) { return dependencies(tx); }).empty());
}

TEST_F(MaintenanceStore, ChecksThatAreNotThereAreNamed) {
  const auto here = check("web"), nowhere = Uuid::make();
  EXPECT_EQ(in_one([&](pqxx::work& tx) {
              return unknown_checks(tx, {here, nowhere});
            }),
            std::vector{nowhere});
}

}  // namespace monitron::store
