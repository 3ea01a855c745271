#include "store/jobs.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

// A report that was asked for has no run until the report service takes it up; one of a schedule
// was asked for by nobody. Each part can be searched by its own index.
const std::string& source() {
  static const std::string run =
      ", COALESCE(r.state, 'queued') AS state, split_part(COALESCE(q.requested_by, ''), ':', 1), "
      "split_part(COALESCE(q.requested_by, ''), ':', 2), 'POST /api/v1/reports', "
      "COALESCE(r.progress, 0), r.total, false, "
      "CASE WHEN r.error <> '' THEN jsonb_build_object('status', 500, 'title', "
      "'The report could not be made', 'detail', r.error)::text END, 0, ";
  static const std::string times =
      ".created_at, CASE WHEN r.state <> 'queued' THEN r.created_at END, r.finished_at FROM ";
  static const std::string kind = ".id, '" + std::string(kReportJob) + "'";
  static const std::string text =
      "(SELECT id, kind, state, actor_kind, actor_id, operation, progress, total, "
      "cancelling, problem::text AS problem, attempts, created_at, started_at, finished_at "
      "FROM jobs UNION ALL SELECT q" +
      kind + run + "q" + times + "report_requests q LEFT JOIN report_runs r ON r.id = q.id" +
      " UNION ALL SELECT r" + kind + run + "r" + times +
      "report_runs r LEFT JOIN report_requests q ON q.id = r.id WHERE q.id IS NULL) AS j";
  return text;
}

const std::string& columns() {
  static const std::string text =
      "j.id, j.kind, j.state, j.actor_kind, j.actor_id, j.operation, j.progress, j.total, "
      "j.cancelling, j.problem, j.attempts, " +
      ms_of("j.created_at", "created_at") + ", " + ms_of("j.started_at", "started_at") + ", " +
      ms_of("j.finished_at", "finished_at");
  return text;
}

Job read(const pqxx::row& row) {
  Job job;
  job.id = uuid_of(row["id"]);
  job.kind = row["kind"].c_str();
  job.state = row["state"].c_str();
  job.actor = {row["actor_kind"].c_str(), row["actor_id"].c_str()};
  job.operation = row["operation"].c_str();
  job.progress = row["progress"].as<std::int64_t>();
  if (!row["total"].is_null()) job.total = row["total"].as<std::int64_t>();
  job.cancelling = row["cancelling"].as<bool>();
  job.problem = row["problem"].c_str();
  job.attempts = row["attempts"].as<int>();
  job.created_at = instant_of(row["created_at"]);
  job.started_at = optional_instant_of(row["started_at"]);
  job.finished_at = optional_instant_of(row["finished_at"]);
  return job;
}

std::optional<Job> read_first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

std::string seen_by(pqxx::work& tx, const JobReader& reader) {
  std::string own = "j.actor_kind = " + tx.quote(reader.own.kind) +
                    " AND j.actor_id = " + tx.quote(reader.own.id);
  if (reader.all) own = "j.kind <> '" + std::string(kReportJob) + "' OR " + own;
  if (reader.reports) own += " OR j.kind = '" + std::string(kReportJob) + "'";
  return "(" + own + ")";
}

// Until then nobody else takes it.
const std::string kLease = "now() + interval '" + std::to_string(kJobLeaseSeconds) + " seconds'";

}  // namespace

const Listing& job_listing() {
  static const Listing listing{.keys = {{"kind", "j.kind"},
                                        {"state", "j.state"},
                                        {"created_at", "j.created_at", SortKey::Type::time}},
                               .searched = {"j.kind", "j.state", "j.operation"},
                               .id = "j.id",
                               .newest_first = true};
  return listing;
}

