#pragma once
// Long work: requests that are answered later, and reports in work, which look the same. Written by
// api, but for what reports have, which the report service writes.

#include "base/clock.hpp"
#include "store/kept_answer.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct JobActor {
  std::string kind{};  // user, token; empty: a schedule
  std::string id{};
};

struct Job {
  Uuid id{};
  std::string kind{};
  std::string state{};  // queued, running, done, failed, cancelled
  JobActor actor{};
  std::string operation{};
  std::int64_t progress = 0;
  std::optional<std::int64_t> total{};
  bool cancelling = false;
  std::string problem{};  // JSON; empty: none
  int attempts = 0;
  Instant created_at{};
  std::optional<Instant> started_at{};
  std::optional<Instant> finished_at{};
};

inline constexpr const char* kReportJob = "report";
inline constexpr int kMostJobsOfOne = 20;             // unfinished
inline constexpr int kMostJobs = 1'000;               // unfinished, of all
inline constexpr int kMostAttempts = 4;               // when each comes to no end
inline constexpr std::int64_t kKeepSeconds = 86'400;  // what is finished, and of each who asked:
inline constexpr int kKeepJobsOfOne = 50;             // the last ones
inline constexpr std::int64_t kKeepBytesOfOne = std::int64_t{256} << 20;  // of their answers

// Who may see which.
struct JobReader {
  JobActor own{};
  bool all = false;
  bool reports = false;
};
struct JobFilter {
  std::string kind{};
  std::string state{};
};

const Listing& job_listing();  // newest first
Page<Job> list_jobs(pqxx::work& tx, const PageQuery& query, const JobReader& reader,
                    const JobFilter& filter);
std::optional<Job> find_job(pqxx::work& tx, const Uuid& id, const JobReader& reader);

struct UnfinishedJobs {
  int of_actor = 0;
  int of_all = 0;
};
UnfinishedJobs unfinished_jobs(pqxx::work& tx, const JobActor& actor);
// `request`: sealed. As it is stored.
Job insert_job(pqxx::work& tx, const Job& job, const std::string& request);
// A queued one ends now; a running one is asked to. Nothing: it had ended.
std::optional<Job> cancel_job(pqxx::work& tx, const Uuid& id);

// One that waits, or whose runner has died, is this runner's for kJobLeaseSeconds: the oldest of
// those of whom nothing runs. Nothing: there is none.
inline constexpr int kJobLeaseSeconds = 15;
struct JobToDo {
  Job job{};
  std::string request{};
};
std::optional<JobToDo> take_job(pqxx::work& tx, const Uuid& runner);
// Those that were begun as often as they may be, and whose runner has died again: failed now.
std::vector<Job> give_up_jobs(pqxx::work& tx);

struct JobProgress {
  std::int64_t progress = 0;
  std::optional<std::int64_t> total{};
};
// The lease of one that this runner has begins anew. Nothing, here and below: it has it no more.
std::optional<Job> keep_job(pqxx::work& tx, const Uuid& id, const Uuid& runner,
                            const JobProgress& progress);
// It waits again, as if it had not been begun. For the stop of a runner.
std::optional<Job> return_job(pqxx::work& tx, const Uuid& id, const Uuid& runner);
// It waits again, for kJobLeaseSeconds at least, four times as long after each attempt.
std::optional<Job> put_off_job(pqxx::work& tx, const Uuid& id, const Uuid& runner);

struct JobAnswer {
  std::string rights{};  // of who asked, as it was made
  KeptAnswer answer{};   // of status 200
};
// As `state`, with the answer of one that is done, or the problem (JSON) of one that failed.
// Nothing when the runner has it no more: then nothing is changed. What was asked is forgotten.
std::optional<Job> finish_job(pqxx::work& tx, const Uuid& id, const Uuid& runner,
                              const std::string& state, const std::optional<JobAnswer>& answer,
                              const std::string& problem);
std::optional<JobAnswer> find_job_answer(pqxx::work& tx, const Uuid& id);
// Finished for kKeepSeconds; a portion. False: there is no more.
bool drop_old_jobs(pqxx::work& tx);
// What somebody has beyond kKeepJobsOfOne and kKeepBytesOfOne: the oldest. The last one stays.
void drop_surplus_jobs(pqxx::work& tx, const JobActor& actor);

}  // namespace monitron::store
