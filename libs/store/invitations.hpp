#pragma once
// People that an administrator asked in. Written by api.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Invitation {
  Uuid id{};
  std::string email{};
  std::string role{};
  std::string hash{};  // of the letter's token
  std::optional<Uuid> invited_by{};
  Instant created_at{};
  Instant expires_at{};
};

// In the place of an earlier one of the same address, which keeps its id.
Invitation put_invitation(pqxx::work& tx, const Invitation& invitation);
std::optional<Invitation> find_invitation(pqxx::work& tx, const Uuid& id);
// Nobody else finds or makes one to this address before the transaction ends.
std::optional<Invitation> find_invitation_to(pqxx::work& tx, const std::string& email);
const Listing& invitation_listing();
Page<Invitation> list_invitations(pqxx::work& tx, const PageQuery& query);
std::optional<Invitation> delete_invitation(pqxx::work& tx, const Uuid& id);
// Only if it has not expired; the second one removes it, too.
std::optional<Invitation> find_invitation(pqxx::work& tx, const std::string& hash);
std::optional<Invitation> take_invitation(pqxx::work& tx, const std::string& hash);
// A week after their end: until then an administrator sees why a link is refused.
void drop_expired_invitations(pqxx::work& tx);

}  // namespace monitron::store
