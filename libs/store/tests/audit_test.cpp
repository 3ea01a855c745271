// The chain of the audit trail on a real database: nobody forks it, and who tampers is found.

#include "store/audit.hpp"

#include "fixture.hpp"

#include <thread>

namespace monitron::store {
namespace {

class Audit : public StoreTest {
 protected:
  void append(const std::string& action) {
    const AuditEntry entry{.actor_kind = "user",
                           .actor_id = "nobody",
                           .credential = "session",
                           .action = action,
                           .object = action.substr(0, action.find('.')),
                           .object_id = "1",
                           .change = R"({"after": {"name": "größer", "b": 1.50}})",
                           .peer = "10.0.0.1",
                           .request_id = "r"};
    const auto done = in_transaction([&](pqxx::work& tx) { append_audit(tx, entry); });
    EXPECT_TRUE(done) << done.error().text;
  }
  void append(int rows) {
    for (int i = 0; i < rows; ++i) append("check.update");
  }
  AuditVerdict verdict(const std::optional<AuditHead>& known = std::nullopt) {
    const auto found = verify_audit(*pool_, known);
    EXPECT_TRUE(found) << found.error().text;
    return found.value_or(AuditVerdict{});
  }
  Result<void> attempt(const std::string& sql) {
    return in_transaction([&](pqxx::work& tx) { tx.exec(sql); });
  }
  // As a superuser who takes the triggers away.
  void tamper(const std::string& sql) {
    run("ALTER TABLE audit_log DISABLE TRIGGER USER; ALTER TABLE audit_head DISABLE TRIGGER "
        "USER; " +
        sql +
        "; ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_append; "
        "ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_kept");
  }
};

TEST_F(Audit, HoldsFromTheFirstRowToTheLast) {
  EXPECT_FALSE(verdict().broken);
  append(3);
  const auto found = verdict();
  EXPECT_FALSE(found.broken) << found.reason;
  EXPECT_EQ(found.rows, 3);
  EXPECT_EQ(found.head.id, 3);
}

// S19, M-153: whoever tries, whatever the session's settings.
TEST_F(Audit, NothingIsChangedOrDeleted) {
  append(2);
  for (const std::string before : {"", "SET session_replication_role = replica; "}) {
    EXPECT_FALSE(attempt(before + "UPDATE audit_log SET peer = ''"));
    EXPECT_FALSE(attempt(before + "DELETE FROM audit_log"));
    EXPECT_FALSE(attempt(before + "TRUNCATE audit_log"));
    EXPECT_FALSE(attempt(before + "UPDATE audit_head SET id = 1"));
    EXPECT_FALSE(attempt(before + "DELETE FROM audit_head"));
  }
  EXPECT_EQ(verdict().rows, 2);
}

TEST_F(Audit, TheOwnerOfTheTableMayOnlyAdd) {
  append(1);
  const std::string role = "owner_" + Uuid::make().str().substr(24);
  run("CREATE ROLE " + role + "; ALTER TABLE audit_log OWNER TO " + role);
  EXPECT_FALSE(attempt("SET LOCAL ROLE " + role + "; UPDATE audit_log SET peer = ''"));
  EXPECT_TRUE(attempt("SET LOCAL ROLE " + role + "; SELECT FROM audit_log"));
  run("REASSIGN OWNED BY " + role + " TO CURRENT_USER; DROP ROLE " + role);
}

// Any column of any row, by who can do everything.
TEST_F(Audit, TheFirstRowThatWasTamperedWithIsNamed) {
  append(5);
  for (const std::string change :
       {"peer = '10.0.0.2'", "at = at + interval '1 microsecond'", "actor_name = 'x'",
        "change = '{}'", "hash = repeat('0', 64)", "credential = ''"}) {
    run("CREATE TABLE kept AS TABLE audit_log");
    tamper("UPDATE audit_log SET " + change + " WHERE id = 3");
    EXPECT_EQ(verdict().broken, 3) << change;
    tamper(
        "DELETE FROM audit_log; ALTER TABLE audit_log DISABLE TRIGGER USER; "
        "INSERT INTO audit_log SELECT * FROM kept");
    run("DROP TABLE kept");
    EXPECT_FALSE(verdict().broken) << verdict().reason;
  }
}

TEST_F(Audit, MissingRowsAreFound) {
  append(5);
  tamper("DELETE FROM audit_log WHERE id = 2");
  EXPECT_EQ(verdict().broken, 3);
  tamper("DELETE FROM audit_log WHERE id > 1");
  EXPECT_EQ(verdict().broken, 5);  // the last one that there was
}

// Who makes the whole chain anew, head included, is found by a head noted elsewhere.
TEST_F(Audit, AChainMadeAnewIsNotTheOneThatWasNoted) {
  append(4);
  const auto noted = verdict().head;
  EXPECT_FALSE(verdict(noted).broken);
  append(1);
  EXPECT_FALSE(verdict(noted).broken);
  tamper("DELETE FROM audit_log; UPDATE audit_head SET id = 0, hash = ''");
  append(6);
  EXPECT_FALSE(verdict().broken);
  EXPECT_EQ(verdict(noted).broken, 4);
  EXPECT_EQ(verdict(AuditHead{9, noted.hash}).broken, 9);
}

TEST_F(Audit, WritersAtTheSameTimeMakeOneChain) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([this] { append(50); });
  }
  for (auto& writer : writers) writer.join();
  const auto found = verdict();
  EXPECT_FALSE(found.broken) << found.reason;
  EXPECT_EQ(found.rows, 200);
}