Page<Job> list_jobs(pqxx::work& tx, const PageQuery& query, const JobReader& reader,
                    const JobFilter& filter) {
  const auto list = list_sql(tx, query, job_listing());
  std::string where = " WHERE " + seen_by(tx, reader) + " AND " + list.where;
  if (!filter.kind.empty()) where += " AND j.kind = " + tx.quote(filter.kind);
  if (!filter.state.empty()) where += " AND j.state = " + tx.quote(filter.state);
  return read_page<Job>(
      tx.exec("SELECT " + columns() + list.value + "FROM " + source() + where + list.order), read,
      query.limit);
}

std::optional<Job> find_job(pqxx::work& tx, const Uuid& id, const JobReader& reader) {
  return read_first(tx.exec_params(
      "SELECT " + columns() + " FROM " + source() + " WHERE j.id = $1 AND " + seen_by(tx, reader),
      id.str()));
}

UnfinishedJobs unfinished_jobs(pqxx::work& tx, const JobActor& actor) {
  const auto row = tx.exec_params1(
      "SELECT count(*) FILTER (WHERE actor_kind = $1 AND actor_id = $2), count(*) FROM jobs "
      "WHERE state IN ('queued', 'running')",
      actor.kind, actor.id);
  return {row[0].as<int>(), row[1].as<int>()};
}

Job insert_job(pqxx::work& tx, const Job& job, const std::string& request) {
  return read(tx.exec_params1(
      "INSERT INTO jobs AS j (id, kind, actor_kind, actor_id, operation, request) "
      "VALUES ($1, $2, $3, $4, $5, $6) RETURNING " +
          columns(),
      job.id.str(), job.kind, job.actor.kind, job.actor.id, job.operation, request));
}

std::optional<Job> cancel_job(pqxx::work& tx, const Uuid& id) {
  return read_first(
      tx.exec_params("UPDATE jobs AS j SET cancelling = true, "
                     "state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END, "
                     "finished_at = CASE state WHEN 'queued' THEN now() END, "
                     "request = CASE state WHEN 'queued' THEN '' ELSE request END "
                     "WHERE id = $1 AND state IN ('queued', 'running') RETURNING " +
                         columns(),
                     id.str()));
}

std::optional<JobToDo> take_job(pqxx::work& tx, const Uuid& runner) {
  const auto rows = tx.exec_params(
      "UPDATE jobs AS j SET state = 'running', runner = $1, lease_until = " + kLease +
          ", attempts = attempts + 1, progress = 0, total = NULL, "
          "started_at = COALESCE(started_at, now()) WHERE j.id = (SELECT w.id FROM jobs w "
          "WHERE (w.state = 'queued' OR w.state = 'running') "
          "AND COALESCE(w.lease_until, '-infinity') < now() "
          "AND NOT EXISTS (SELECT FROM jobs o WHERE o.state = 'running' AND o.lease_until >= now() "
          "AND o.actor_kind = w.actor_kind AND o.actor_id = w.actor_id) "
          "ORDER BY w.created_at, w.id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING " +
          columns() + ", j.request",
      runner.str());
  if (rows.empty()) return std::nullopt;
  return JobToDo{read(rows[0]), rows[0]["request"].c_str()};
}

std::vector<Job> give_up_jobs(pqxx::work& tx) {
  const auto rows = tx.exec_params(
      "UPDATE jobs AS j SET finished_at = now(), request = '', "
      "state = CASE WHEN cancelling THEN 'cancelled' ELSE 'failed' END, "
      "problem = CASE WHEN NOT cancelling THEN jsonb_build_object("
      "'status', 503, 'title', 'Service Unavailable', 'detail', 'it was begun ' || $1 || "
      "' times and came to no end: ask again') END "
      "WHERE state = 'running' AND lease_until < now() AND (cancelling OR attempts >= $1::integer) "
      "RETURNING " +
          columns(),
      kMostAttempts);
  return read_all<Job>(rows, read);
}

