#pragma once
// For tests of long work: asks for it, and does it by runners of the test's own.

#include "api/job_runner.hpp"
#include "store/audit.hpp"
#include "suite.hpp"
#include "testkit/eventually.hpp"

#include <pqxx/pqxx>

namespace monitron::api {

using http::Method;
using namespace std::chrono_literals;

inline const std::string kExport = "/api/v1/audit/export?format=ndjson";
inline const Json kReplay = {{"rule",
                              {{"name", "always"},
                               {"kind", "promql"},
                               {"expr", "vector(1) > 0"},
                               {"interval_seconds", 60},
                               {"severity", "warning"}}},
                             {"from", "2026-01-01T00:00:00Z"},
                             {"to", "2026-01-01T10:00:00Z"}};

class Jobs : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (IsSkipped()) return;
    say("DELETE FROM jobs");
  }
  std::unique_ptr<JobRunner> runner() {
    return std::make_unique<JobRunner>(*api().context, *api().router, *api().access, api().metrics);
  }
  Answer later(Method method, const std::string& path, const std::string& token,
               const Json& body = nullptr, HeaderList more = {}) {
    more.emplace_back("Prefer", "respond-async");
    return api().ask(method, path, token, body, more);
  }
  std::string export_later() {
    const auto answer = later(Method::get, kExport, api().admin());
    EXPECT_EQ(answer.status, 202) << answer.text;
    return answer.json.value("id", "");
  }
  Json job(const std::string& id) { return api().get("/api/v1/jobs/" + id, api().admin()).json; }
  std::string state(const std::string& id) { return job(id).value("state", ""); }
  Answer result(const std::string& id) {
    return api().get("/api/v1/jobs/" + id + "/result", api().admin());
  }
  // Looks as often as it takes.
  Json ended(JobRunner& runner, const std::string& id) {
    Json found;
    EXPECT_TRUE(testkit::eventually(20s, [&] {
      runner.look();
      found = job(id);
      return !found["finished_at"].is_null();
    })) << found.dump();
    return found;
  }
  void say(const std::string& sql) {
    const auto said = api().database->transact([&](pqxx::work& tx) { tx.exec(sql); });
    ASSERT_TRUE(said) << said.error().text;
  }
  // As a replica does that dies at once.
  std::optional<store::JobToDo> taken_by(const Uuid& runner) {
    auto taken =
        api().database->transact([&](pqxx::work& tx) { return store::take_job(tx, runner); });
    EXPECT_TRUE(taken);
    return taken ? std::move(*taken) : std::nullopt;
  }
  void end_leases() { say("UPDATE jobs SET lease_until = now() - interval '1 second'"); }
};

}  // namespace monitron::api
