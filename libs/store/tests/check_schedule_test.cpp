// What a scheduler reads, with a real database and transactions that end in any order.

#include "store/check_schedule.hpp"

#include "fixture.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

namespace monitron::store {
namespace {

Check some_check() {
  Check check;
  check.id = Uuid::make();
  check.name = "some";
  check.kind = "tcp";
  check.target = "127.0.0.1:1";
  return check;
}

class CheckSchedule : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (pool_) look();
  }

  // What is new since the last look.
  std::vector<Uuid> look() {
    const auto changes = in_transaction([&](pqxx::work& tx) {
      return snapshot_.empty() ? CheckChanges{check_snapshot(tx), false, {}}
                               : check_changes(tx, snapshot_);
    });
    EXPECT_TRUE(changes) << changes.error().text;
    EXPECT_FALSE(changes->all);
    snapshot_ = changes->snapshot;
    return changes->ids;
  }
  Uuid insert() {
    const auto check = some_check();
    EXPECT_TRUE(in_transaction([&](pqxx::work& tx) { insert_check(tx, check); }));
    return check.id;
  }
  bool is_due(const Uuid& id) {
    const auto due = in_transaction([&](pqxx::work& tx) {
      return scheduled_checks(tx, "default", std::vector<Uuid>{id}).size();
    });
    return due.value() == 1;
  }

  std::string snapshot_;
};

using Ids = std::vector<Uuid>;

TEST_F(CheckSchedule, TellsEachChangeOnce) {
  EXPECT_EQ(look(), Ids{});
  const auto id = insert();
  EXPECT_EQ(look(), Ids{id});
  EXPECT_EQ(look(), Ids{});
  run("UPDATE checks SET enabled = false");
  EXPECT_EQ(look(), Ids{id});
  EXPECT_FALSE(is_due(id));
  run("UPDATE checks SET enabled = true; UPDATE checks SET locations = '[\"default\", \"b\"]'");
  EXPECT_EQ(look(), Ids{id}) << "two changes, one look";
  EXPECT_TRUE(is_due(id));
  run("UPDATE checks SET locations = '[\"b\"]'");
  EXPECT_FALSE(is_due(id));
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) { return delete_check(tx, id); }));
  EXPECT_EQ(look(), (Ids{id}));
  run("INSERT INTO checks SELECT gen_random_uuid(), 'many', NULL, 'tcp', 'h:1', 60, 10, true, "
      "'{}', "
      "1, 1 FROM generate_series(1, 100)");
  EXPECT_EQ(look().size(), 100u);
}

TEST_F(CheckSchedule, AnInstanceThatGoesTakesItsChecksWithIt) {
  const auto id = insert();
  const auto instance = Uuid::make().str();
  run("INSERT INTO instances (id, name, hostname, kind) VALUES ('" + instance +
      "', 'h', 'h', 'server'); UPDATE checks SET instance_id = '" + instance + "'");
  look();
  run("DELETE FROM instances");
  EXPECT_EQ(look(), Ids{id});
}

// The second to begin ends first, and a look comes between.
TEST_F(CheckSchedule, MissesNothingThatEndsInAnotherOrderThanItBegan) {
  const auto first = insert(), second = insert();
  look();
  pqxx::connection slow_side(url_), quick_side(url_);
  pqxx::work slow(slow_side), quick(quick_side);
  slow.exec0("UPDATE checks SET name = 'slow' WHERE id = '" + first.str() + "'");
  quick.exec0("UPDATE checks SET name = 'quick' WHERE id = '" + second.str() + "'");
  quick.commit();
  EXPECT_EQ(look(), Ids{second});
  EXPECT_EQ(look(), Ids{});
  slow.commit();
  EXPECT_EQ(look(), Ids{first});
  EXPECT_EQ(look(), Ids{});
}

TEST_F(CheckSchedule, TellsOfStatesThatTurnAndThatWaitForConfirmation) {
  const auto id = insert();
  run("INSERT INTO check_latest (check_id, location, slot, status, status_since, last_status, "
      "failures, successes, unknowns, last_result, heard) SELECT '" +
      id.str() +
      "', l, now(), 'unknown', now(), 'unknown', 0, 0, 0, '{}', now() "
      "FROM unnest('{default,b}'::text[]) AS l");
  look();
  run("UPDATE check_latest SET status = 'up', last_status = 'up'");
  EXPECT_EQ(look(), Ids{id});
  run("UPDATE check_latest SET slot = now()");
  EXPECT_EQ(look(), Ids{}) << "nothing to know";
  run("UPDATE check_latest SET last_status = 'down', slot = now()");
  EXPECT_EQ(look(), Ids{id});
  run("UPDATE check_latest SET slot = now()");
  EXPECT_EQ(look(), Ids{id}) << "one more of the same, not confirmed";
  run("UPDATE check_latest SET status = 'down', slot = now()");
  EXPECT_EQ(look(), Ids{id});
  run("UPDATE check_latest SET last_status = 'unknown', slot = now()");
  EXPECT_EQ(look(), Ids{}) << "trouble of our own is not tried again";
}