std::optional<Job> keep_job(pqxx::work& tx, const Uuid& id, const Uuid& runner,
                            const JobProgress& progress) {
  return read_first(tx.exec_params("UPDATE jobs AS j SET lease_until = " + kLease +
                                       ", progress = $3, total = $4 WHERE id = $1 AND runner = $2 "
                                       "AND state = 'running' RETURNING " +
                                       columns(),
                                   id.str(), runner.str(), progress.progress, progress.total));
}

std::optional<Job> return_job(pqxx::work& tx, const Uuid& id, const Uuid& runner) {
  return read_first(tx.exec_params(
      "UPDATE jobs AS j SET state = 'queued', runner = NULL, lease_until = NULL, progress = 0, "
      "total = NULL, started_at = NULL, attempts = attempts - 1 "
      "WHERE id = $1 AND runner = $2 AND state = 'running' RETURNING " +
          columns(),
      id.str(), runner.str()));
}

std::optional<Job> put_off_job(pqxx::work& tx, const Uuid& id, const Uuid& runner) {
  return read_first(tx.exec_params(
      "UPDATE jobs AS j SET state = 'queued', runner = NULL, progress = 0, total = NULL, "
      "lease_until = now() + make_interval(secs => $3 * power(4, attempts - 1)) "
      "WHERE id = $1 AND runner = $2 AND state = 'running' RETURNING " +
          columns(),
      id.str(), runner.str(), kJobLeaseSeconds));
}

std::optional<Job> finish_job(pqxx::work& tx, const Uuid& id, const Uuid& runner,
                              const std::string& state, const std::optional<JobAnswer>& answer,
                              const std::string& problem) {
  auto job =
      read_first(tx.exec_params("UPDATE jobs AS j SET state = $3, finished_at = now(), request = "
                                "'', problem = nullif($4, '')::jsonb "
                                "WHERE id = $1 AND runner = $2 AND state = 'running' RETURNING " +
                                    columns(),
                                id.str(), runner.str(), state, problem));
  if (job && answer) {
    tx.exec_params0(
        "INSERT INTO job_answers (job_id, rights, content_type, headers, body) "
        "VALUES ($1, $2, $3, $4, $5)",
        id.str(), answer->rights, answer->answer.content_type, answer->answer.headers,
        pqxx::binarystring(answer->answer.body));
  }
  return job;
}

std::optional<JobAnswer> find_job_answer(pqxx::work& tx, const Uuid& id) {
  const auto rows = tx.exec_params(
      "SELECT rights, content_type, headers, body FROM job_answers WHERE job_id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return JobAnswer{rows[0][0].c_str(),
                   {.content_type = rows[0][1].c_str(),
                    .headers = rows[0][2].c_str(),
                    .body = pqxx::binarystring(rows[0][3]).str()}};
}

bool drop_old_jobs(pqxx::work& tx) {
  constexpr int kAtOnce = 200;  // with answers, which may be large
  return tx.exec_params(
               "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE finished_at < now() - "
               "make_interval(secs => $1) ORDER BY finished_at LIMIT $2)",
               kKeepSeconds, kAtOnce)
             .affected_rows() == kAtOnce;
}

void drop_surplus_jobs(pqxx::work& tx, const JobActor& actor) {
  tx.exec_params0(
      "DELETE FROM jobs WHERE id IN (SELECT id FROM (SELECT j.id, row_number() OVER latest AS "
      "place, sum(COALESCE(octet_length(a.body), 0)) OVER latest AS bytes FROM jobs j LEFT JOIN "
      "job_answers a ON a.job_id = j.id WHERE j.actor_kind = $1 AND j.actor_id = $2 AND "
      "j.finished_at IS NOT NULL WINDOW latest AS (ORDER BY j.finished_at DESC, j.id DESC)) AS f "
      "WHERE place > $3 OR (bytes > $4 AND place > 1))",
      actor.kind, actor.id, kKeepJobsOfOne, kKeepBytesOfOne);
}

}  // namespace monitron::store
