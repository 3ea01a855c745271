#include "store/invitations.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text =
      "id, email, role, invited_by, " + ms_of("created_at") + ", " + ms_of("expires_at");
  return text;
}

Invitation read(const pqxx::row& row) {
  Invitation one;
  one.id = uuid_of(row["id"]);
  one.email = row["email"].c_str();
  one.role = row["role"].c_str();
  if (!row["invited_by"].is_null()) one.invited_by = uuid_of(row["invited_by"]);
  one.created_at = instant_of(row["created_at"]);
  one.expires_at = instant_of(row["expires_at"]);
  return one;
}

std::optional<Invitation> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

constexpr const char* kGood = " FROM invitations WHERE hash = $1 AND expires_at > now()";

}  // namespace

Invitation put_invitation(pqxx::work& tx, const Invitation& invitation) {
  return read(tx.exec_params1(
      "INSERT INTO invitations (id, email, role, hash, invited_by, expires_at) "
      "VALUES ($1, $2, $3, $4, $5, " +
          from_ms_sql(6) +
          ") ON CONFLICT (lower(email)) DO UPDATE SET email = excluded.email, role = "
          "excluded.role, hash = excluded.hash, invited_by = excluded.invited_by, created_at = "
          "now(), expires_at = excluded.expires_at RETURNING " +
          columns(),
      invitation.id.str(), invitation.email, invitation.role, invitation.hash,
      text_or_null(invitation.invited_by), to_ms(invitation.expires_at)));
}

std::optional<Invitation> find_invitation(pqxx::work& tx, const Uuid& id) {
  return first(tx.exec_params("SELECT " + columns() + " FROM invitations WHERE id = $1 FOR UPDATE",
                              id.str()));
}

std::optional<Invitation> find_invitation_to(pqxx::work& tx, const std::string& email) {
  tx.exec_params("SELECT pg_advisory_xact_lock(hashtext('invitation'), hashtext(lower($1)))",
                 email);
  return first(tx.exec_params(
      "SELECT " + columns() + " FROM invitations WHERE lower(email) = lower($1) FOR UPDATE",
      email));
}

const Listing& invitation_listing() {
  static const Listing listing{
      .keys = {{"email", "lower(email)"},
               {"role", "role"},
               {"created_at", "invitations.created_at", SortKey::Type::time},
               {"expires_at", "invitations.expires_at", SortKey::Type::time}},
      .searched = {"email"}};
  return listing;
}

Page<Invitation> list_invitations(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, invitation_listing());
  return read_page<Invitation>(tx.exec("SELECT " + columns() + list.value +
                                       "FROM invitations WHERE " + list.where + list.order),
                               read, query.limit);
}

std::optional<Invitation> delete_invitation(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("DELETE FROM invitations WHERE id = $1 RETURNING " + columns(), id.str()));
}

std::optional<Invitation> find_invitation(pqxx::work& tx, const std::string& hash) {
  return first(tx.exec_params("SELECT " + columns() + kGood, hash));
}

std::optional<Invitation> take_invitation(pqxx::work& tx, const std::string& hash) {
  return first(tx.exec_params(std::string("DELETE") + kGood + " RETURNING " + columns(), hash));
}

void drop_expired_invitations(pqxx::work& tx) {
  tx.exec0("DELETE FROM invitations WHERE expires_at < now() - interval '7 days'");
}

}  // namespace monitron::store
