#include "api/jobs.hpp"

#include "api/kept_answer.hpp"
#include "api/resource.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "contracts/job_changed.hpp"
#include "store/outbox.hpp"

namespace monitron::api {
namespace {

const std::vector<std::string> kKinds = {"report", "rule_replay", "audit_export", "config_import",
                                         "config_plan"};
const std::vector<std::string> kStates = {"queued", "running", "done", "failed", "cancelled"};

std::string context_of(const Uuid& job) { return "job:" + job.str(); }

store::JobReader reader_of(const http::Caller& caller) {
  return {.own = {caller.kind, caller.id},
          .all = caller.may("jobs:write"),
          .reports = caller.may("reports:read")};
}

Json result_url(const store::Job& job) {
  if (job.state != "done") return nullptr;
  const auto id = job.id.str();
  if (job.kind == store::kReportJob) return "/api/v1/reports/" + id + "/download";
  return "/api/v1/jobs/" + id + "/result";
}

Json progress_of(const store::Job& job) {
  if (job.progress == 0 && !job.total) return nullptr;
  return {{"done", job.progress}, {"total", job.total ? Json(*job.total) : Json(nullptr)}};
}

Json show(const store::Job& job) {
  const bool expires = job.finished_at && job.kind != store::kReportJob;
  const auto ends =
      expires ? std::optional(*job.finished_at + std::chrono::seconds(store::kKeepSeconds))
              : std::nullopt;
  return {{"id", job.id.str()},
          {"kind", job.kind},
          {"state", job.state},
          {"operation", job.operation},
          {"progress", progress_of(job)},
          {"cancelling", job.cancelling && job.state == "running"},
          {"actor_kind", job.actor.kind.empty() ? Json(nullptr) : Json(job.actor.kind)},
          {"actor_id", job.actor.id.empty() ? Json(nullptr) : Json(job.actor.id)},
          {"result_url", result_url(job)},
          {"problem", json_or_null(job.problem)},
          {"created_at", to_rfc3339(job.created_at)},
          {"started_at", time_or_null(job.started_at)},
          {"finished_at", time_or_null(job.finished_at)},
          {"expires_at", time_or_null(ends)}};
}

tl::unexpected<Refusal> missing() { return refuse(Fault::not_found, "nothing has this id"); }

Outcome<void> room_for(pqxx::work& tx, const store::JobActor& actor) {
  const auto unfinished = store::unfinished_jobs(tx, actor);
  if (unfinished.of_actor >= store::kMostJobsOfOne) {
    return refuse(http::Problem{.status = 429,
                                .detail = std::to_string(store::kMostJobsOfOne) +
                                          " jobs of yours are not finished: wait, or cancel some",
                                .headers = {{"Retry-After", "10"}}});
  }
  if (unfinished.of_all >= store::kMostJobs) {
    return refuse(Fault::unavailable, "too many jobs are waiting; try again");
  }
  return {};
}

// When it is worth asking again (RFC 9110 10.2.3).
http::Response answer_of(int status, const store::Job& job) {
  auto response = json_answer(status, show(job));
  if (!job.finished_at) response.headers.emplace_back("Retry-After", "2");
  return response;
}

http::Response accepted(const store::Job& job) {
  auto response = answer_of(202, job);
  response.headers.emplace_back("Location", "/api/v1/jobs/" + job.id.str());
  response.headers.emplace_back("Preference-Applied", "respond-async");
  return response;
}

Outcome<http::Response> store_job(Context& context, const std::string& kind,
                                  const http::Request& request) {
  store::Job job{.id = Uuid::make(),
                 .kind = kind,
                 .actor = {request.caller.kind, request.caller.id},
                 .operation = std::string(to_string(request.method)) + " " + request.path};
  const access::Standing standing{request.caller.name,
                                  context.grants.version_of(request.caller.id)};
  const auto sealed = sealed_request(context.vault, job.id, {request, standing});
  if (!sealed) return tl::unexpected<Refusal>(sealed.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (const auto room = room_for(tx, job.actor); !room) return tl::unexpected(room.error());
    const auto made = store::insert_job(tx, job, *sealed);
    store::append_audit(tx, audit_entry(request, "job.create", job.id.str(),
                                        {{"kind", job.kind}, {"operation", job.operation}}));
    tell_job(tx, made, context.clock.now());
    return accepted(made);
  });
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = page_query(request, store::job_listing(), {"kind", "state"});
  if (!query) return tl::unexpected(query.error());
  const auto kind = choice_query(request, "kind", kKinds);
  if (!kind) return tl::unexpected(kind.error());
  const auto state = choice_query(request, "state", kStates);
  if (!state) return tl::unexpected(state.error());
  const auto page = in_transaction(context.database, [&](pqxx::work& tx) {
    return store::list_jobs(tx, *query, reader_of(request.caller), {*kind, *state});
  });
  if (!page) return tl::unexpected(page.error());
  return page_answer(request, *page, show);
}

Outcome<http::Response> get(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  const auto job = in_transaction(context.database, [&](pqxx::work& tx) {
    return store::find_job(tx, *id, reader_of(request.caller));
  });
  if (!job) return tl::unexpected(job.error());
  if (!*job) return missing();
  return answer_of(200, **job);
}

Outcome<http::Response> cancel(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto reader = reader_of(request.caller);
    const auto job = store::find_job(tx, *id, reader);
    if (!job) return missing();
    if (job->kind == store::kReportJob) {
      return refuse(Fault::conflict, "a report is made to its end");
    }
    const auto after = store::cancel_job(tx, *id);
    if (!after) return refuse(Fault::conflict, "the job has ended");
    store::append_audit(tx, audit_entry(request, "job.cancel", id->str()));
    tell_job(tx, *after, context.clock.now());
    if (after->finished_at) store::drop_surplus_jobs(tx, after->actor);
    return answer_of(200, *after);
  });
}

