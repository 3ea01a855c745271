#include "many_rows.hpp"

#include "api/openapi.hpp"
#include "base/text.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

// $N: how many; $OWNER: the first administrator. Seven rows each have equal values. What people
// make one by one ("few") is never very much.
constexpr const char* kFill = R"sql(
CREATE TEMP TABLE n ON COMMIT DROP AS SELECT i, lpad((i / 7)::text, 6, '0') AS name, now() - (i
  / 7) * interval '1 minute' AS at, (ARRAY['info', 'warning', 'critical'])[1 + i % 3] AS severity
  FROM generate_series(1, $N) i;
CREATE TEMP TABLE few ON COMMIT DROP AS SELECT * FROM n WHERE i <= 500;
INSERT INTO users (id, email, name, role, password_hash, created_at) SELECT gen_random_uuid(),
  'person' || i || '@example.org', 'Person ' || name, 'viewer', '$2b$04$', at FROM few;
INSERT INTO invitations (id, email, role, hash, created_at, expires_at) SELECT
  gen_random_uuid(), 'asked' || i || '@example.org', 'viewer', 'i' || i, at, at + interval
  '7 days' FROM few;
INSERT INTO api_tokens (id, name, hash, prefix, scopes, created_by, created_at) SELECT
  gen_random_uuid(), 'token ' || name, 't' || i, 'mtr', '{read}', '$OWNER', at FROM few;
INSERT INTO enrolment_tokens (id, name, hash, prefix, created_at) SELECT gen_random_uuid(),
  'enrol ' || name, 'e' || i, 'mte', at FROM few;
INSERT INTO agent_configurations (id, name, description, priority, settings, created_at,
  updated_at) SELECT gen_random_uuid(), name || ' agents ' || i, 'rack ' || i, i % 7, '{}', at, at FROM few;
INSERT INTO instances (id, name, hostname, kind, labels, description, created_at, updated_at)
  SELECT gen_random_uuid(), 'host ' || name, 'h' || i || '.example.org', CASE i % 2 WHEN 0 THEN
  'vm' ELSE 'server' END, jsonb_build_object('site', (i % 500)::text, 'n', i::text), 'rack ' || i,
  at, at FROM n;
INSERT INTO api_tokens (id, name, hash, prefix, scopes, instance_id, created_at) SELECT
  gen_random_uuid(), 'agent ' || h.hostname, 'a' || i, 'mtr', '{ingest}', h.id, at FROM few JOIN
  instances h ON h.hostname = 'h' || i || '.example.org' WHERE i <= 150;
INSERT INTO checks (id, name, instance_id, kind, target, interval_seconds, timeout_seconds,
  labels, failures_before_down, successes_before_up, settings, created_at, updated_at) SELECT
  gen_random_uuid(), 'check ' || n.name, h.id, CASE i % 3 WHEN 0 THEN 'icmp' ELSE 'tcp' END, 't'
  || i || '.example.org:443', 30 + i % 5, 10, jsonb_build_object('n', i::text), 3, 2, '{"tcp": {}}',
  at, at FROM n JOIN instances h ON h.hostname = 'h' || i || '.example.org';
INSERT INTO check_latest (check_id, location, slot, heard, status, status_since, last_status,
  failures, successes, unknowns, last_result) SELECT c.id, 'default', at, at, 'up', at, 'up', 0, 1,
  0, '{}' FROM few JOIN checks c ON c.labels ->> 'n' = i::text;
INSERT INTO check_certificates (check_id, location, kind, target, first_seen, sha256, common_name,
  names, issuer, not_after, problems, detail) SELECT c.id, 'default', kind, target, at, 'f' || i, 'n' || i || '.example.org', '',
  'CA ' || n.name, at, '', '{}' FROM few n JOIN checks c ON c.labels ->> 'n' = i::text;
