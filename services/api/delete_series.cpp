// Samples that people want gone: noted here, done by ingest's compactor, answered when done.

#include "api/promql.hpp"
#include "api/resource.hpp"
#include "api/retention.hpp"
#include "store/retention.hpp"

namespace monitron::api {
namespace {

using Exchange = std::shared_ptr<http::Exchange>;

constexpr std::int64_t kEndOfTime = 253'402'300'799'999;  // of the year 9999

struct Asked {
  std::vector<std::vector<promql::Matcher>> selectors{};
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  std::vector<std::string> texts{};  // as given, for the audit
};

PromqlError unavailable(const char* words) { return {PromqlError::Type::unavailable, words}; }

PromqlResult<Asked> asked_of(const PromqlParameters& parameters) {
  Asked asked{.texts = parameters.all("match[]")};
  if (asked.texts.empty()) {
    return refuse({PromqlError::Type::bad_data, "no match[] parameter provided"});
  }
  const auto start = parameters.time("start", 0);
  if (!start) return refuse(start.error());
  const auto end = parameters.time("end", kEndOfTime);
  if (!end) return refuse(end.error());
  auto selectors = parameters.selectors(PromqlParameters::Naming::named);
  if (!selectors) return refuse(selectors.error());
  asked.selectors = std::move(*selectors);
  asked.from_ms = std::clamp<std::int64_t>(*start, 0, kEndOfTime);
  asked.to_ms = std::clamp<std::int64_t>(*end, 0, kEndOfTime);
  return asked;
}

// The deletion and its entry in the audit, if somebody is there to do it.
PromqlResult<void> note(Context& context, const http::Request& request, const Asked& asked,
                        const store::SeriesDeletion& deletion) {
  const auto done = context.database.transact([&](pqxx::work& tx) {
    if (!store::compactor_is_there(tx)) return false;
    store::insert_deletion(tx, deletion);
    store::append_audit(tx, audit_entry(request, "series.delete", deletion.id.str(),
                                        {{"match", asked.texts},
                                         {"start", to_rfc3339(deletion.from)},
                                         {"end", to_rfc3339(deletion.to)},
                                         {"series", deletion.series.size()}}));
    return true;
  });
  if (!done) return refuse(promql_error_of(done.error()));
  if (*done) return {};
  return refuse(unavailable(
      "nothing was deleted: samples are deleted by the compactor, and no ingest service with "
      "that role is running"));
}

// The number of the stored deletion; nothing when there is nothing to delete. The client may go
// until it is stored: then nothing has happened.
PromqlResult<std::optional<Uuid>> store_deletion(Context& context, const http::Request& request,
                                                 const Asked& asked, series::SampleSource& source,
                                                 promql::Budget& budget) {
  if (asked.to_ms < asked.from_ms) return std::nullopt;
  auto series = source.series_ids(asked.selectors, budget);
  if (!series) return refuse(promql_error_of(series.error()));
  if (series->empty()) return std::nullopt;
  const store::SeriesDeletion deletion{.id = Uuid::make(),
                                       .series = std::move(*series),
                                       .from = from_ms(asked.from_ms),
                                       .to = from_ms(asked.to_ms)};
  if (auto noted = note(context, request, asked, deletion); !noted) return refuse(noted.error());
  return deletion.id;
}

void wait_for(Context& context, const Uuid& deletion, const Exchange& exchange,
              std::chrono::milliseconds patience) {
  const auto look = [deletion](pqxx::work& tx) -> std::optional<http::Response> {
    if (!store::is_deleted(tx, deletion)) return std::nullopt;
    return http::Response{.status = 204};
  };
  context.waits.add(look, exchange, patience,
                    promql_answer(PromqlError{PromqlError::Type::timeout,
                                              "the deletion was accepted and will be done, but not "
                                              "within the time limit"}));
}

void serve(Context& context, const Exchange& exchange) {
  const auto parameters = PromqlParameters::of(exchange->request());
  if (!parameters) return exchange->send(promql_answer(parameters.error()));
  const auto asked = asked_of(*parameters);
  if (!asked) return exchange->send(promql_answer(asked.error()));
  const auto& gone = exchange->request().gone;
  const auto work = [&context, exchange, asked](auto& source, auto& budget) {
    const auto stored = store_deletion(context, exchange->request(), *asked, source, budget);
    if (!stored) return exchange->send(promql_answer(stored.error()));
    if (!*stored) return exchange->send({.status = 204});
    wait_for(context, **stored, exchange, budget.remaining());
  };
  if (context.queries.run(context.queries.limits(), gone, work)) return;
  exchange->send(promql_answer(unavailable(kTooManyQueries)));
}

}  // namespace

void add_delete_series_routes(http::Router& router, Context& context) {
  for (const auto* prefix : {"/api/v1", "/prometheus/api/v1"}) {
    for (const auto method : {http::Method::post, http::Method::put}) {
      router.add_async(method, std::string(prefix) + "/admin/tsdb/delete_series",
                       http::needs("metrics:delete"),
                       [&context](const Exchange& exchange) { serve(context, exchange); });
    }
  }
}

}  // namespace monitron::api
