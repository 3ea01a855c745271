#include "store/sends.hpp"

#include "store/row.hpp"

#include <cmath>

namespace monitron::store {

std::vector<FailedSends> note_sends(pqxx::work& tx, const std::string& peer,
                                    const std::vector<CountedSends>& counted) {
  auto list = nlohmann::json::array();
  for (const auto& [integration, tried, failed] : counted) {
    list.push_back({{"integration", integration}, {"tried", tried}, {"failed", failed}});
  }
  // A count that is less than before began again at 0.
  const auto rows = tx.exec_params(
      "WITH before AS (SELECT max(seen_at) AS at FROM alertmanager_sends WHERE peer = $1), "
      "counted AS (SELECT c.*, before.at AS since, CASE WHEN before.at IS NULL THEN 0 "
      "  WHEN c.failed >= k.failed THEN c.failed - k.failed ELSE c.failed END AS unsent, "
      "  CASE WHEN c.tried >= k.tried THEN c.tried - k.tried ELSE c.tried END AS attempts "
      "  FROM jsonb_to_recordset($2::jsonb) AS c (integration text, tried float8, failed float8) "
      "  CROSS JOIN before LEFT JOIN alertmanager_sends k ON k.peer = $1 AND "
      "  k.integration = c.integration), "
      "noted AS (INSERT INTO alertmanager_sends AS known "
      "  SELECT $1, integration, tried, failed, now(), "
      "  CASE WHEN attempts > unsent THEN now() END, CASE WHEN unsent > 0 THEN now() END "
      "  FROM counted ON CONFLICT (peer, integration) DO UPDATE SET tried = EXCLUDED.tried, "
      "  failed = EXCLUDED.failed, seen_at = EXCLUDED.seen_at, "
      "  sent_at = COALESCE(EXCLUDED.sent_at, known.sent_at), "
      "  failed_at = COALESCE(EXCLUDED.failed_at, known.failed_at)) "
      "SELECT integration, unsent, " +
          ms_of("since", "since_ms") + " FROM counted WHERE unsent > 0 ORDER BY integration",
      peer, list.dump());
  return read_all<FailedSends>(rows, [](const pqxx::row& row) {
    return FailedSends{row["integration"].c_str(), row["unsent"].as<double>(),
                       instant_of(row["since_ms"])};
  });
}

std::vector<Uuid> note_unsent(pqxx::work& tx, const std::string& peer, const FailedSends& failed) {
  const auto detail = "could not send by " + failed.integration + ": " +
                      std::to_string(std::llround(failed.count)) + " failed since " +
                      to_rfc3339(failed.since) + "; of which alerts it does not say";
  const auto rows = tx.exec_params(
      "INSERT INTO deliveries (delivery_key, incident_id, transition, channel, target, state, "
      "detail) SELECT 'alertmanager.' || incident_id || '.unsent.' || transition || '.' || $2, "
      "incident_id, transition, 'alertmanager', $1, 'failed', $3 FROM "
      "(SELECT DISTINCT ON (incident_id) incident_id, transition FROM deliveries WHERE "
      "at > now() - interval '15 min' AND channel = 'alertmanager' AND state = 'accepted' AND "
      "target = $1 AND incident_id IS NOT NULL ORDER BY incident_id, transition LIMIT 1000) told "
      "ON CONFLICT DO NOTHING RETURNING incident_id",
      peer, failed.integration, detail);
  return read_all<Uuid>(rows, [](const pqxx::row& row) { return uuid_of(row["incident_id"]); });
}

std::vector<Sending> sending(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT integration, bool_or(failed_at > now() - interval '6 h' AND (sent_at IS NULL OR "
      "sent_at <= failed_at OR failed_at > now() - interval '10 min')) AS failing FROM "
      "alertmanager_sends WHERE failed_at IS NOT NULL GROUP BY integration ORDER BY integration");
  return read_all<Sending>(rows, [](const pqxx::row& row) {
    return Sending{row["integration"].c_str(), row["failing"].as<bool>()};
  });
}

}  // namespace monitron::store
