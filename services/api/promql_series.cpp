// What series there are, in Prometheus's forms, and what it tells of itself.

#include "api/promql.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace monitron::api {

namespace {

using Scope = series::SampleSource::Scope;
using Exchange = std::shared_ptr<http::Exchange>;

// The interface spoken here, for clients that choose their requests by it.
constexpr std::string_view kBuildInfo =
    R"({"version":"2.42.0","revision":"monitron","branch":"","buildUser":"","buildDate":"",)"
    R"("goVersion":""})";
constexpr std::int64_t kEndOfTime = 253'402'300'799'999;  // of the year 9999

struct Asked {
  Scope scope{};
  promql::Limits limits{};
  std::size_t limit = 0;
};

using Naming = PromqlParameters::Naming;

PromqlResult<Asked> asked_of(const PromqlParameters& parameters, const Queries& queries,
                             Naming naming = Naming::unnamed) {
  Asked asked;
  const auto start = parameters.time("start", 0);
  if (!start) return refuse(start.error());
  const auto end = parameters.time("end", kEndOfTime);
  if (!end) return refuse(end.error());
  auto selectors = parameters.selectors(naming);
  if (!selectors) return refuse(selectors.error());
  const auto limit = parameters.limit();
  if (!limit) return refuse(limit.error());
  const auto limits = limits_of(parameters, queries);
  if (!limits) return refuse(limits.error());
  asked.scope = {.sets = std::move(*selectors), .from_ms = *start, .to_ms = *end};
  asked.limit = *limit;
  asked.limits = *limits;
  return asked;
}

constexpr const char* kCut = "results truncated due to limit";

// All, or the first `limit`.
template <class Items, class Write>
http::Response list_answer(const Items& items, std::size_t limit, Write write) {
  const auto count = limit == 0 ? items.size() : std::min(limit, items.size());
  std::string data = "[";
  std::size_t written = 0;
  for (const auto& item : items) {
    if (written == count) break;
    if (written++ > 0) data += ',';
    write(data, item);
  }
  std::vector<std::string> warnings;
  if (count < items.size()) warnings.emplace_back(kCut);
  return promql_answer(data += ']', warnings);
}

http::Response names_answer(const Result<std::set<std::string>>& names, std::size_t limit) {
  if (!names) return promql_answer(promql_error_of(names.error()));
  return list_answer(*names, limit,
                     [](std::string& out, const auto& name) { write_string(out, name); });
}

PromqlResult<void> series(Context& context, const PromqlParameters& parameters,
                          const Exchange& exchange) {
  if (parameters.all("match[]").empty()) {
    return refuse({PromqlError::Type::bad_data, "no match[] parameter provided"});
  }
  const auto asked = asked_of(parameters, context.queries, Naming::named);
  if (!asked) return refuse(asked.error());
  run_query(context, asked->limits, exchange, [asked](auto& source, auto& budget) {
    auto found = source.series(asked->scope, budget);
    if (!found) return promql_answer(promql_error_of(found.error()));
    return list_answer(*found, asked->limit,
                       [](std::string& out, const auto& one) { write_labels(out, *one); });
  });
  return {};
}

PromqlResult<void> labels(Context& context, const PromqlParameters& parameters,
                          const Exchange& exchange) {
  const auto asked = asked_of(parameters, context.queries);
  if (!asked) return refuse(asked.error());
  run_query(context, asked->limits, exchange, [asked](auto& source, auto& budget) {
    return names_answer(source.label_names(asked->scope, budget), asked->limit);
  });
  return {};
}

bool is_label_name(std::string_view name) {
  constexpr std::string_view kLetters =
      "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return !name.empty() && (name[0] < '0' || name[0] > '9') &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

PromqlResult<void> label_values(Context& context, const PromqlParameters& parameters,
                                const Exchange& exchange) {
  const auto name = exchange->request().params.at("name");
  if (!is_label_name(name)) {
    return refuse({PromqlError::Type::bad_data, "invalid label name: \"" + name + "\""});
  }
  const auto asked = asked_of(parameters, context.queries);
  if (!asked) return refuse(asked.error());
  run_query(context, asked->limits, exchange, [asked, name](auto& source, auto& budget) {
    return names_answer(source.label_values(name, asked->scope, budget), asked->limit);
  });
  return {};
}

}  // namespace

void add_series_routes(http::Router& router, Context& context) {
  using Handler = PromqlResult<void> (*)(Context&, const PromqlParameters&, const Exchange&);
  const std::pair<const char*, Handler> routes[] = {
      {"/series", series}, {"/labels", labels}, {"/label/:name/values", label_values}};
  for (const auto& [path, handle] : routes) {
    mount_promql(router, path, http::needs_somewhere(kReadsMetrics),
                 [&context, handle = handle](const auto& parameters, const Exchange& exchange) {
                   const auto refused = handle(context, parameters, exchange);
                   if (!refused) exchange->send(promql_answer(refused.error()));
                 });
  }
  mount_promql(
      router, "/status/buildinfo", http::needs_somewhere(kReadsMetrics),
      [](const auto&, const Exchange& exchange) { exchange->send(promql_answer(kBuildInfo)); });
}

}  // namespace monitron::api