// A snapshot from before another's append cannot fork the chain.
TEST_F(Audit, AnOldSnapshotCannotAppend) {
  append(1);
  pqxx::connection other(url_);
  pqxx::transaction<pqxx::isolation_level::repeatable_read> old(other);
  old.exec("SELECT FROM audit_log");
  append(1);
  EXPECT_THROW(old.exec("INSERT INTO audit_log (actor_kind, actor_id, action, object, object_id, "
                        "peer, request_id, hash) VALUES ('', '', '', '', '', '', '', '')"),
               pqxx::serialization_failure);
  EXPECT_FALSE(verdict().broken);
}

// What was written before the chain had its present form is in it, too.
TEST_F(Audit, TheMigrationChainsWhatIsThere) {
  auto older = db::built_in_migrations();
  while (older.back().version > 49) older.pop_back();
  url_ = testkit::fresh_database();
  ASSERT_TRUE(db::migrate_up(url_, older));
  pool_.emplace(db::Config{.url = url_, .application_name = "store_test"});
  run("INSERT INTO audit_log (actor_kind, actor_id, action, object, object_id, peer, request_id, "
      "hash) SELECT 'user', 'x', 'check.create', 'check', n::text, '', '', 'old' "
      "FROM generate_series(1, 5) n");
  ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
  append(1);
  const auto found = verdict();
  EXPECT_FALSE(found.broken) << found.reason;
  EXPECT_EQ(found.rows, 6);
  EXPECT_EQ(found.head.id, 6);
}

TEST_F(Audit, FiltersFindTheirRows) {
  append("check.update");
  append("rule.create");
  append("check.delete");
  const auto ids = [&](AuditQuery query) {
    std::string text;
    const auto page = in_transaction([&](pqxx::work& tx) { return list_audit(tx, query); });
    for (const auto& row : page->items) text += std::to_string(row.id);
    return text;
  };
  EXPECT_EQ(ids({}), "321");
  EXPECT_EQ(ids({.action = "check"}), "31");
  EXPECT_EQ(ids({.action = "rule.create"}), "2");
  EXPECT_EQ(ids({.object = "rule"}), "2");
  EXPECT_EQ(ids({.object = "1"}), "321");
  EXPECT_EQ(ids({.words = "RULE.c"}), "2");
  EXPECT_EQ(ids({.words = "größer"}), "321");
  EXPECT_EQ(ids({.words = "%"}), "");
  EXPECT_EQ(ids({.after = 3, .actor = "nobody"}), "21");
}

}  // namespace
}  // namespace monitron::store
