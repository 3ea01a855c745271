#include "store/deliveries.hpp"

#include "store/old_rows.hpp"
#include "store/row.hpp"

#include <array>

namespace monitron::store {
namespace {

constexpr std::array<std::string_view, 4> kChannels = {"alertmanager", "alertmanager_receiver",
                                                       "email", "webhook"};
constexpr std::array<std::string_view, 5> kStates = {"accepted", "delivered", "sent", "failed",
                                                     "suppressed"};

template <class Enum, std::size_t Size>
Enum parsed(const std::array<std::string_view, Size>& names, std::string_view name) {
  std::size_t at = 0;
  while (at + 1 < Size && names.at(at) != name) ++at;
  return static_cast<Enum>(at);
}

}  // namespace

std::string_view to_string(DeliveryChannel channel) {
  return kChannels.at(static_cast<std::size_t>(channel));
}

std::string_view to_string(DeliveryState state) {
  return kStates.at(static_cast<std::size_t>(state));
}

Claim claim_delivery(pqxx::work& tx, const std::string& key, std::chrono::seconds lease) {
  const auto claimed = tx.exec_params(
      "INSERT INTO delivery_claims AS c (delivery_key, until) "
      "VALUES ($1, clock_timestamp() + $2 * interval '1 s') ON CONFLICT (delivery_key) DO UPDATE "
      "SET until = excluded.until WHERE c.until < clock_timestamp()",
      key, lease.count());
  if (claimed.affected_rows() == 0) return Claim::busy;
  // A statement of its own: it sees what the holder before committed.
  const auto rows = tx.exec_params("SELECT FROM deliveries WHERE delivery_key = $1", key);
  if (rows.empty()) return Claim::ours;
  free_delivery(tx, key);
  return Claim::done;
}

void renew_claims(pqxx::work& tx, const std::vector<std::string>& keys,
                  std::chrono::seconds lease) {
  for (const auto& key : keys) {
    tx.exec_params0(
        "UPDATE delivery_claims SET until = clock_timestamp() + $2 * interval '1 s' "
        "WHERE delivery_key = $1",
        key, lease.count());
  }
}

void free_delivery(pqxx::work& tx, const std::string& key) {
  tx.exec_params0("DELETE FROM delivery_claims WHERE delivery_key = $1", key);
}

bool note_delivery(pqxx::work& tx, const Delivery& delivery) {
  return note_deliveries(tx, {delivery}) == 1;
}

int note_deliveries(pqxx::work& tx, const std::vector<Delivery>& deliveries) {
  auto rows = nlohmann::json::array();
  for (const auto& one : deliveries) {
    nlohmann::json row = {{"key", one.key},
                          {"transition", one.transition},
                          {"channel", to_string(one.channel)},
                          {"target", one.target},
                          {"state", to_string(one.state)},
                          {"detail", one.detail},
                          {"ago", one.ago.count()}};
    if (one.incident_id) row["incident"] = one.incident_id->str();
    rows.push_back(std::move(row));
  }
  return static_cast<int>(
      tx.exec_params(
            "INSERT INTO deliveries (delivery_key, incident_id, transition, channel, target, "
            "state, detail, at) SELECT key, incident, transition, channel, target, state, detail, "
            "now() - ago * interval '1 ms' FROM jsonb_to_recordset($1::jsonb) AS n (key text, "
            "incident uuid, transition integer, channel text, target text, state text, "
            "detail text, ago bigint) ON CONFLICT DO NOTHING",
            rows.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
          .affected_rows());
}

std::vector<Delivery> deliveries_of(pqxx::work& tx, const Uuid& incident) {
  return std::move(deliveries_of(tx, std::vector<Uuid>{incident})[incident]);
}

std::map<Uuid, std::vector<Delivery>> deliveries_of(pqxx::work& tx,
                                                    const std::vector<Uuid>& incidents) {
  std::map<Uuid, std::vector<Delivery>> all;
  if (incidents.empty()) return all;
  const auto rows = tx.exec_params(
      "SELECT d.* FROM unnest($1::uuid[]) AS i (id) CROSS JOIN LATERAL (SELECT delivery_key, "
      "incident_id, transition, channel, target, state, detail, at, " +
          ms_of("at", "at_ms") +
          " FROM deliveries WHERE incident_id = i.id ORDER BY at, delivery_key LIMIT 1000) d "
          "ORDER BY d.at, d.delivery_key",
      array_of(incidents));
  for (const auto& row : rows) {
    const auto incident = uuid_of(row["incident_id"]);
    all[incident].push_back({.key = row["delivery_key"].c_str(),
                             .incident_id = incident,
                             .transition = row["transition"].as<int>(),
                             .channel = parsed<DeliveryChannel>(kChannels, row["channel"].c_str()),
                             .target = row["target"].c_str(),
                             .state = parsed<DeliveryState>(kStates, row["state"].c_str()),
                             .detail = row["detail"].c_str(),
                             .at = instant_of(row["at_ms"])});
  }
  return all;
}

std::vector<MissingResolve> missing_resolves(pqxx::work& tx, std::chrono::seconds within) {
  const auto rows = tx.exec_params(
      "SELECT i.id, i.title, d.target, " + ms_of("i.resolved_at", "resolved_ms") +
          " FROM incidents i JOIN deliveries d ON d.incident_id = i.id WHERE "
          "i.resolved_at < now() - $1 * interval '1 s' AND i.resolved_at > now() - interval '1 "
          "day' "
          "AND d.channel = 'alertmanager_receiver' AND d.transition = 1 AND d.state = 'delivered' "
          "AND NOT EXISTS (SELECT FROM deliveries o WHERE o.incident_id = i.id AND "
          "(o.state = 'suppressed' OR (o.channel = d.channel AND o.target = d.target AND "
          "o.transition = 2))) "
          "AND NOT EXISTS (SELECT FROM incidents n WHERE n.alert_id = i.alert_id AND n.id <> i.id "
          "AND n.opened_at BETWEEN i.resolved_at AND i.resolved_at + $1 * interval '1 s') "
          // To Alertmanager it goes on as long as another one does that has the same labels.
          "AND NOT EXISTS (SELECT FROM incidents n WHERE n.rule_name = i.rule_name "
          "AND n.severity = i.severity AND n.labels = i.labels "
          "AND n.audience IS NULL AND n.opened_at <= i.resolved_at "
          "AND COALESCE(n.resolved_at > i.resolved_at, true)) LIMIT 1000",
      within.count());
  return read_all<MissingResolve>(rows, [](const pqxx::row& row) {
    return MissingResolve{uuid_of(row["id"]), row["title"].c_str(), row["target"].c_str(),
                          instant_of(row["resolved_ms"])};
  });
}

int drop_old_deliveries(pqxx::work& tx) {
  return drop_some(tx, "deliveries", "at < now() - interval '90 days'");
}

int drop_old_claims(pqxx::work& tx) {
  return drop_some(tx, "delivery_claims", "until < now() - interval '1 day'");
}

}  // namespace monitron::store