INSERT INTO checks (id, name, kind, target, interval_seconds, timeout_seconds, labels,
  failures_before_down, successes_before_up, settings, created_at, updated_at) SELECT
  gen_random_uuid(), 'domain ' || name, 'domain', 'd' || i || '.example.org', 86400, 10, '{}', 3, 2,
  '{"domain": {}}', at, at FROM few;
INSERT INTO dashboards (id, name, description, time_from, time_to, refresh_seconds, variables,
  widgets, created_at, updated_at) SELECT gen_random_uuid(), 'dashboard ' || i, name, 'now-6h',
  'now', 30, '[]', '[]', at, at FROM few;
INSERT INTO status_pages (id, slug, title, history_days, sections, created_at, updated_at) SELECT
  gen_random_uuid(), 'page-' || i, 'page ' || name, 90, '[]', at, at FROM few;
INSERT INTO status_posts (id, page_id, kind, title, state, text, updates, created_at, updated_at)
  SELECT gen_random_uuid(), (SELECT id FROM status_pages LIMIT 1), 'notice', 'post ' || name,
  'published', 'text ' || i, '[]', at, at FROM few;
INSERT INTO instance_groups (id, name, description, created_at, updated_at) SELECT
  gen_random_uuid(), 'group ' || i, 'rack ' || name, at, at FROM few;
INSERT INTO instance_relations (id, kind, instance_id, target_id, created_at) SELECT
  gen_random_uuid(), 'depends-on', a.id, b.id, at FROM few JOIN instances a ON a.hostname = 'h' ||
  i || '.example.org' JOIN instances b ON b.hostname = 'h' || i % $N + 1 || '.example.org';
INSERT INTO roles (id, name, description, permissions, created_at) SELECT gen_random_uuid(),
  'role-' || i, name, '["checks:read"]', at FROM few;
INSERT INTO teams (id, name, description, created_at) SELECT gen_random_uuid(), 'team ' || i, name,
  at FROM few;
INSERT INTO grants (id, user_id, role, labels, created_at) SELECT gen_random_uuid(), '$OWNER',
  'role-' || i, '{"site": "1"}', at FROM few;
INSERT INTO rules (id, name, kind, expr, severity, group_name, labels, created_at, updated_at)
  SELECT gen_random_uuid(), 'rule ' || name, 'promql', 'up == 0', severity, 'g' || i % 9,
  jsonb_build_object('n', i::text), at, at FROM few;
INSERT INTO alert_states (id, rule_id, subject, state, title, text, labels, value, active_since)
  SELECT gen_random_uuid(), r.id, 's' || i, CASE i % 4 WHEN 0 THEN 'pending' ELSE 'firing' END,
  'alert ' || n.name, '', jsonb_build_object('n', i::text), 1, at FROM n JOIN rules r ON r.labels
  ->> 'n' = (1 + i % least($N, 500))::text;
INSERT INTO incidents (id, alert_id, rule_id, rule_name, title, text, severity, labels,
  annotations, value, opened_at, resolved_at) SELECT gen_random_uuid(), gen_random_uuid(), r.id,
  r.name, 'incident ' || n.name, '', n.severity, jsonb_build_object('n', i::text), '{}', 1, at,
  CASE WHEN i % 50 <> 0 THEN at + interval '1 minute' END FROM n JOIN rules r ON r.labels ->> 'n'
  = (1 + i % least($N, 500))::text;
INSERT INTO incident_events (incident_id, at, kind, text, severity, condition) SELECT id,
  opened_at, 'opened', '', severity, '' FROM incidents;
INSERT INTO report_schedules (id, name, kind, format, cadence, at, time_zone, created_at,
  updated_at) SELECT gen_random_uuid(), 'schedule ' || name, 'availability', 'csv', 'daily',
  '07:00', 'UTC', at, at FROM few;
INSERT INTO report_requests (id, kind, format, from_time, to_time, time_zone, requested_by,
  created_at) SELECT gen_random_uuid(), 'availability', 'csv', at - interval '1 day', at, 'UTC',
  '$OWNER', at FROM few;