// What somebody may no longer ask for he no longer gets by having asked before.
Outcome<http::Response> result(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto job = store::find_job(tx, *id, {.own = {request.caller.kind, request.caller.id}});
    if (!job || job->kind == store::kReportJob) return missing();
    const auto answer = store::find_job_answer(tx, *id);
    if (!answer) return refuse(Fault::conflict, "the job is " + job->state + ": it has no result");
    if (answer->rights != rights_of(request.caller)) {
      return refuse(Fault::denied, "what you may has changed since it was made: ask again");
    }
    return given_again(answer->answer);
  });
}

}  // namespace

bool is_for_later(const http::Request& request) {
  if (request.work || request.method == http::Method::head) return false;
  for (const auto& preference : split_list(request.header("prefer"))) {
    if (to_lower(preference.substr(0, preference.find(';'))) == "respond-async") return true;
  }
  return false;
}

Outcome<http::Response> accept_job(Context& context, const std::string& kind,
                                   const http::Request& request) {
  return once(context, [&context, &kind](const http::Request& asked) {
    return store_job(context, kind, asked);
  })(request);
}

Result<std::string> sealed_request(const auth::Vault& vault, const Uuid& job,
                                   const AskedRequest& asked) {
  const auto& request = asked.request;
  Json query = Json::array();
  for (const auto& [name, value] : request.query) query.push_back({name, value});
  const Json json = {{"method", to_string(request.method)},
                     {"path", request.path},
                     {"query", query},
                     {"content_type", request.header("content-type")},
                     {"body", to_base64url(request.body)},
                     {"peer", request.peer},
                     {"request_id", request.request_id},
                     {"session", asked.standing.session},
                     {"version", asked.standing.version}};
  return vault.seal(json.dump(-1, ' ', false, Json::error_handler_t::replace), context_of(job));
}

Result<AskedRequest> opened_request(const auth::Vault& vault, const Uuid& job,
                                    const std::string& sealed) {
  const auto text = vault.open(sealed, context_of(job));
  if (!text) return fail(text.error());
  const auto json = Json::parse(*text);
  AskedRequest asked{.standing = {json.value("session", ""), json.value("version", 0)}};
  auto& request = asked.request;
  request.method = json["method"] == "GET" ? http::Method::get : http::Method::post;
  request.path = json["path"].get<std::string>();
  for (const auto& pair : json["query"]) {
    request.query.emplace(pair[0].get<std::string>(), pair[1].get<std::string>());
  }
  request.headers["content-type"] = json["content_type"].get<std::string>();
  request.body = from_base64url(json["body"].get<std::string>()).value_or("");
  request.peer = json["peer"].get<std::string>();
  request.request_id = json["request_id"].get<std::string>();
  return asked;
}

std::string rights_of(const http::Caller& caller) {
  std::set<std::string> limited;  // in whichever order they were read
  for (const auto& one : caller.limited) {
    limited.insert(Json::array({one.permissions, one.labels}).dump());
  }
  return to_hex(sha256(Json::array({caller.permissions, limited}).dump()));
}

void tell_job(pqxx::work& tx, const store::Job& job, Instant now) {
  store::kApiOutbox.append(tx, contracts::to_message({.change_id = Uuid::make(),
                                                      .job_id = job.id,
                                                      .kind = job.kind,
                                                      .state = job.state,
                                                      .progress = job.progress,
                                                      .total = job.total,
                                                      .actor_id = job.actor.id,
                                                      .at = now}));
}

void add_job_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/jobs", "jobs:read",
        [&context](const auto& request) { return list(context, request); });
  mount(router, Method::get, "/api/v1/jobs/:id", "jobs:read",
        [&context](const auto& request) { return get(context, request); });
  mount(router, Method::get, "/api/v1/jobs/:id/result", "jobs:read",
        [&context](const auto& request) { return result(context, request); });
  mount(router, Method::post, "/api/v1/jobs/:id/cancel", "jobs:read",
        [&context](const auto& request) { return cancel(context, request); });
}

}  // namespace monitron::api
