// GET /status/tsdb and /admin/tsdb/status: how many series there are, and what makes them many.

#include "api/promql.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kDefaultLimit = 10;
constexpr std::size_t kMostListed = 1000;

void write_counts(std::string& out, const char* name, const series::Cardinality::Counts& counts) {
  ((out += ",\"") += name) += "\":[";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    out += i > 0 ? ",{\"name\":" : "{\"name\":";
    write_string(out, counts[i].name);
    (out += ",\"value\":") += std::to_string(counts[i].value) + "}";
  }
  out += ']';
}

http::Response answer(const Result<series::Cardinality>& found) {
  if (!found) return promql_answer(promql_error_of(found.error()));
  auto data = "{\"headStats\":{\"numSeries\":" + std::to_string(found->series) +
              ",\"numLabelPairs\":" + std::to_string(found->label_pairs) +
              ",\"chunkCount\":" + std::to_string(found->chunks) +
              ",\"minTime\":" + std::to_string(found->min_time_ms) +
              ",\"maxTime\":" + std::to_string(found->max_time_ms) +
              ",\"numSources\":" + std::to_string(found->sources) + "}";
  write_counts(data, "seriesCountByMetricName", found->series_by_metric);
  write_counts(data, "labelValueCountByLabelName", found->values_by_label);
  write_counts(data, "memoryInBytesByLabelName", found->bytes_by_label);
  write_counts(data, "seriesCountByLabelValuePair", found->series_by_pair);
  write_counts(data, "seriesCountBySource", found->series_by_source);
  std::vector<std::string> warnings;
  if (!found->exact) {
    warnings.emplace_back("counts of labels are reckoned from a part of the series");
  }
  return promql_answer(data += '}', warnings);
}

PromqlResult<void> status(Context& context, const PromqlParameters& parameters,
                          const std::shared_ptr<http::Exchange>& exchange) {
  const auto asked = parameters.limit();
  if (!asked) return refuse(asked.error());
  const auto limit = parameters.has("limit") ? *asked : kDefaultLimit;
  if (limit < 1 || limit > kMostListed) {
    return refuse(bad_parameter("limit", "limit must be between 1 and 1000"));
  }
  const auto limits = limits_of(parameters, context.queries);
  if (!limits) return refuse(limits.error());
  run_query(context, *limits, exchange, [limit](auto& source, auto& budget) {
    return answer(source.cardinality(limit, budget));
  });
  return {};
}

}  // namespace

void add_tsdb_status_routes(http::Router& router, Context& context) {
  for (const auto* path : {"/status/tsdb", "/admin/tsdb/status"}) {
    mount_promql(router, path, http::needs(kReadsMetrics),
                 [&context](const auto& parameters, const auto& exchange) {
                   const auto refused = status(context, parameters, exchange);
                   if (!refused) exchange->send(promql_answer(refused.error()));
                 });
  }
}

}  // namespace monitron::api
