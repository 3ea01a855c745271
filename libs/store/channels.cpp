#include "store/channels.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text = "id, user_id, name, kind, target, secret, enabled, version, " +
                                  ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

Channel read(const pqxx::row& row) {
  Channel channel;
  channel.id = uuid_of(row["id"]);
  channel.user_id = uuid_of(row["user_id"]);
  channel.name = row["name"].c_str();
  channel.kind = row["kind"].c_str();
  channel.target = row["target"].c_str();
  channel.secret = row["secret"].c_str();
  channel.enabled = row["enabled"].as<bool>();
  channel.version = row["version"].as<int>();
  channel.created_at = instant_of(row["created_at"]);
  channel.updated_at = instant_of(row["updated_at"]);
  return channel;
}

std::optional<Channel> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

// A channel that is switched off takes its thresholds with it.
void tell(pqxx::work& tx) { tx.exec("NOTIFY rules_changed"); }

}  // namespace

std::string channel_secret_context(const Uuid& channel) { return "channel:" + channel.str(); }

std::optional<Channel> find_channel(pqxx::work& tx, const Uuid& id) {
  return first(tx.exec_params("SELECT " + columns() + " FROM channels WHERE id = $1", id.str()));
}

const Listing& channel_listing() {
  static const Listing listing{.keys = {{"name", "lower(name)"},
                                        {"kind", "kind"},
                                        {"created_at", "channels.created_at", SortKey::Type::time},
                                        {"updated_at", "channels.updated_at", SortKey::Type::time}},
                               .searched = {"name", "target"}};
  return listing;
}

Page<Channel> list_channels(pqxx::work& tx, const PageQuery& query,
                            const std::optional<Uuid>& user) {
  const auto list = list_sql(tx, query, channel_listing());
  const auto rows =
      tx.exec_params("SELECT " + columns() + list.value + "FROM channels WHERE " + list.where +
                         " AND ($1::uuid IS NULL OR user_id = $1)" + list.order,
                     text_or_null(user));
  return read_page<Channel>(rows, read, query.limit);
}

int count_channels(pqxx::work& tx, const Uuid& user) {
  return tx.exec_params1("SELECT count(*) FROM channels WHERE user_id = $1", user.str())[0]
      .as<int>();
}

Channel insert_channel(pqxx::work& tx, const Channel& channel) {
  return read(
      tx.exec_params1("INSERT INTO channels (id, user_id, name, kind, target, secret, enabled) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING " +
                          columns(),
                      channel.id.str(), channel.user_id.str(), channel.name, channel.kind,
                      channel.target, channel.secret, channel.enabled));
}

std::optional<Channel> update_channel(pqxx::work& tx, const Channel& channel) {
  tell(tx);
  return first(tx.exec_params(
      "UPDATE channels SET name = $3, kind = $4, target = $5, secret = $6, enabled = $7, "
      "version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 RETURNING " +
          columns(),
      channel.id.str(), channel.version, channel.name, channel.kind, channel.target, channel.secret,
      channel.enabled));
}

bool delete_channel(pqxx::work& tx, const Uuid& id) {
  tell(tx);
  return tx.exec_params("DELETE FROM channels WHERE id = $1", id.str()).affected_rows() == 1;
}

int tests_lately(pqxx::work& tx, const Uuid& channel) {
  return tx
      .exec_params1(
          "SELECT count(*) FROM channel_tests WHERE channel_id = $1 "
          "AND at > now() - interval '10 min'",
          channel.str())[0]
      .as<int>();
}

Uuid insert_channel_test(pqxx::work& tx, const Uuid& channel) {
  tx.exec0("DELETE FROM channel_tests WHERE at < now() - interval '1 day'");
  const auto id = Uuid::make();
  tx.exec_params0("INSERT INTO channel_tests (id, channel_id) VALUES ($1, $2)", id.str(),
                  channel.str());
  return id;
}

}  // namespace monitron::store