TEST_F(CheckSchedule, AnotherServersSnapshotAndTooManyChangesAskForAll) {
  const auto told = in_transaction(
      [&](pqxx::work& tx) { return check_changes(tx, "900000000000:900000000000:").all; });
  EXPECT_TRUE(told.value());
  run("INSERT INTO check_changes (check_id) SELECT gen_random_uuid() FROM generate_series(1, "
      "20001)");
  const auto many = in_transaction([&](pqxx::work& tx) { return check_changes(tx, snapshot_); });
  EXPECT_TRUE(many->all);
  EXPECT_TRUE(many->ids.empty());
  run("UPDATE check_changes SET changed_at = now() - interval '2 hours'");
  run("INSERT INTO check_changes (check_id) SELECT gen_random_uuid()");
  const auto prune = [&] { return in_transaction(prune_check_changes).value(); };
  EXPECT_TRUE(prune());
  EXPECT_TRUE(prune());
  EXPECT_FALSE(prune()) << "the last piece";
  EXPECT_EQ(look().size(), 1u) << "what is young stays";
}

// Changes and deletes some checks in each of its transactions, and gives some of these up. Of
// several statements, so that they last longer than others that began later; in the order of ids,
// so that writers do not deadlock.
void write_at_random(const std::string& url, const Ids& ids, unsigned seed) {
  std::mt19937 dice(seed);
  pqxx::connection side(url);
  for (int turn = 0; turn < 120; ++turn) {
    pqxx::work tx(side);
    for (auto place = dice() % ids.size(); place < ids.size(); place += 1 + dice() % ids.size()) {
      const auto id = "'" + ids[place].str() + "'";
      tx.exec0(dice() % 4 == 0 ? "DELETE FROM checks WHERE id = " + id
                               : "INSERT INTO checks VALUES (" + id +
                                     ", 'n', NULL, 'tcp', 'h:1', 60, 10, true, '{}', 1, 1) "
                                     "ON CONFLICT (id) DO UPDATE SET name = '" +
                                     std::to_string(dice()) + "'");
    }
    dice() % 5 == 0 ? tx.abort() : tx.commit();
  }
}

// M-083: who reads only changes knows at the end what the table holds, whatever many writers did.
TEST_F(CheckSchedule, ManyWritersAtOnceAndNoChangeIsMissed) {
  Ids ids;
  for (int i = 0; i < 20; ++i) ids.push_back(insert());
  std::atomic<int> writing{6};
  std::vector<std::thread> writers;
  for (unsigned seed = 0; seed < 6; ++seed) {
    writers.emplace_back([&, seed] {
      write_at_random(url_, ids, seed);
      --writing;
    });
  }
  std::map<Uuid, std::string> known;
  const auto read = [&](const Ids& some) {
    const auto rows =
        in_transaction([&](pqxx::work& tx) { return scheduled_checks(tx, "default", some); });
    for (const auto& id : some) known.erase(id);
    for (const auto& row : *rows) known[row.check.id] = row.check.name;
  };
  read(ids);
  while (writing > 0) read(look());
  for (auto& writer : writers) writer.join();
  read(look());
  std::map<Uuid, std::string> stored;
  const auto rows =
      in_transaction([](pqxx::work& tx) { return scheduled_checks(tx, "default", Uuid{}, 1000); });
  for (const auto& row : rows->rows) stored[row.check.id] = row.check.name;
  EXPECT_EQ(known, stored);
}

TEST_F(CheckSchedule, PagesGoThroughAll) {
  std::set<Uuid> ids, found;
  for (int i = 0; i < 7; ++i) ids.insert(insert());
  const auto elsewhere = *std::next(ids.begin(), 3);
  run("UPDATE checks SET locations = '[\"b\"]' WHERE id = '" + elsewhere.str() + "'");
  ids.erase(elsewhere);
  std::optional<Uuid> after{Uuid{}};
  for (int pages = 0; after && pages < 10; ++pages) {
    const auto page =
        in_transaction([&](pqxx::work& tx) { return scheduled_checks(tx, "default", *after, 2); });
    EXPECT_LE(page->rows.size(), 2u);
    for (const auto& row : page->rows) EXPECT_TRUE(found.insert(row.check.id).second);
    after = page->last;
  }
  EXPECT_EQ(found, ids);
}

TEST_F(CheckSchedule, RemembersHowFarItIsSent) {
  const auto until = from_ms(1'700'000'000'250);
  EXPECT_TRUE(in_transaction([&](pqxx::work& tx) {
    EXPECT_FALSE(schedule_sent_until(tx, "default"));
    note_schedule_sent(tx, "default", until - std::chrono::seconds(1));
    note_schedule_sent(tx, "default", until);
    EXPECT_EQ(schedule_sent_until(tx, "default"), until);
    EXPECT_FALSE(schedule_sent_until(tx, "elsewhere"));
  }));
}

}  // namespace
}  // namespace monitron::store
