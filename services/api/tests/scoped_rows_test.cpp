// The net under permissions on some instances alone: PostgreSQL shows a limited caller's
// transaction nothing else, even if a query forgot to ask for the scope.

#include "db/joined.hpp"
#include "db/limited.hpp"
#include "scope_scene.hpp"
#include "store/checks.hpp"
#include "store/groups.hpp"
#include "store/incident_views.hpp"
#include "store/incidents.hpp"
#include "store/instances.hpp"
#include "store/relations.hpp"

namespace monitron::api {
namespace {

// Tables that a limited caller's transaction may not touch at all: what others do with them is of
// no instance, and no route that takes limited callers needs it.
const std::set<std::string> kNotForLimited = {
    // Accounts, what proves them, and what they may.
    "account_tokens", "agent_configurations", "enrolment_tokens", "grants", "idempotency_keys",
    "invitations", "login_challenges", "oidc_identities", "oidc_steps", "recovery_codes",
    "refresh_tokens", "roles", "stream_tickets", "team_members", "teams", "totp",
    // What goes by mail and message, of single people.
    "alertmanager_peers", "alertmanager_sends", "channel_tests", "channels", "delivery_claims",
    "held_letters", "notifications", "subscriptions",
    // Machinery of the services, of all instances at once.
    "batch_ledger", "check_changes", "checker_inbox", "checker_outbox", "ingest_outbox", "leases",
    "notifier_inbox", "notifier_outbox", "ping_outages", "program_instances", "quarantine",
    "report_outbox", "schema_migrations", "scoped_rights", "audit_head", "series_deletions_done",
    "metric_metadata",
    // What their routes ask for everywhere.
    "alert_decisions", "check_certificates", "check_domains", "dashboards", "drill_requests",
    "drill_schedule", "drills", "job_answers", "jobs", "report_files", "report_requests",
    "report_runs", "report_schedules", "retention_classes", "rule_evaluations", "series_deletions",
    "silences", "status_pages", "status_posts"};

// Tables that it may read as all do: they tell of no instance; docs/permissions.md says why.
const std::set<std::string> kSameForAll = {
    "api_tokens",                         // its name, for the audit trail
    "audit_log",           "api_outbox",  // written, not read
    "check_schedules",     "check_types", "chunk_partitions", "dependencies",  "known_silences",
    "maintenance_windows", "rules",       "staging_ring",     "staging_slots", "users"};

class ScopedRows : public Scopes {
 protected:
  void SetUp() override {
    Scopes::SetUp();
    if (IsSkipped()) return;
    second_ = instance(own_labels());
    relation(own_, second_);
    relation(own_, foreign_);
    relation(foreign_, instance({{"env", "other"}}));
    for (const auto& [one, check] : {std::pair{own_, own_check_}, {foreign_, foreign_check_}}) {
      sample(one);
      (one == own_ ? own_incident_ : foreign_incident_) = incident(one, check);
      EXPECT_EQ(ask(http::Method::patch, "/api/v1/instances/" + one, api().admin(),
                    {{"groups", {"of " + one}}})
                    .status,
                200);
      stage(check);
    }
    incident("", "");
  }
  void relation(const std::string& from, const std::string& to) {
    make("/api/v1/relations", {{"kind", "runs-on"}, {"instance_id", from}, {"target_id", to}});
  }
  // What services write about a check.
  void stage(const std::string& check) {
    const auto id = "'" + check + "'";
    run("INSERT INTO check_events (check_id, at, status, previous_status, reason, detail, "
        "location) "
        "VALUES (" +
        id + ", now(), 'down', 'up', '', '{}', 'default')");
    run("INSERT INTO missed_slots (check_id, location, reason, from_time, to_time) VALUES (" + id +
        ", 'default', 'late', now() - interval '1 minute', now())");
    const auto test = "'" + Uuid::make().str() + "'";
    run("INSERT INTO check_tests (id, definition) VALUES (" + test + R"(, '{"check": {"id": ")" +
        check + R"("}}'))");
  }
  std::string scope() const { return Json::array({own_labels()}).dump(); }
  template <class Body>
  Result<void> limited(const std::string& scope, Body body) {
    const db::Limited held(scope);
    return api().database->transact([&](pqxx::work& tx) -> Result<void> {
      body(tx);
      return {};
    });
  }
  std::vector<std::string> texts(const std::string& sql) {
    std::vector<std::string> all;
    change([&](pqxx::work& tx) {
      for (const auto& row : tx.exec(sql)) all.emplace_back(row[0].c_str());
    });
    return all;
  }
  // Tables whose rows are held to the scope.
  std::vector<std::string> held() {
    return texts("SELECT tablename FROM pg_policies WHERE policyname = 'scoped' ORDER BY 1");
  }

