// Long work that nobody waits for.

#include "api/secrets.hpp"
#include "jobs_suite.hpp"

#include <future>

namespace monitron::api {
namespace {

TEST_F(Jobs, AnExportIsMadeAsAWholeAndFetchedLater) {
  const auto answer = later(Method::get, kExport, api().admin());
  ASSERT_EQ(answer.status, 202) << answer.text;
  const auto id = answer.json["id"].get<std::string>();
  EXPECT_EQ(answer.header("location"), "/api/v1/jobs/" + id);
  EXPECT_EQ(answer.header("preference-applied"), "respond-async");
  EXPECT_EQ(answer.header("retry-after"), "2");
  EXPECT_EQ(answer.json["state"], "queued");
  EXPECT_EQ(answer.json["result_url"], nullptr);
  EXPECT_EQ(api().get("/api/v1/jobs/" + id, api().admin()).header("retry-after"), "2");
  EXPECT_EQ(result(id).status, 409);
  // More than one answer of the route has.
  const auto added = api().database->transact([](pqxx::work& tx) {
    store::let_audit_wait(tx);
    for (int i = 0; i < 2'100; ++i) {
      store::append_audit(tx, {.actor_kind = "system", .action = "test.row", .object = "test"});
    }
    store::append_waiting_audit(tx);
  });
  ASSERT_TRUE(added) << added.error().text;
  const auto rows = api().get("/api/v1/audit/verification", api().admin()).json["rows"].get<int>();
  const auto done = ended(*runner(), id);
  EXPECT_EQ(done["state"], "done") << done.dump();
  EXPECT_EQ(done["problem"], nullptr);
  EXPECT_EQ(done["progress"], Json({{"done", rows}, {"total", nullptr}}));
  ASSERT_EQ(done["result_url"], "/api/v1/jobs/" + id + "/result");
  const auto file = result(id);
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(api().get("/api/v1/jobs/" + id, api().admin()).header("retry-after"), "");
  EXPECT_EQ(file.type, "application/x-ndjson");
  EXPECT_EQ(file.header("content-disposition"), "attachment; filename=\"audit.ndjson\"");
  EXPECT_EQ(std::count(file.text.begin(), file.text.end(), '\n'), rows);
  const auto trail = api().get("/api/v1/audit?action=job.create&q=" + id, api().admin()).json;
  EXPECT_EQ(trail["items"].size(), 1u);
}

TEST_F(Jobs, WhatIsWrongIsSaidAtOnce) {
  EXPECT_EQ(later(Method::get, "/api/v1/audit/export?format=pdf", api().admin()).status, 400);
  EXPECT_EQ(later(Method::post, "/api/v1/rules/replay", api().admin(), Json::object()).status, 400);
  EXPECT_EQ(later(Method::get, kExport, api().viewer()).status, 403);
  EXPECT_TRUE(api().get("/api/v1/jobs", api().admin()).json["items"].empty());
  // Who waits gets the answer, and so does who only asks what it would be.
  EXPECT_EQ(api().get(kExport, api().admin()).status, 200);
  EXPECT_EQ(later(Method::head, kExport, api().admin()).status, 200);
}

TEST_F(Jobs, AReplayTellsHowFarItIs) {
  const auto asked = later(Method::post, "/api/v1/rules/replay", api().admin(), kReplay);
  ASSERT_EQ(asked.status, 202) << asked.text;
  const auto direct = api().post("/api/v1/rules/replay", api().admin(), kReplay);
  ASSERT_EQ(direct.status, 200) << direct.text;
  const auto id = asked.json["id"].get<std::string>();
  const auto done = ended(*runner(), id);
  EXPECT_EQ(done["state"], "done") << done.dump();
  EXPECT_EQ(done["progress"], Json({{"done", 36'000}, {"total", 36'000}}));
  EXPECT_EQ(result(id).json, direct.json);
}

TEST_F(Jobs, AnImportIsDoneAsIfSomebodyWaited) {
  const auto name = Uuid::make().str();
  const Json document = {{"groups", {{{"name", name}, {"description", "made later"}}}}};
  const auto asked = later(Method::post, "/api/v1/config/import", api().admin(), document);
  ASSERT_EQ(asked.status, 202) << asked.text;
  const auto id = asked.json["id"].get<std::string>();
  const auto done = ended(*runner(), id);
  EXPECT_EQ(done["state"], "done") << done.dump();
  EXPECT_EQ(done["progress"], Json({{"done", 1}, {"total", 1}}));
  EXPECT_EQ(result(id).json["summary"]["create"], 1);
  EXPECT_EQ(api().get("/api/v1/groups?q=" + name, api().admin()).json["items"].size(), 1u);
}

TEST_F(Jobs, AreOfWhoAskedForThem) {
  const auto asked = later(Method::post, "/api/v1/rules/replay", api().viewer(), kReplay);
  ASSERT_EQ(asked.status, 202) << asked.text;
  const auto theirs = asked.json["id"].get<std::string>();
  const auto ours = export_later();
  const auto place = "/api/v1/jobs/" + ours;
  for (const auto* end : {"", "/result"}) {
    EXPECT_EQ(api().get(place + end, api().viewer()).status, 404) << end;
  }
  EXPECT_EQ(api().post(place + "/cancel", api().viewer(), nullptr).status, 404);
  const auto seen = api().get("/api/v1/jobs", api().viewer()).json["items"];
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0]["id"], theirs);
  // Who may see all of them gets no result of another's rights.
  EXPECT_EQ(api().get("/api/v1/jobs", api().admin()).json["items"].size(), 2u);
  EXPECT_EQ(ended(*runner(), theirs)["state"], "done");
  EXPECT_EQ(result(theirs).status, 404);
  EXPECT_EQ(api().get("/api/v1/jobs/" + theirs + "/result", api().viewer()).status, 200);
}

