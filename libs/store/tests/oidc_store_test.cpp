#include "fixture.hpp"
#include "store/oidc.hpp"

namespace monitron::store {
namespace {

using namespace std::chrono_literals;

class OidcStore : public StoreTest {
 protected:
  Uuid make_user(const std::string& name) {
    const auto id = Uuid::make();
    run("INSERT INTO users (id, email, name, password_hash, role) VALUES ('" + id.str() + "', '" +
        name + "@example.org', 'a', '$2b$x', 'viewer')");
    return id;
  }
  template <class Do>
  auto done(Do work) {
    const auto result = in_transaction(work);
    EXPECT_TRUE(result);
    return *result;
  }
};

// One person there is one account here, at each provider.
TEST_F(OidcStore, LinksOneToOne) {
  if (IsSkipped()) return;
  const auto ada = make_user("ada"), bob = make_user("bob");
  const auto link = [&](const std::string& issuer, const std::string& subject, const Uuid& user) {
    return done([&](pqxx::work& tx) { return link_oidc_identity(tx, issuer, subject, user); });
  };
  const auto found = [&](const std::string& issuer, const std::string& subject) {
    return done([&](pqxx::work& tx) { return use_oidc_identity(tx, issuer, subject); });
  };
  EXPECT_EQ(found("https://a", "1"), std::nullopt);
  EXPECT_TRUE(link("https://a", "1", ada));
  EXPECT_FALSE(link("https://a", "1", bob));
  EXPECT_FALSE(link("https://a", "2", ada));
  EXPECT_TRUE(link("https://b", "1", bob));
  EXPECT_EQ(found("https://a", "1"), ada);
  EXPECT_EQ(found("https://b", "1"), bob);
  EXPECT_EQ(found("https://a", "2"), std::nullopt);
}

TEST_F(OidcStore, AStepIsDoneOnce) {
  if (IsSkipped()) return;
  const auto claim = [&](const std::string& hash, std::chrono::seconds left) {
    return done([&](pqxx::work& tx) {
      drop_expired_oidc_steps(tx);
      return claim_oidc_step(tx, hash, system_clock().now() + left);
    });
  };
  EXPECT_TRUE(claim("a", 60s));
  EXPECT_FALSE(claim("a", 60s));
  EXPECT_TRUE(claim("b", -60s));
  EXPECT_TRUE(claim("b", 60s));  // long over, and forgotten
}

}  // namespace
}  // namespace monitron::store