  std::string second_, own_incident_, foreign_incident_;
};

// M-132, S9: whoever adds a table decides what limited callers may see of it.
TEST_F(ScopedRows, EveryTableIsDecided) {
  const auto rights = texts("SELECT relation FROM scoped_rights");
  const std::set<std::string> given(rights.begin(), rights.end());
  const auto all = held();
  const std::set<std::string> kept(all.begin(), all.end());
  for (const auto& table :
       texts("SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND "
             "NOT relispartition AND relkind IN ('r', 'p')")) {
    const int decisions = static_cast<int>(kept.count(table)) +
                          static_cast<int>(kSameForAll.count(table)) +
                          static_cast<int>(kNotForLimited.count(table));
    EXPECT_EQ(decisions, 1) << table << ": decide what callers with a permission on some instances "
                            << "alone see of it (docs/permissions.md)";
    EXPECT_EQ(given.count(table) == 0, kNotForLimited.count(table) == 1) << table;
    const auto enabled =
        one("SELECT relrowsecurity FROM pg_class WHERE oid = '" + table + "'::regclass");
    EXPECT_EQ(enabled == "t", kept.count(table) == 1) << table;
  }
  EXPECT_EQ(texts("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND "
                  "relkind = 'v' AND NOT coalesce(reloptions, '{}') @> '{security_invoker=true}'"),
            std::vector<std::string>());
}

// M-132, S9: of each table that is held to the scope, with all rows out of it.
TEST_F(ScopedRows, RowsOutOfScopeAreNotThereAndStay) {
  const std::string nowhere = R"([{"env": "nowhere"}])";
  std::size_t filled = 0;
  for (const auto& table : held()) {
    const auto before = one("SELECT count(*) FROM " + table);
    filled += before == "0" ? 0 : 1;
    std::string seen;
    ASSERT_TRUE(limited(nowhere, [&](pqxx::work& tx) {
      seen = tx.exec1("SELECT count(*) FROM " + table)[0].c_str();
    })) << table;
    EXPECT_EQ(seen, "0") << table;
    const auto column = one("SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '" +
                            table + "'::regclass AND attnum > 0 AND attidentity = '' LIMIT 1");
    for (const auto& sql :
         {"UPDATE " + table + " SET " + column + " = " + column, "DELETE FROM " + table}) {
      pqxx::result::size_type changed = 0;
      const auto done =
          limited(nowhere, [&](pqxx::work& tx) { changed = tx.exec(sql).affected_rows(); });
      if (!done) {
        EXPECT_NE(done.error().text.find("permission denied"), std::string::npos) << sql;
      }
      EXPECT_EQ(changed, 0U) << sql;
    }
    if (before == "0") continue;
    const auto row = one("SELECT row_to_json(t) FROM " + table + " t LIMIT 1");
    const auto columns =
        one("SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = '" +
            table + "'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''");
    const auto put = limited(nowhere, [&](pqxx::work& tx) {
      tx.exec("INSERT INTO " + table + " (" + columns + ") OVERRIDING SYSTEM VALUE SELECT " +
              columns + " FROM json_populate_record(NULL::" + table + ", " + tx.quote(row) + ")");
    });
    ASSERT_FALSE(put) << table;
    EXPECT_TRUE(put.error().text.find("permission denied") != std::string::npos ||
                put.error().text.find("row-level security") != std::string::npos)
        << table << " " << put.error().text;
  }
  EXPECT_GE(filled, 12U);
}

// S9: what there is in the scope, of everything, asked for without any predicate.
TEST_F(ScopedRows, QueriesThatForgetTheScopeTellNothing) {
  ASSERT_TRUE(limited(scope(), [&](pqxx::work& tx) {
    std::set<std::string> instances, checks, incidents;
    for (const auto& one : store::list_instances(tx, {.page = {.limit = 1000}}).items)
      instances.insert(one.id.str());
    EXPECT_EQ(instances, (std::set<std::string>{own_, second_}));
    for (const auto& one : store::list_checks(tx, {.page = {.limit = 1000}}).items)
      checks.insert(one.id.str());
    EXPECT_EQ(checks, std::set<std::string>{own_check_});
    store::IncidentQuery all;
    all.page.limit = 1000;
    all.of_all = true;
    for (const auto& one : store::list_incidents(tx, all).items) incidents.insert(one.id.str());
    EXPECT_EQ(incidents, std::set<std::string>{own_incident_});
    EXPECT_EQ(store::list_relations(tx, {.page = {.limit = 1000}}).items.size(), 1U);
    EXPECT_EQ(store::list_groups(tx, {.page = {.limit = 1000}}).items.size(), 1U);
    EXPECT_TRUE(store::find_check(tx, *Uuid::parse(own_check_)));
    EXPECT_FALSE(store::find_check(tx, *Uuid::parse(foreign_check_)));
    EXPECT_FALSE(store::find_check(tx, *Uuid::parse(loose_check_)));
    EXPECT_FALSE(store::find_instance(tx, *Uuid::parse(foreign_)));
    EXPECT_FALSE(store::find_incident(tx, *Uuid::parse(foreign_incident_)));
    // What the stream tells of, and what queries by name may read.
    EXPECT_EQ(store::sources_in_scope(tx, std::nullopt),
              (std::set<std::string>{own_, second_, own_check_}));
    for (const auto* table : {"check_events", "missed_slots", "check_tests", "series", "sources"}) {
      EXPECT_EQ(tx.exec1("SELECT count(*) FROM " + std::string(table))[0].as<int>(), 1) << table;
    }
  }));
}

