// Lists of incidents stay quick however many there were: none of their queries reads them all.

#include "db/migrations.hpp"
#include "incident_scene.hpp"
#include "store/incident_summary.hpp"
#include "store/incidents.hpp"
#include "testkit/database.hpp"

namespace monitron::api {
namespace {

using namespace std::chrono_literals;

class IncidentPlans : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!testkit::server_addresses()) return;
    const auto url = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
    database = std::make_unique<db::Pool>(db::Config{.url = url, .application_name = "plans"});
    ASSERT_TRUE(database->transact([](pqxx::work& tx) { fill(tx); }));
  }
  static void TearDownTestSuite() { database.reset(); }
  void SetUp() override { MONITRON_REQUIRE_SERVERS(); }

  // A year of incidents, one in 400 open; half of all, and a third of the open ones, acknowledged
  // and assigned.
  static void fill(pqxx::work& tx) {
    tx.exec(
        "INSERT INTO incidents (id, alert_id, rule_id, rule_name, title, text, severity, labels, "
        "annotations, value, opened_at, resolved_at) SELECT ('0190' || lpad(to_hex(n), 28, "
        "'0'))::uuid, gen_random_uuid(), ('00000000-0000-0000-0000-' || lpad((n % 400)::text, 12, "
        "'0'))::uuid, 'r', 't', '', CASE WHEN n % 100 = 0 THEN 'critical' ELSE 'info' END, "
        "jsonb_build_object('check_id', (n % 5000)::text), '{}', 1, now() - (60000 - n) * "
        "interval '9 min', CASE WHEN n % 400 <> 1 THEN now() - (60000 - n) * interval '8 min' END "
        "FROM generate_series(1, 60000) n");
    tx.exec(
        "INSERT INTO incident_actions (incident_id, at, kind, actor_kind, actor_id, actor_name, "
        "assignee_id) SELECT id, opened_at, kind, 'user', '', 'ada', CASE WHEN kind = 'assigned' "
        "THEN ('00000000-0000-0000-0000-' || lpad((n % 97)::text, 12, '0'))::uuid END FROM (SELECT "
        "*, row_number() OVER () AS n FROM incidents) i, (VALUES ('acknowledged'), ('assigned')) k "
        "(kind) WHERE n % 2 = 0 OR n % 1200 = 1");
    tx.exec(
        "INSERT INTO incident_events (incident_id, at, kind, text, severity, condition) SELECT id, "
        "opened_at, 'opened', '', severity, '' FROM incidents");
    tx.exec("ANALYZE incidents, incident_actions, incident_events");
  }

  // By what PostgreSQL counts: scans of whole tables in this transaction.
  template <class Query>
  void reads_by_index(const std::string& what, Query query) {
    const auto done = database->transact([&](pqxx::work& tx) {
      const auto scanned = [&] {
        return tx
            .exec1(
                "SELECT string_agg(relname || ' ' || pg_stat_get_xact_numscans(oid), ', ') FROM "
                "pg_class WHERE relname IN ('incidents', 'incident_actions', 'incident_events')")[0]
            .as<std::string>();
      };
      const auto before = scanned();
      query(tx);
      EXPECT_EQ(scanned(), before) << what << " reads a whole table";
    });
    EXPECT_TRUE(done) << done.error().text;
  }
  void list_reads_by_index(const std::string& what, store::IncidentQuery query, std::size_t found) {
    query.page.limit = 100;
    reads_by_index(what, [&](pqxx::work& tx) {
      EXPECT_EQ(store::list_incidents(tx, query).items.size(), found) << what;
    });
  }

  static std::unique_ptr<db::Pool> database;
};
std::unique_ptr<db::Pool> IncidentPlans::database;

TEST_F(IncidentPlans, ListsReadByIndex) {
  using domain::IncidentStatus;
  const auto now = system_clock().now();
  const auto rule = Uuid::parse("00000000-0000-0000-0000-000000000007");
  list_reads_by_index("the first page", {}, 100);
  list_reads_by_index("what is open", {.status = IncidentStatus::open}, 100);
  list_reads_by_index("what is acknowledged", {.status = IncidentStatus::acknowledged}, 50);
  list_reads_by_index("what is resolved", {.status = IncidentStatus::resolved}, 100);
  list_reads_by_index("a severity", {.severity = "critical"}, 100);
  list_reads_by_index("a rule", {.rule_id = *rule}, 100);
  list_reads_by_index("an assignee", {.assignee = *rule}, 100);
  list_reads_by_index("a label", {.labels = {{.name = "check_id", .value = "4711"}}}, 12);
  list_reads_by_index("a day long ago", {.from = now - 24h * 300, .to = now - 24h * 299}, 100);
  list_reads_by_index("the last day", {.from = now - 24h}, 100);
}

TEST_F(IncidentPlans, OneAndItsFiguresReadByIndex) {
  const auto id = *Uuid::parse("01900000-0000-0000-0000-000000001000");
  reads_by_index("one", [&](pqxx::work& tx) {
    const auto found = store::lock_incident(tx, id);
    ASSERT_TRUE(found);
    EXPECT_TRUE(store::latest_incident(tx, found->alert_id));
    (void)store::timeline_of(tx, id);
    (void)store::version_of(tx, id);
  });
  const auto now = system_clock().now();
  reads_by_index("the figures of a week", [&](pqxx::work& tx) {
    EXPECT_GT(store::summarise_incidents(tx, now - 24h * 7, now).overall.opened, 1000);
  });
}

}  // namespace
}  // namespace monitron::api
