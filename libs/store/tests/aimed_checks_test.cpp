// Checks by the host that their target names, as PostgreSQL reads it. C-027.

#include "store/aimed_checks.hpp"

#include "fixture.hpp"
#include "store/checks.hpp"

namespace monitron::store {
namespace {

class AimedChecks : public StoreTest {
 protected:
  Uuid insert(const std::string& target, bool enabled = true) {
    Check check;
    check.id = Uuid::make();
    check.name = "at " + target;
    check.kind = "tcp";
    check.target = target;
    check.enabled = enabled;
    EXPECT_TRUE(in_transaction([&](pqxx::work& tx) { insert_check(tx, check); }));
    return check.id;
  }
  std::vector<std::string> at(const std::vector<std::string>& hosts, const Scope& scope = {}) {
    std::vector<std::string> targets;
    const auto found = in_transaction(
        [&](pqxx::work& tx) { return aimed_checks(tx, {.hosts = hosts, .scope = scope}); });
    EXPECT_TRUE(found) << found.error().text;
    for (const auto& one : *found) targets.push_back(one.target);
    return targets;
  }
};

using Targets = std::vector<std::string>;

TEST_F(AimedChecks, AreFoundByTheHostOfTheirTarget) {
  for (const auto* target :
       {"db-1:5432", "DB-1", "https://who:secret@Db-1:8443/x@y?z#a", "http://db-1?q=/", "db-10:1",
        "[2001:DB8::1]:443", "http://[2001:db8::1]/", "2001:db8::1", "2001:db8::12", "10.0.0.1:80",
        "10.0.0.1", "", "x/db-1"}) {
    insert(target);
  }
  insert("db-1:1", false);
  EXPECT_EQ(at({"db-1"}), (Targets{"DB-1", "db-1:5432", "http://db-1?q=/",
                                   "https://who:secret@Db-1:8443/x@y?z#a"}));
  EXPECT_EQ(at({"2001:db8::1"}),
            (Targets{"2001:db8::1", "[2001:DB8::1]:443", "http://[2001:db8::1]/"}));
  EXPECT_EQ(at({"10.0.0.1", "nobody"}), (Targets{"10.0.0.1", "10.0.0.1:80"}));
  EXPECT_EQ(at({}), Targets());
  EXPECT_EQ(at({"db-1"}, std::vector<Labels>{{{"env", "prod"}}}), Targets())
      << "of no instance, and so of no scope";
}

}  // namespace
}  // namespace monitron::store
