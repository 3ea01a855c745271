// What lists and single things cost where there is much: no request reads the whole of a large
// table. PostgreSQL counts its sequential scans itself; so what is told of is what was done, in
// triggers and nested queries too.

#include "api/openapi.hpp"
#include "many_rows.hpp"
#include "store/aimed_checks.hpp"

#include <barrier>
#include <pqxx/pqxx>
#include <thread>

namespace monitron::api {
namespace {

constexpr int kRows = 40'000;
constexpr int kLarge = 1'000;
constexpr int kConnections = 4;  // of the pool

Suite& many_rows() {
  static Suite* const one = [] {
    auto* made = new Suite;  // lives as long as the program
    fill_lists(*made, kRows);
    return made;
  }();
  return *one;
}

class ListPlans : public ApiTest {
 protected:
  using Scans = std::map<std::string, std::int64_t>;

  // Connections keep what they counted for a second or more, unless they are told.
  static Scans scans() {
    std::barrier all(kConnections);
    std::vector<std::thread> threads;
    for (int i = 0; i < kConnections; ++i) {
      threads.emplace_back([&] {
        EXPECT_TRUE(many_rows().database->transact([&](pqxx::work& tx) {
          tx.exec("SELECT pg_stat_force_next_flush()");
          all.arrive_and_wait();
        }));
      });
    }
    for (auto& thread : threads) thread.join();
    return many_rows()
        .database
        ->transact([](pqxx::work& tx) {
          Scans counted;
          for (const auto& row :
               tx.exec("SELECT s.relname, s.seq_scan FROM pg_stat_user_tables s JOIN pg_class c ON "
                       "c.oid = s.relid WHERE c.reltuples >= " +
                       std::to_string(kLarge))) {
            counted[row[0].as<std::string>()] = row[1].as<std::int64_t>();
          }
          return counted;
        })
        .value();
  }

  // The answer to what must not read a whole table.
  static Answer reads_by_index(const std::string& path) {
    const auto token = many_rows().admin();
    const auto before = scans();
    auto answer = many_rows().get(path, token);
    EXPECT_EQ(answer.status, 200) << path << answer.text;
    for (const auto& [table, count] : scans()) {
      EXPECT_EQ(count, before.at(table)) << "GET " << path << " reads all of " << table;
    }
    return answer;
  }
};

// Alerts that stand now, by what their rules say of them: rules are another table.
bool is_by_rule(const std::string& path, const std::string& way) {
  const bool by_age = way.find("active_since") != std::string::npos;
  return path == "/api/v1/alerts" && !by_age;
}

// Alertmanager has silences.
bool is_small(const std::string& path) { return path == "/api/v1/silences"; }

TEST_F(ListPlans, ReadByIndexByEveryKey) {
  EXPECT_GE(scans().size(), 7U);
  for (const auto& [path, keys] : sorts_of_lists()) {
    if (is_small(path)) continue;
    std::vector<std::string> ways = {"?limit=100"};
    for (const auto& key : keys) {
      ways.push_back("?limit=100&sort=" + key);
      ways.push_back("?limit=100&sort=-" + key);
    }
    for (const auto& way : ways) {
      if (is_by_rule(path, way)) continue;
      const auto first = reads_by_index(path + way);
      if (first.json["next_cursor"].is_null()) continue;
      reads_by_index(path + way + "&cursor=" + first.json["next_cursor"].get<std::string>());
    }
  }
}

TEST_F(ListPlans, FilterByIndex) {
  for (const auto* path :
       {"/api/v1/checks?q=t4711.example", "/api/v1/checks?q=t4711.ex&sort=-name",
        "/api/v1/checks?label=n=4711", "/api/v1/checks?label=site=11&sort=name",
        "/api/v1/checks?kind=tcp&sort=name", "/api/v1/checks?kind=tcp&status=unknown&sort=-name",
        "/api/v1/checks?enabled=true&sort=updated_at", "/api/v1/instances?q=rack%204711",
        "/api/v1/instances?label=n=4711", "/api/v1/instances?label=site=11&sort=-name",
        "/api/v1/instances?label=site!=11", "/api/v1/instances?kind=vm&sort=name",
        "/api/v1/incidents?label=n=4711", "/api/v1/incidents?q=incident%20000671",
        "/api/v1/incidents?state=open&sort=-severity", "/api/v1/incidents?severity=critical",
        "/api/v1/alerts?label=n=4711", "/api/v1/audit?object=4711",
        "/api/v1/audit?action=check.update"}) {
    EXPECT_GE(reads_by_index(path).json["items"].size(), 1U) << path;
  }
}

// As lists of connections find them.
TEST_F(ListPlans, ChecksAreFoundByTheirHosts) {
  const auto before = scans();
  const auto found = many_rows().database->transact([](pqxx::work& tx) {
    return store::aimed_checks(tx, {.hosts = {"t4711.example.org"}, .instances = {Uuid::make()}});
  });
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_EQ(found->size(), 1U);
  for (const auto& [table, count] : scans()) EXPECT_EQ(count, before.at(table)) << table;
}

TEST_F(ListPlans, OneIsReadByIndex) {
  const auto paths = Json::parse(openapi_text())["paths"];
  int seen = 0;
  for (const auto& [path, keys] : sorts_of_lists()) {
    if (is_small(path) || !paths.contains(path + "/{id}")) continue;
    if (!paths[path + "/{id}"].contains("get")) continue;
    const auto page = many_rows().get(path + "?limit=1", many_rows().admin());
    reads_by_index(path + "/" + page.json["items"][0]["id"].get<std::string>());
    ++seen;
  }
  EXPECT_GE(seen, 12);
}

}  // namespace
}  // namespace monitron::api