// S9: PromQL, without a word of which sources are meant.
TEST_F(ScopedRows, QueriesOfSeriesThatForgetTheScopeTellNothing) {
  series::SampleSource source({.database_url = api().config.database_url});
  promql::Budget budget{promql::Limits{}};
  const series::SampleSource::Scope always{.sets = {}, .from_ms = 0, .to_ms = 4'000'000'000'000};
  const auto hosts = [&] {
    const auto found = source.label_values("server_id", always, budget);
    EXPECT_TRUE(found) << found.error().text;
    return found.value_or(std::set<std::string>{});
  };
  EXPECT_TRUE(hosts().contains(foreign_));  // remembered for all
  {
    const db::Limited held(scope());
    EXPECT_EQ(hosts(), std::set<std::string>{own_});
    const auto names = source.label_names(always, budget);
    ASSERT_TRUE(names);
    EXPECT_TRUE(names->contains("x_" + own_.substr(24)));
    EXPECT_FALSE(names->contains("x_" + foreign_.substr(24)));
  }
  EXPECT_TRUE(hosts().contains(foreign_));
}

// S9: a group is seen with an instance of a group within it, however deep; one beside it is not.
TEST_F(ScopedRows, GroupsAroundOnesOwnAreSeen) {
  const auto group = [&](const std::string& name, const Json& parent) {
    return make("/api/v1/groups", {{"name", name + " " + env_}, {"parent_id", parent}});
  };
  const auto top = group("top", nullptr), middle = group("middle", top);
  const auto inner = group("inner", middle), beside = group("beside", top);
  ASSERT_EQ(ask(http::Method::patch, "/api/v1/instances/" + own_, api().admin(),
                {{"groups", {"inner " + env_}}})
                .status,
            200);
  const auto reader = person();
  grant(reader.id, "viewer", own_labels());
  const std::set<std::string> around{top, middle, inner};
  EXPECT_EQ(listed("/api/v1/groups", reader.token), around);
  for (const auto& id : around) {
    EXPECT_EQ(api().get("/api/v1/groups/" + id, reader.token).status, 200) << id;
  }
  EXPECT_EQ(api().get("/api/v1/groups/" + beside, reader.token).status, 404);
  ASSERT_TRUE(limited(scope(), [&](pqxx::work& tx) {
    std::set<std::string> seen;
    for (const auto& one : store::list_groups(tx, {.page = {.limit = 1000}}).items)
      seen.insert(one.id.str());
    EXPECT_EQ(seen, around);
  }));
}

// S9: every way in goes through the net: where PostgreSQL shows no instance, there is nothing for
// limited callers, whatever the predicates say.
TEST_F(ScopedRows, EveryScopedRouteIsHeldByIt) {
  const auto reader = person();
  grant(reader.id, "viewer", own_labels());
  const auto policy =
      one("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'scoped' AND "
          "polrelid = 'instances'::regclass");
  const std::vector<std::string> lists = {"/api/v1/instances", "/api/v1/servers",
                                          "/api/v1/checks",    "/api/v1/relations",
                                          "/api/v1/groups",    "/api/v1/incidents"};
  const std::vector<std::string> single = {
      "/api/v1/instances/" + own_,          "/api/v1/servers/" + own_,
      "/api/v1/checks/" + own_check_,       "/api/v1/checks/" + own_check_ + "/events",
      "/api/v1/incidents/" + own_incident_, "/api/v1/metrics/series?server_id=" + own_};
  const auto names = [&](const std::string& token) {
    return api().get("/api/v1/label/server_id/values", token).json["data"];
  };
  const Json query = {{"query", "{ instances { nodes { id } } }"}};
  const auto by_graphql = [&] { return api().post("/api/v1/graphql", reader.token, query).text; };
  for (const auto& path : lists) EXPECT_FALSE(listed(path, reader.token).empty()) << path;
  for (const auto& path : single) EXPECT_EQ(api().get(path, reader.token).status, 200) << path;
  EXPECT_EQ(names(reader.token), Json::array({own_}));
  EXPECT_NE(by_graphql().find(own_), std::string::npos) << by_graphql();
  run("ALTER POLICY scoped ON instances USING (false)");
  for (const auto& path : lists) {
    EXPECT_TRUE(listed(path, reader.token).empty()) << path;
    EXPECT_FALSE(listed(path, api().admin()).empty()) << path;
  }
  for (const auto& path : single) EXPECT_EQ(api().get(path, reader.token).status, 404) << path;
  EXPECT_EQ(names(reader.token), Json::array());
  EXPECT_EQ(by_graphql().find(own_), std::string::npos);
  run("ALTER POLICY scoped ON instances USING (" + policy + ")");
  EXPECT_EQ(names(reader.token), Json::array({own_}));
}

