#include "store/incident_actions.hpp"

#include "store/row.hpp"

#include <array>

namespace monitron::store {

std::string_view kind_of(const IncidentAct& act) {
  static constexpr std::array<std::string_view, 4> kinds = {"acknowledged", "unacknowledged",
                                                            "assigned", "noted"};
  return kinds.at(act.index());
}

Instant add_act(pqxx::work& tx, const Uuid& incident, const Actor& actor, const IncidentAct& act,
                const std::string& text) {
  const auto* given = std::get_if<domain::Acknowledged>(&act);
  const auto* assigned = std::get_if<domain::Assigned>(&act);
  const auto to = assigned ? assigned->to : std::nullopt;
  const auto row = tx.exec_params1(
      "INSERT INTO incident_actions (incident_id, kind, actor_kind, actor_id, actor_name, comment, "
      "expires_at, sticky, assignee_id, assignee_name) VALUES ($1, $2, $3, $4, $5, $6, " +
          from_ms_sql(7) + ", $8, $9, $10) RETURNING " + ms_of("at"),
      incident.str(), std::string(kind_of(act)), actor.kind, actor.id, actor.name, text,
      ms_or_null(given ? given->expires_at : std::nullopt), given != nullptr && given->sticky,
      to ? std::optional(to->id.str()) : std::nullopt, to ? to->name : std::string());
  return instant_of(row["at"]);
}

}  // namespace monitron::store
