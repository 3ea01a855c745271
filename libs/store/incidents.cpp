#include "store/incidents.hpp"

#include "store/row.hpp"

#include <algorithm>

namespace monitron::store {
namespace {

using domain::IncidentStatus;

constexpr int kMaxEntries = 2000;
constexpr int kBatch = 200;  // of those of which only some are asked for

std::string columns() {
  return "i.id, i.alert_id, i.rule_id, i.rule_name, i.title, i.text, i.severity, i.labels, "
         "i.annotations, i.value, i.drill, i.audience, " +
         ms_of("i.opened_at", "opened_at") + ", " + ms_of("i.resolved_at", "resolved_at") +
         ", (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS as_of";
}

struct ReadIncident {
  Incident incident{};
  std::vector<domain::IncidentEvent> events{};
  std::optional<Instant> resolved_at{};
};

ReadIncident read_row(const pqxx::row& row) {
  ReadIncident read;
  auto& incident = read.incident;
  incident.id = uuid_of(row["id"]);
  incident.alert_id = uuid_of(row["alert_id"]);
  incident.rule_id = uuid_of(row["rule_id"]);
  incident.rule_name = row["rule_name"].c_str();
  incident.title = row["title"].c_str();
  incident.text = row["text"].c_str();
  incident.severity = row["severity"].c_str();
  incident.labels = labels_of(row["labels"]);
  incident.annotations = labels_of(row["annotations"]);
  incident.value = row["value"].as<double>();
  incident.audience = optional_uuid_of(row["audience"]);
  incident.state =
      domain::begun(instant_of(row["opened_at"]), {incident.severity, ""}, row["drill"].as<bool>());
  read.resolved_at = optional_instant_of(row["resolved_at"]);
  incident.as_of = instant_of(row["as_of"]);
  return read;
}

std::optional<domain::Person> assignee_of(const pqxx::row& row) {
  const auto id = optional_uuid_of(row["assignee_id"]);
  if (!id) return std::nullopt;
  return domain::Person{*id, row["assignee_name"].c_str()};
}

domain::IncidentEvent event_of(const pqxx::row& row) {
  domain::IncidentEvent event{instant_of(row["at"]), domain::Noted{}};
  const std::string_view kind = row["kind"].c_str();
  if (kind == "acknowledged") {
    event.what =
        domain::Acknowledged{row["actor_name"].c_str(), row["comment"].c_str(),
                             optional_instant_of(row["expires_at"]), row["sticky"].as<bool>()};
  } else if (kind == "unacknowledged") {
    event.what = domain::Unacknowledged{};
  } else if (kind == "assigned") {
    event.what = domain::Assigned{assignee_of(row)};
  }
  return event;
}

using Histories = std::map<Uuid, ReadIncident*>;

std::string array_of(const Histories& histories) {
  std::string ids;
  for (const auto& [id, read] : histories) ids += (ids.empty() ? "" : ",") + id.str();
  return "{" + ids + "}";
}

void add_actions(pqxx::work& tx, const Histories& histories) {
  const auto rows = tx.exec_params(
      "SELECT incident_id, kind, actor_name, comment, sticky, assignee_id, assignee_name, " +
          ms_of("at") + ", " + ms_of("expires_at") +
          " FROM incident_actions WHERE incident_id = ANY($1) ORDER BY id",
      array_of(histories));
  for (const auto& row : rows) {
    histories.at(uuid_of(row["incident_id"]))->events.push_back(event_of(row));
  }
}

// How bad it was from the beginning, and became.
void add_troubles(pqxx::work& tx, const Histories& histories) {
  const auto rows = tx.exec_params(
      "SELECT incident_id, kind, severity, condition, " + ms_of("at") +
          " FROM incident_events WHERE incident_id = ANY($1) AND kind IN ('opened', 'retold') AND "
          "severity IS NOT NULL ORDER BY id",
      array_of(histories));
  for (const auto& row : rows) {
    auto& read = *histories.at(uuid_of(row["incident_id"]));
    const domain::Trouble trouble{row["severity"].c_str(), row["condition"].c_str()};
    if (std::string_view(row["kind"].c_str()) == "opened") {
      read.incident.state.trouble = trouble;
    } else {
      read.events.push_back({instant_of(row["at"]), domain::Retold{trouble}});
    }
  }
}

// What happened to each, in its order.
void add_events(pqxx::work& tx, std::vector<ReadIncident>& reads) {
  Histories histories;
  for (auto& read : reads) histories[read.incident.id] = &read;
  if (histories.empty()) return;
  add_actions(tx, histories);
  add_troubles(tx, histories);
  for (auto& read : reads) {
    auto& events = read.events;
    if (read.resolved_at) events.push_back({*read.resolved_at, domain::Resolved{}});
    std::stable_sort(events.begin(), events.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
  }
}

std::vector<Incident> with_states(pqxx::work& tx, std::vector<ReadIncident> reads) {
  add_events(tx, reads);
  std::vector<Incident> incidents;
  for (auto& read : reads) {
    read.incident.state = domain::fold(read.incident.state, read.events, read.incident.as_of);
    incidents.push_back(std::move(read.incident));
  }
  return incidents;
}

IncidentEntry end_of_acknowledgement(Instant at, const char* why) {
  IncidentEntry entry;
  entry.at = at;
  entry.kind = "acknowledgement_ended";
  entry.text = why;
  return entry;
}

// Of acknowledgements that nobody took back.
std::vector<IncidentEntry> ends_of_acknowledgements(const ReadIncident& read) {
  std::vector<IncidentEntry> ends;
  auto state = read.incident.state;
  const auto pass = [&](Instant now) {
    const auto before = state.acknowledgement;
    domain::pass(state, now);
    if (before && !state.acknowledgement) {
      ends.push_back(end_of_acknowledgement(*before->expires_at, "its time is over"));
    }
  };
  for (const auto& event : read.events) {
    pass(event.at);
    const bool before = state.acknowledgement.has_value();
    (void)domain::apply(state, event);
    const bool retold = std::holds_alternative<domain::Retold>(event.what);
    if (retold && before && !state.acknowledgement) {
      ends.push_back(end_of_acknowledgement(event.at, "it became worse"));
    }
  }
  pass(read.incident.as_of);
  return ends;
}

// What the status asked for is not without; a superset, told by rows alone.
const char* at_least(const std::optional<IncidentStatus>& status) {
  if (!status) return "";
  switch (*status) {
    case IncidentStatus::open:
      return " AND i.resolved_at IS NULL";
    case IncidentStatus::acknowledged:
      return " AND i.resolved_at IS NULL AND EXISTS (SELECT FROM incident_actions a WHERE "
             "a.incident_id = i.id AND a.kind = 'acknowledged')";
    case IncidentStatus::resolved:
      return " AND i.resolved_at IS NOT NULL";
  }
  return "";
}

std::vector<ReadIncident> read_rows(pqxx::work& tx, const std::string& condition, const Uuid& id) {
  const auto rows =
      tx.exec_params("SELECT " + columns() + " FROM incidents i WHERE " + condition, id.str());
  return read_all<ReadIncident>(rows, read_row);
}

std::vector<Incident> read_batch(pqxx::work& tx, const IncidentQuery& query,
                                 const PageQuery& page) {
  const auto list = list_sql(tx, page, incident_listing());
  const auto rows = tx.exec_params(
      "SELECT " + columns() + list.value + "FROM incidents i WHERE " + list.where + " AND " +
          has_labels_sql(tx, "i.labels", query.labels) +
          " AND ($1 = '' OR i.severity = $1) AND ($2::uuid IS NULL OR i.rule_id = $2) "
          "AND ($3::uuid IS NULL OR i.id IN (SELECT "
          "a.incident_id FROM incident_actions a WHERE a.kind = 'assigned' AND a.assignee_id = $3 "
          "AND NOT EXISTS (SELECT FROM incident_actions l WHERE l.incident_id = a.incident_id AND "
          "l.kind = 'assigned' AND l.id > a.id))) AND ($4::bigint IS NULL OR i.opened_at >= " +
          from_ms_sql(4) + ") AND ($5::bigint IS NULL OR i.opened_at < " + from_ms_sql(5) + ")" +
          at_least(query.status) +
          " AND (i.audience IS NULL OR i.audience = $6 OR $7) AND ($8::bool IS NULL OR i.drill = "
          "$8) AND ($9::uuid[] = '{}' OR i.id = ANY($9::uuid[])) AND " +
          told_in_scope_sql("i.labels", 10) + list.order,
      query.severity, text_or_null(query.rule_id), text_or_null(query.assignee),
      ms_or_null(query.from), ms_or_null(query.to), text_or_null(query.viewer), query.of_all,
      query.drill, store::array_of(query.ids), scope_parameter(query.scope));
  return with_states(tx, read_all<ReadIncident>(rows, [](const pqxx::row& row) {
                       auto read = read_row(row);
                       read.incident.sort_value = row["sort_value"].c_str();
                       return read;
                     }));
}

std::optional<Incident> read_one(pqxx::work& tx, const std::string& condition, const Uuid& id) {
  auto incidents = with_states(tx, read_rows(tx, condition, id));
  if (incidents.empty()) return std::nullopt;
  return std::move(incidents.front());
}

IncidentEntry entry_of(const pqxx::row& row) {
  IncidentEntry entry;
  entry.at = instant_of(row["at"]);
  entry.kind = row["kind"].c_str();
  entry.text = row["text"].c_str();
  entry.by = row["by"].c_str();
  entry.expires_at = optional_instant_of(row["expires_at"]);
  entry.sticky = row["sticky"].as<bool>();
  entry.assignee = assignee_of(row);
  return entry;
}

}  // namespace

const Listing& incident_listing() {
  static const Listing listing{
      .keys = {{"opened_at", "i.opened_at", SortKey::Type::time},
               {"severity", "array_position(ARRAY['info', 'warning', 'critical'], i.severity)",
                SortKey::Type::whole},
               {"rule_name", "lower(i.rule_name)"}},
      .searched = {"i.title", "i.text", "i.rule_name"},
      .id = "i.id",
      .newest_first = true};
  return listing;
}

Page<Incident> list_incidents(pqxx::work& tx, const IncidentQuery& query) {
  const auto wanted = static_cast<std::size_t>(query.page.limit) + 1;
  const bool all = !query.status || *query.status == IncidentStatus::resolved;
  auto batch_of = query.page;
  if (!all) batch_of.limit = std::max(batch_of.limit, kBatch);
  std::vector<Incident> found;
  while (found.size() < wanted) {
    auto batch = read_batch(tx, query, batch_of);
    const bool last = batch.size() <= static_cast<std::size_t>(batch_of.limit);
    if (!batch.empty()) {
      batch_of.after = batch.back().id;
      batch_of.value = batch.back().sort_value;
    }
    for (auto& incident : batch) {
      const bool asked = !query.status || incident.state.status == *query.status;
      if (asked && found.size() < wanted) found.push_back(std::move(incident));
    }
    if (last) break;
  }
  auto page = page_of(std::move(found), query.page.limit);
  if (page.more) page.value = page.items.back().sort_value;
  return page;
}

std::optional<Incident> find_incident(pqxx::work& tx, const Uuid& id) {
  return read_one(tx, "i.id = $1", id);
}

std::vector<Incident> find_incidents(pqxx::work& tx, const std::vector<Uuid>& ids) {
  const auto rows = tx.exec_params(
      "SELECT " + columns() + " FROM incidents i WHERE i.id = ANY($1::uuid[])", array_of(ids));
  return with_states(tx, read_all<ReadIncident>(rows, read_row));
}

std::optional<Incident> lock_incident(pqxx::work& tx, const Uuid& id) {
  // A statement of its own: what follows sees what the holder before did.
  tx.exec_params("SELECT FROM incidents WHERE id = $1 FOR NO KEY UPDATE", id.str());
  return find_incident(tx, id);
}

std::optional<Incident> latest_incident(pqxx::work& tx, const Uuid& alert) {
  return read_one(tx, "i.alert_id = $1 ORDER BY i.id DESC LIMIT 1", alert);
}

std::vector<IncidentEntry> timeline_of(pqxx::work& tx, const Uuid& incident) {
  const auto rows = tx.exec_params(
      "SELECT * FROM (SELECT kind, text, '' AS by, false AS sticky, NULL::uuid AS assignee_id, '' "
      "AS assignee_name, id, NULL::bigint AS expires_at, " +
          ms_of("at") +
          " FROM incident_events WHERE incident_id = $1 UNION ALL SELECT kind, comment, "
          "actor_name, "
          "sticky, assignee_id, assignee_name, id, " +
          ms_of("expires_at") + ", " + ms_of("at") +
          " FROM incident_actions WHERE incident_id = $1) e ORDER BY at, id LIMIT " +
          std::to_string(kMaxEntries),
      incident.str());
  auto entries = read_all<IncidentEntry>(rows, entry_of);
  auto reads = read_rows(tx, "i.id = $1", incident);
  add_events(tx, reads);
  for (const auto& read : reads) {
    for (auto& end : ends_of_acknowledgements(read)) entries.push_back(std::move(end));
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return entries;
}

int version_of(pqxx::work& tx, const Uuid& incident) {
  return tx
      .exec_params1(
          "SELECT (SELECT count(*) FROM incident_events WHERE incident_id = $1) + "
          "(SELECT count(*) FROM incident_actions WHERE incident_id = $1)",
          incident.str())[0]
      .as<int>();
}

}  // namespace monitron::store
