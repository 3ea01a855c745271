// What is usual for the series of a rule on anomalies, as a band over a range of time, and what
// they were: learnt from storage as the notifier learns it.

#include "api/promql.hpp"
#include "api/query_answer.hpp"
#include "api/resource.hpp"
#include "api/rules.hpp"
#include "promql/parser.hpp"
#include "rules/anomaly.hpp"

#include <algorithm>
#include <cmath>

namespace monitron::api {
namespace {

constexpr std::size_t kMostSeries = 20;
constexpr std::int64_t kMostPoints = 2000;
constexpr std::int64_t kDayMs = 86'400'000;

struct Asked {
  promql::Range range;
  store::LabelFilters labels;  // that series must have
};

Outcome<Asked> asked_of(const http::Request& request, Instant now) {
  if (auto known = known_query(request, {"from", "to", "label"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto range = range_query(request);
  if (!range) return tl::unexpected(range.error());
  auto labels = label_query(request);
  if (!labels) return tl::unexpected(labels.error());
  const auto end = to_ms(range->to.value_or(now));
  const auto start = range->from ? to_ms(*range->from) : end - kDayMs;
  const auto step = std::max<std::int64_t>(1000, (end - start) / kMostPoints + 1);
  return Asked{{start, end, step}, std::move(*labels)};
}

bool has_labels(const promql::Labels& labels, const store::LabelFilters& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& filter) {
    using How = store::LabelFilter::How;
    const auto value = labels.get(filter.name);
    if (filter.how == How::exists) return !value.empty();
    return (value == filter.value) == (filter.how == How::equals);
  });
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json show(const promql::Series& series, const promql::Labels& labels,
          const rules::Baselines& baselines, const domain::AnomalyParameters& parameters) {
  Json points = Json::array();
  for (const auto& sample : series.samples) {
    const auto usual = rules::look(baselines, parameters, labels, sample);
    Json point = {{"at", to_rfc3339(from_ms(sample.time_ms))},
                  {"value", number_or_null(sample.value)}};
    if (usual) {
      point.update({{"lower", usual->band.lower},
                    {"middle", usual->band.middle},
                    {"upper", usual->band.upper},
                    {"unusual", usual->outside}});
    }
    points.push_back(std::move(point));
  }
  Json names = Json::object();
  for (const auto& [name, value] : labels.pairs()) names[name] = value;
  const auto known = baselines.find(labels);
  Json season = nullptr;  // nothing was learnt
  if (known != baselines.end()) season = domain::to_string(known->second.season());
  return {{"labels", names}, {"season", season}, {"points", std::move(points)}};
}

Outcome<http::Response> band_of(const store::Rule& rule, const Asked& asked, promql::Source& source,
                                promql::Budget& budget) {
  const auto expr = promql::parse(rule.expr);
  if (!expr) return tl::unexpected<Refusal>(expr.error());
  const auto shown = promql::query_range(*expr, asked.range, source, budget);
  if (!shown) return tl::unexpected<Refusal>(shown.error());
  const auto baselines =
      rules::learn_baselines(*expr, rule.anomaly, asked.range.end_ms, source, budget);
  if (!baselines) return tl::unexpected<Refusal>(baselines.error());
  Json items = Json::array();
  bool truncated = false;
  for (const auto& series : std::get<promql::Matrix>(shown->value)) {
    auto labels = series.labels;
    labels.remove(promql::kMetricName);
    if (!has_labels(labels, asked.labels)) continue;
    truncated = items.size() == kMostSeries;
    if (truncated) break;
    items.push_back(show(series, labels, *baselines, rule.anomaly));
  }
  return json_answer(200, {{"items", std::move(items)}, {"truncated", truncated}});
}

Outcome<store::Rule> rule_of(Context& context, const http::Request& request) {
  const auto id = path_id(request);
  if (!id) return tl::unexpected(id.error());
  auto rule =
      in_transaction(context.database, [&](pqxx::work& tx) { return store::find_rule(tx, *id); });
  if (!rule) return tl::unexpected(rule.error());
  if (!*rule) return refuse(Fault::not_found, "nothing has this id");
  if ((*rule)->kind != "anomaly") {
    return refuse(Fault::conflict, "only rules of the kind anomaly have a band");
  }
  return std::move(**rule);
}

void answer(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  const auto asked = asked_of(request, context.clock.now());
  if (!asked) return exchange->send(to_response(request, asked.error()));
  answer_by_query(context.queries, context.queries.limits(), exchange,
                  [&context, exchange, asked = *asked](auto& source, auto& budget) {
                    const auto rule = rule_of(context, exchange->request());
                    return rule ? band_of(*rule, asked, source, budget)
                                : tl::unexpected(rule.error());
                  });
}

}  // namespace

void add_rule_band_routes(http::Router& router, Context& context) {
  router.add_async(
      http::Method::get, "/api/v1/rules/:id/band", http::needs("rules:read"),
      [&context](const std::shared_ptr<http::Exchange>& exchange) { answer(context, exchange); });
}

}  // namespace monitron::api