// S9: nothing comes to depend on itself over what the caller does not see; and no name of that is
// told.
TEST_F(ScopedRows, RingsOverWhatIsNotSeenAreRefused) {
  const auto writer = person();
  grant(writer.id, "admin", own_labels());
  const auto third = instance(own_labels());
  const auto relate = [&](const std::string& kind, const std::string& from, const std::string& to) {
    make("/api/v1/relations", {{"kind", kind}, {"instance_id", from}, {"target_id", to}});
  };
  relate("runs-on", foreign_, third);  // own → foreign → third
  const auto closing = [&](const std::string& kind, const std::string& from) {
    return api().post("/api/v1/relations", writer.token,
                      {{"kind", kind}, {"instance_id", from}, {"target_id", own_}});
  };
  const auto around = closing("runs-on", third);
  EXPECT_EQ(fields_of(around), Names{"target_id"}) << around.text;
  // … and of checks: own_check_ ← foreign_check_ ← one of the third.
  const auto last = check(third);
  const auto name = "foreign " + Uuid::make().str();
  EXPECT_EQ(
      ask(http::Method::patch, "/api/v1/checks/" + foreign_check_, api().admin(), {{"name", name}})
          .status,
      200);
  for (const auto& [child, parent] :
       {std::pair{own_check_, foreign_check_}, {foreign_check_, last}}) {
    make("/api/v1/dependencies",
         {{"name", "d " + child}, {"child_check_id", child}, {"parents", {parent}}});
  }
  const auto of_checks = closing("depends-on", third);
  EXPECT_EQ(fields_of(of_checks), Names{"target_id"}) << of_checks.text;
  EXPECT_NE(of_checks.text.find("another check"), std::string::npos) << of_checks.text;
  EXPECT_EQ(of_checks.text.find(name), std::string::npos);
  EXPECT_EQ(of_checks.text.find(foreign_check_), std::string::npos);
}

// S9: what is kept of the answer to a limited caller's request.
TEST_F(ScopedRows, AnIdempotencyKeyOfALimitedCallerHolds) {
  const auto writer = person();
  grant(writer.id, "admin", own_labels());
  const Json body = {{"kind", "http"}, {"target", "http://a.example"}, {"instance_id", own_}};
  const auto make_it = [&] {
    return api().ask(http::Method::post, "/api/v1/checks", writer.token, body,
                     {{"Idempotency-Key", "key of " + env_}});
  };
  const auto first = make_it(), second = make_it();
  ASSERT_EQ(first.status, 201) << first.text;
  EXPECT_EQ(second.header("idempotent-replayed"), "true") << second.text;
  EXPECT_EQ(second.json["id"], first.json["id"]);
}

// S9: parts of one transaction, each on behalf of its caller.
TEST_F(ScopedRows, PartsOfOneTransactionAreLimitedEachByItself) {
  const auto count = [&] {
    int seen = 0;
    EXPECT_TRUE(api().database->transact(
        [&](pqxx::work& tx) { seen = tx.exec1("SELECT count(*) FROM instances")[0].as<int>(); }));
    return seen;
  };
  const auto all = count();
  ASSERT_GT(all, 2);
  EXPECT_TRUE(api().database->transact([&](pqxx::work& tx) {
    const db::Joined joined(tx);
    {
      const db::Limited held(scope());
      EXPECT_EQ(count(), 2);
    }
    EXPECT_EQ(count(), all);
    {
      const db::Limited held(scope());
      EXPECT_FALSE(api().database->transact([](pqxx::work& inner) -> Result<void> {
        inner.exec("SELECT 1");
        return fail(Fault::conflict, "no");
      }));
    }
    EXPECT_EQ(count(), all);
  }));
  EXPECT_EQ(count(), all);
}

}  // namespace
}  // namespace monitron::api
