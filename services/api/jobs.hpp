#pragma once
// Long work that nobody waits for: what handles such a request checks it first, and when it has
// `Prefer: respond-async` (RFC 7240) answers with accept_job(): 202 and the address of a job, which
// the runner (api/job_runner.hpp) does by asking the same route once more, as the same caller, with
// Request::work set. Whoever asked for a job sees it, cancels it and fetches what came of it, as
// long as he may what he might when it was done; who has jobs:write sees and cancels all of them,
// reports:read shows reports in work.

#include "api/answer.hpp"
#include "api/context.hpp"
#include "http/router.hpp"
#include "store/jobs.hpp"

namespace monitron::api {

bool is_for_later(const http::Request& request);

inline constexpr std::chrono::minutes kLongestJob{10};
inline constexpr std::size_t kMostJobBytes = std::size_t{64} << 20;  // of an answer
// Faults: 429 beyond store::kMostJobsOfOne of one's own that are not finished, unavailable beyond
// store::kMostJobs in all. Heeds an Idempotency-Key (api/once.hpp). `kind`: "rule_replay".
Outcome<http::Response> accept_job(Context& context, const std::string& kind,
                                   const http::Request& request);

// What is asked, sealed: it may have secrets in it; and read back. Fault: invalid, when no key
// opens it.
struct AskedRequest {
  http::Request request{};
  access::Standing standing{};  // of who asked, then
};
Result<std::string> sealed_request(const auth::Vault& vault, const Uuid& job,
                                   const AskedRequest& asked);
Result<AskedRequest> opened_request(const auth::Vault& vault, const Uuid& job,
                                    const std::string& sealed);

// What somebody may, in one word: another one when that has changed.
std::string rights_of(const http::Caller& caller);

// Tells who follows jobs (job.changed). In the transaction of the change.
void tell_job(pqxx::work& tx, const store::Job& job, Instant now);

void add_job_routes(http::Router& router, Context& context);

}  // namespace monitron::api
