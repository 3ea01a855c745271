#include "store/channels.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

constexpr const char* kMembers =
    "s.id, s.user_id, s.channel_id, s.rule_id, s.selector, s.min_severity, s.threshold, "
    "s.send_resolved, s.digest_above, s.remind_seconds, s.drills";

const std::string& columns() {
  static const std::string text = std::string(kMembers) + ", s.enabled, s.version, " +
                                  ms_of("s.created_at", "created_at") + ", " +
                                  ms_of("s.updated_at", "updated_at");
  return text;
}

void read_members(const pqxx::row& row, domain::Subscription& one) {
  one.id = uuid_of(row["id"]);
  one.user_id = uuid_of(row["user_id"]);
  one.channel_id = uuid_of(row["channel_id"]);
  one.rule_id = optional_uuid_of(row["rule_id"]);
  one.selector = labels_of(row["selector"]);
  one.min_severity = row["min_severity"].c_str();
  if (!row["threshold"].is_null()) one.threshold = row["threshold"].as<double>();
  one.send_resolved = row["send_resolved"].as<bool>();
  one.digest_above = row["digest_above"].as<int>();
  one.remind = std::chrono::seconds(row["remind_seconds"].as<int>());
  one.drills = row["drills"].as<bool>();
}

Subscription read(const pqxx::row& row) {
  Subscription one;
  read_members(row, one);
  one.enabled = row["enabled"].as<bool>();
  one.version = row["version"].as<int>();
  one.created_at = instant_of(row["created_at"]);
  one.updated_at = instant_of(row["updated_at"]);
  return one;
}

std::optional<Subscription> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

int remind_seconds(const Subscription& one) { return static_cast<int>(one.remind.count()); }

void tell(pqxx::work& tx) { tx.exec("NOTIFY rules_changed"); }

}  // namespace

std::optional<Subscription> find_subscription(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM subscriptions s WHERE s.id = $1", id.str()));
}

const Listing& subscription_listing() {
  static const Listing listing{
      .keys = {{"severity", "array_position(ARRAY['info', 'warning', 'critical'], s.min_severity)",
                SortKey::Type::whole},
               {"created_at", "s.created_at", SortKey::Type::time},
               {"updated_at", "s.updated_at", SortKey::Type::time}},
      .searched = {},
      .id = "s.id"};
  return listing;
}

Page<Subscription> list_subscriptions(pqxx::work& tx, const PageQuery& query,
                                      const std::optional<Uuid>& user) {
  const auto list = list_sql(tx, query, subscription_listing());
  const auto rows =
      tx.exec_params("SELECT " + columns() + list.value + "FROM subscriptions s WHERE " +
                         list.where + " AND ($1::uuid IS NULL OR s.user_id = $1)" + list.order,
                     text_or_null(user));
  return read_page<Subscription>(rows, read, query.limit);
}

int count_subscriptions(pqxx::work& tx, const Uuid& user) {
  return tx.exec_params1("SELECT count(*) FROM subscriptions WHERE user_id = $1", user.str())[0]
      .as<int>();
}

bool has_other_threshold(pqxx::work& tx, const Subscription& one) {
  return !tx.exec_params(
                "SELECT FROM subscriptions WHERE user_id = $1 AND rule_id = $2 AND id <> $3 "
                "AND threshold <> $4",
                one.user_id.str(), text_or_null(one.rule_id), one.id.str(), one.threshold)
              .empty();
}

Subscription insert_subscription(pqxx::work& tx, const Subscription& one) {
  tell(tx);
  return read(tx.exec_params1(
      "INSERT INTO subscriptions AS s (id, user_id, channel_id, rule_id, selector, min_severity, "
      "threshold, send_resolved, digest_above, remind_seconds, enabled, drills) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING " +
          columns(),
      one.id.str(), one.user_id.str(), one.channel_id.str(), text_or_null(one.rule_id),
      json_of(one.selector), one.min_severity, one.threshold, one.send_resolved, one.digest_above,
      remind_seconds(one), one.enabled, one.drills));
}

std::optional<Subscription> update_subscription(pqxx::work& tx, const Subscription& one) {
  tell(tx);
  return first(
      tx.exec_params("UPDATE subscriptions s SET channel_id = $3, rule_id = $4, selector = $5, "
                     "min_severity = $6, threshold = $7, send_resolved = $8, digest_above = $9, "
                     "remind_seconds = $10, enabled = $11, drills = $12, version = version + 1, "
                     "updated_at = now() "
                     "WHERE id = $1 AND version = $2 RETURNING " +
                         columns(),
                     one.id.str(), one.version, one.channel_id.str(), text_or_null(one.rule_id),
                     json_of(one.selector), one.min_severity, one.threshold, one.send_resolved,
                     one.digest_above, remind_seconds(one), one.enabled, one.drills));
}

bool delete_subscription(pqxx::work& tx, const Uuid& id) {
  tell(tx);
  return tx.exec_params("DELETE FROM subscriptions WHERE id = $1", id.str()).affected_rows() == 1;
}

std::vector<domain::Subscription> active_subscriptions(pqxx::work& tx) {
  const auto rows = tx.exec(std::string("SELECT ") + kMembers +
                            " FROM subscriptions s JOIN channels c ON c.id = s.channel_id "
                            "JOIN users u ON u.id = s.user_id JOIN roles r ON r.name = u.role "
                            "WHERE s.enabled AND c.enabled AND CASE WHEN r.built_in "
                            "THEN r.name <> 'member' ELSE r.permissions @> '\"alerts:read\"' END "
                            "ORDER BY s.id");
  return read_all<domain::Subscription>(rows, [](const pqxx::row& row) {
    domain::Subscription one;
    read_members(row, one);
    return one;
  });
}

}  // namespace monitron::store