TEST_F(Jobs, AreFilteredByKindAndState) {
  const auto id = export_later();
  ended(*runner(), id);
  export_later();
  const auto number = [&](const std::string& filter) {
    return api().get("/api/v1/jobs?" + filter, api().admin()).json["items"].size();
  };
  EXPECT_EQ(number("state=done"), 1u);
  EXPECT_EQ(number("state=queued&kind=audit_export"), 1u);
  EXPECT_EQ(number("kind=rule_replay"), 0u);
  EXPECT_EQ(number("q=audit_export"), 2u);
  EXPECT_EQ(api().get("/api/v1/jobs?state=lost", api().admin()).status, 400);
}

TEST_F(Jobs, MayWhatTheirAskerMayWhenTheyAreDone) {
  const auto made = api().post("/api/v1/tokens", api().admin(),
                               {{"name", "to be revoked"}, {"scopes", {"read"}}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto asked = later(Method::post, "/api/v1/rules/replay", made.json["token"], kReplay);
  ASSERT_EQ(asked.status, 202) << asked.text;
  ASSERT_EQ(api()
                .ask(Method::delete_, "/api/v1/tokens/" + made.json["id"].get<std::string>(),
                     api().admin())
                .status,
            204);
  const auto ended_one = ended(*runner(), asked.json["id"]);
  EXPECT_EQ(ended_one["state"], "failed");
  EXPECT_EQ(ended_one["problem"]["detail"], "the token is not valid") << ended_one.dump();
}

// S-05: nothing is done for a session that has ended since, or that a changed password has ended.
TEST_F(Jobs, EndWithTheSessionThatAskedForThem) {
  const auto email = Uuid::make().str() + "@example.org";
  const auto made = api().post("/api/v1/users", api().admin(),
                               {{"email", email}, {"password", kAdminPassword}, {"role", "admin"}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto end_of = [&](const std::string& how) {
    const auto asked = later(Method::get, kExport, api().login(email, kAdminPassword));
    EXPECT_EQ(asked.status, 202) << asked.text;
    say(how);
    EXPECT_TRUE(api().grants->refresh());
    const auto id = asked.json.value("id", "");
    return ended(*runner(), id);
  };
  EXPECT_EQ(end_of("SELECT")["state"], "done");
  const auto user = "'" + made.json["id"].get<std::string>() + "'";
  const auto revoked = end_of(
      "UPDATE refresh_tokens SET revoked_at = now() - interval '2 hours' WHERE user_id = " + user);
  EXPECT_EQ(revoked["state"], "failed");
  EXPECT_EQ(revoked["problem"]["detail"], "the session has ended");
  EXPECT_EQ(
      end_of("UPDATE users SET token_version = token_version + 1 WHERE id = " + user)["state"],
      "failed");
  // Other tests count the administrators.
  const auto gone = api().ask(Method::delete_,
                              "/api/v1/users/" + made.json["id"].get<std::string>(), api().admin());
  EXPECT_EQ(gone.status, 204) << gone.text;
}

TEST_F(Jobs, OneWhoseRunnerDiedIsDoneByAnother) {
  const auto id = export_later();
  const auto dead = Uuid::make();
  ASSERT_TRUE(taken_by(dead));
  auto living = runner();
  living->look();
  EXPECT_EQ(job(id)["state"], "running") << "it is another's as long as the lease holds";
  EXPECT_EQ(job(id)["finished_at"], nullptr);
  end_leases();
  EXPECT_EQ(ended(*living, id)["state"], "done");
  const auto before = result(id).text;
  // The dead one comes back, and its answer comes too late.
  const auto late = api().database->transact([&](pqxx::work& tx) {
    return store::finish_job(tx, *Uuid::parse(id), dead, "done",
                             store::JobAnswer{{}, {200, "text/plain", "{}", "late"}}, "");
  });
  ASSERT_TRUE(late);
  EXPECT_FALSE(*late);
  EXPECT_EQ(result(id).text, before);
}

TEST_F(Jobs, OneThatEndsWhoeverWorksOnItIsGivenUp) {
  const auto id = export_later();
  for (int i = 0; i < store::kMostAttempts; ++i) {
    ASSERT_TRUE(taken_by(Uuid::make())) << i;
    end_leases();
  }
  const auto failed = ended(*runner(), id);
  EXPECT_EQ(failed["state"], "failed");
  EXPECT_EQ(failed["problem"]["detail"], "it was begun 4 times and came to no end: ask again");
}

TEST_F(Jobs, OneThatIsCancelledIsNotBegunAgain) {
  const auto id = export_later();
  ASSERT_TRUE(taken_by(Uuid::make()));
  EXPECT_EQ(api().post("/api/v1/jobs/" + id + "/cancel", api().admin(), nullptr).status, 200);
  end_leases();
  const auto one = ended(*runner(), id);
  EXPECT_EQ(one["state"], "cancelled");
  EXPECT_EQ(one["problem"], nullptr);
}

TEST_F(Jobs, OneIsCancelledBeforeItBegins) {
  const auto id = export_later();
  const auto cancelled = api().post("/api/v1/jobs/" + id + "/cancel", api().admin(), nullptr);
  EXPECT_EQ(cancelled.status, 200) << cancelled.text;
  EXPECT_EQ(cancelled.json["state"], "cancelled");
  runner()->look();
  EXPECT_EQ(state(id), "cancelled");
  EXPECT_EQ(api().post("/api/v1/jobs/" + id + "/cancel", api().admin(), nullptr).status, 409);
}

TEST_F(Jobs, HaveLimits) {
  const auto viewer = api().viewer();
  for (int i = 0; i < store::kMostJobsOfOne; ++i) {
    ASSERT_EQ(later(Method::post, "/api/v1/rules/replay", viewer, kReplay).status, 202) << i;
  }
  const auto refused = later(Method::post, "/api/v1/rules/replay", viewer, kReplay);
  EXPECT_EQ(refused.status, 429) << refused.text;
  EXPECT_EQ(refused.header("retry-after"), "10");
  export_later();
}

TEST_F(Jobs, WithAnIdempotencyKeyOneIsMadeOnce) {
  const HeaderList key = {{"Idempotency-Key", Uuid::make().str()}};
  const auto first = later(Method::post, "/api/v1/rules/replay", api().admin(), kReplay, key);
  const auto again = later(Method::post, "/api/v1/rules/replay", api().admin(), kReplay, key);
  EXPECT_EQ(first.status, 202) << first.text;
  EXPECT_EQ(again.json["id"], first.json["id"]);
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
}

TEST_F(Jobs, WhatIsAskedIsSealed) {
  Json asked = kReplay;
  asked["rule"]["name"] = "a word that nobody should find";
  ASSERT_EQ(later(Method::post, "/api/v1/rules/replay", api().admin(), asked).status, 202);
  const auto found = api().database->transact(
      [](pqxx::work& tx) { return tx.exec1("SELECT request FROM jobs")[0].as<std::string>(); });
  ASSERT_TRUE(found);
  EXPECT_TRUE(auth::Vault::is_envelope(*found));
}

// S-16: it goes along when the key is changed, and when it is done nobody needs it any more.
TEST_F(Jobs, WhatIsAskedIsSealedAnewWithANewKeyAndForgottenInTheEnd) {
  const auto id = export_later();
  const auto request = [&] {
    const auto found = api().database->transact([&](pqxx::work& tx) {
      return tx.exec_params1("SELECT request FROM jobs WHERE id = $1", id)[0].as<std::string>();
    });
    return found.value_or("");
  };
  const auto old_key = api().config.encryption_keys.front();
  const std::string new_key(32, 'j');
  const auto opens = [&](const std::string& key) {
    return opened_request(auth::Vault(key), *Uuid::parse(id), request()).has_value();
  };
  const auto turned =
      rotate_secrets(*api().database, auth::Vault(std::vector{new_key, old_key}), false);
  EXPECT_TRUE(turned && opens(new_key) && !opens(old_key));
  EXPECT_TRUE(rotate_secrets(*api().database, auth::Vault(std::vector{old_key, new_key}), false));
  EXPECT_EQ(ended(*runner(), id)["state"], "done");
  EXPECT_EQ(request(), "");
}

// Long ones hold up no query that somebody waits for, and wait for none.
TEST_F(Jobs, AReplayTakesNoThreadOfTheQueries) {
  std::promise<void> free;
  const auto until = free.get_future().share();
  const auto wait = [until](auto&, auto&) { until.wait(); };
  const promql::Limits limits{.time = std::chrono::minutes(1)};
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(api().queries->run(limits, nullptr, wait));
  const auto asked = later(Method::post, "/api/v1/rules/replay", api().admin(), kReplay);
  ASSERT_EQ(asked.status, 202) << asked.text;
  EXPECT_EQ(ended(*runner(), asked.json["id"])["state"], "done");
  free.set_value();
}

TEST_F(Jobs, ARunnerLooksByItself) {
  const auto id = export_later();
  const auto one = runner();
  one->start();
  EXPECT_TRUE(testkit::eventually(20s, [&] { return state(id) == "done"; }));
}

// Who may less than when it was made might be told of what he may not see any more.
TEST_F(Jobs, AResultIsForWhoMayWhatHeMightThen) {
  const auto email = Uuid::make().str() + "@example.org";
  const auto made =
      api().post("/api/v1/users", api().admin(),
                 {{"email", email}, {"password", kAdminPassword}, {"role", "operator"}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto asked =
      later(Method::post, "/api/v1/rules/replay", api().login(email, kAdminPassword), kReplay);
  const auto id = asked.json.value("id", "");
  EXPECT_EQ(ended(*runner(), id)["state"], "done");
  const auto fetched = [&] {
    return api().get("/api/v1/jobs/" + id + "/result", api().login(email, kAdminPassword)).status;
  };
  EXPECT_EQ(fetched(), 200);
  const auto less = api().ask(Method::patch, "/api/v1/users/" + made.json["id"].get<std::string>(),
                              api().admin(), {{"role", "viewer"}});
  ASSERT_EQ(less.status, 200) << less.text;
  EXPECT_EQ(fetched(), 403);
}

TEST_F(Jobs, ReportsAreAmongThem) {
  const auto report =
      api().post("/api/v1/reports", api().admin(),
                 {{"from", "2026-01-01T00:00:00Z"}, {"to", "2026-01-02T00:00:00Z"}});
  ASSERT_EQ(report.status, 202) << report.text;
  const auto id = report.json["id"].get<std::string>();
  const auto shown = job(id);
  EXPECT_EQ(shown["kind"], "report");
  EXPECT_EQ(shown["state"], "queued");
  EXPECT_EQ(shown["operation"], "POST /api/v1/reports");
  EXPECT_EQ(shown["actor_kind"], "user");
  EXPECT_EQ(api().get("/api/v1/jobs?kind=report", api().viewer()).json["items"][0]["id"], id);
  EXPECT_EQ(api().post("/api/v1/jobs/" + id + "/cancel", api().admin(), nullptr).status, 409);
  EXPECT_EQ(result(id).status, 404);
  say("INSERT INTO report_runs (id, kind, format, state, from_time, to_time, progress, total) "
      "SELECT id, kind, format, 'done', from_time, to_time, 7, 7 FROM report_requests WHERE id = "
      "'" +
      id + "'");
  const auto done = job(id);
  EXPECT_EQ(done["state"], "done");
  EXPECT_EQ(done["progress"], Json({{"done", 7}, {"total", 7}}));
  EXPECT_EQ(done["result_url"], "/api/v1/reports/" + id + "/download");
}

TEST_F(Jobs, EndedOnesAreForgottenAfterADay) {
  const auto id = export_later();
  ended(*runner(), id);
  const auto forget = [&] {
    EXPECT_TRUE(api().database->transact([](pqxx::work& tx) { store::drop_old_jobs(tx); }));
    return api().get("/api/v1/jobs/" + id, api().admin()).status == 404;
  };
  EXPECT_FALSE(forget());
  say("UPDATE jobs SET finished_at = now() - interval '25 hours'");
  EXPECT_TRUE(forget());
}

// However many are made: S-08.
TEST_F(Jobs, OfEachWhoAskedTheLastEndedOnesAreKept) {
  const auto first = export_later();
  ended(*runner(), first);
  say("INSERT INTO jobs (id, kind, state, actor_kind, actor_id, operation, request, finished_at) "
      "SELECT gen_random_uuid(), kind, state, actor_kind, actor_id, operation, '', now() "
      "FROM jobs, generate_series(1, 60)");
  const auto ours = [&] {
    return api()
        .get("/api/v1/jobs?limit=100&kind=audit_export", api().admin())
        .json["items"]
        .size();
  };
  const auto last = export_later();
  EXPECT_EQ(ours(), 62u);
  ended(*runner(), last);
  EXPECT_EQ(ours(), static_cast<std::size_t>(store::kKeepJobsOfOne));
  EXPECT_EQ(state(last), "done");
  EXPECT_EQ(state(first), "") << "the oldest";
  say("INSERT INTO job_answers (job_id, content_type, headers, body) SELECT id, 'text/plain', "
      "'{}', convert_to(repeat('x', 64 << 20), 'UTF8') FROM (SELECT id FROM jobs WHERE id <> '" +
      last + "' LIMIT 6) AS j");
  const auto cancelled = export_later();
  EXPECT_EQ(api().post("/api/v1/jobs/" + cancelled + "/cancel", api().admin(), nullptr).status,
            200);
  EXPECT_LT(ours(), static_cast<std::size_t>(store::kKeepJobsOfOne)) << "256 MiB of answers";
  EXPECT_EQ(state(cancelled), "cancelled");
}

}  // namespace
}  // namespace monitron::api