INSERT INTO jobs (id, kind, state, actor_kind, actor_id, operation, request, created_at)
  SELECT gen_random_uuid(), 'rule_replay', 'done', 'user', '$OWNER',
  'POST /api/v1/rules/replay', 'sealed ' || i, at FROM few;
INSERT INTO channels (id, user_id, name, kind, target, created_at, updated_at) SELECT
  gen_random_uuid(), '$OWNER', 'channel ' || name, 'email', 'c' || i || '@example.org', at, at
  FROM few;
INSERT INTO subscriptions (id, user_id, channel_id, min_severity, digest_above, remind_seconds,
  created_at, updated_at) SELECT gen_random_uuid(), '$OWNER', (SELECT id FROM channels LIMIT 1),
  severity, 0, 0, at, at FROM few;
INSERT INTO maintenance_windows (id, name, everything, starts_at, ends_at, created_at,
  updated_at, in_force_from) SELECT gen_random_uuid(), 'window ' || name, true, at - interval
  '2 days', at - interval '1 day', at, at, at FROM few;
INSERT INTO dependencies (id, name, children, parents, created_at, updated_at) SELECT
  gen_random_uuid(), 'dependency ' || name, '{"a": "b"}', ARRAY[(SELECT id FROM checks LIMIT 1)],
  at, at FROM few;
INSERT INTO drills (id, alert_id, requested_by, target_seconds, deadline_seconds, started_at,
  ended_at, verdict) SELECT gen_random_uuid(), gen_random_uuid(), 'ada', 60, 600, at, at, 'ok'
  FROM few;
INSERT INTO connection_log (instance_id, cookie, opened_at, inbound, local_ip, local_port,
  remote_ip, remote_port, outcome, process, user_name, container, unit, sent_bytes, received_bytes)
  SELECT h.id, i, at, false, '10.0.0.1', 40000, inet '10.1.0.0' + i, 443, '', '', '', '', '', 0, 0
  FROM n JOIN instances h ON h.hostname = 'h' || i || '.example.org';
ALTER TABLE audit_log DISABLE TRIGGER audit_log_append;
INSERT INTO audit_log (id, at, actor_kind, actor_id, action, object, object_id, change, peer,
  request_id, hash) SELECT 1000000 + i, now() + (i / 7) * interval '1 minute', 'user',
  '$OWNER', 'check.update', 'check', i::text, '{}', '', 'r' || i, 'h' FROM n;
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_append;
)sql";

// `text` with `value` wherever it says `name`.
std::string with(std::string text, const std::string& name, const std::string& value) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) {
    text.replace(at, name.size(), value);
  }
  return text;
}

}  // namespace

void fill_lists(Suite& suite, int count) {
  const auto owner = suite.get("/api/v1/me", suite.admin()).json["id"].get<std::string>();
  const auto filled = suite.database->transact([&](pqxx::work& tx) {
    tx.exec(with(with(kFill, "$N", std::to_string(count)), "$OWNER", owner));
  });
  ASSERT_TRUE(filled) << filled.error().text;
  // As a table is that has been there for a while.
  pqxx::connection connection(suite.config.database_url);
  pqxx::nontransaction work(connection);
  work.exec("SET default_statistics_target = 200");  // all rows are looked at: no plan is by luck
  work.exec("VACUUM ANALYZE");
}

std::map<std::string, std::vector<std::string>> sorts_of_lists() {
  std::map<std::string, std::vector<std::string>> lists;
  const auto document = Json::parse(openapi_text());
  for (const auto& [path, methods] : document["paths"].items()) {
    if (!methods.contains("get")) continue;
    for (const auto& parameter : methods["get"].value("parameters", Json::array())) {
      if (parameter.value("name", "") != "sort") continue;
      const auto pattern = parameter["schema"]["pattern"].get<std::string>();  // ^-?(a|b)$
      lists[path] = split_list(pattern.substr(4, pattern.size() - 6), '|');
    }
  }
  return lists;
}

}  // namespace monitron::api
