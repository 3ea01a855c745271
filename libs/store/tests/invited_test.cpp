#include "fixture.hpp"
#include "store/invitations.hpp"

namespace monitron::store {
namespace {

using namespace std::chrono_literals;
using Invited = StoreTest;

TEST_F(Invited, InvitationsAreDeletedAWeekAfterTheirEnd) {
  if (IsSkipped()) return;
  EXPECT_TRUE(in_transaction([&](pqxx::work& tx) {
    put_invitation(tx, {.id = Uuid::make(),
                        .email = "new@example.org",
                        .role = "viewer",
                        .hash = "invitation",
                        .expires_at = system_clock().now() + 1h});
  }));
  const auto left = [&](const std::string& ended) {
    run("UPDATE invitations SET expires_at = now() - interval '" + ended + "'");
    const auto rows = in_transaction([&](pqxx::work& tx) {
      drop_expired_invitations(tx);
      return tx.exec1("SELECT count(*) FROM invitations")[0].as<int>();
    });
    return rows ? *rows : -1;
  };
  EXPECT_EQ(left("6 days"), 1);
  EXPECT_EQ(left("8 days"), 0);
}

}  // namespace
}  // namespace monitron::store
