#include "api/promql.hpp"

#include "api/query_answer.hpp"
#include "promql/parser.hpp"

#include <cstdio>
#include <limits>

namespace monitron::api {

namespace {

struct RangeQuery {
  promql::Expr expr{};
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::int64_t step_ms = 0;
};

// Of stats=: what Prometheus counts and we know.
std::string statistics(const promql::Budget& budget, std::chrono::steady_clock::time_point begun) {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  char text[400];
  std::snprintf(text, sizeof text,
                R"(,"stats":{"timings":{"evalTotalTime":%.6f,"resultSortTime":0,)"
                R"("queryPreparationTime":0,"innerEvalTime":%.6f,"execQueueTime":0,)"
                R"("execTotalTime":%.6f},"samples":{"totalQueryableSamples":%llu,)"
                R"("peakSamples":%llu}})",
                took.count(), took.count(), took.count(),
                static_cast<unsigned long long>(budget.samples()),
                static_cast<unsigned long long>(budget.samples()));
  return text;
}

// At most `limit` series, 0 for all.
bool cut_to(promql::Value& value, std::size_t limit) {
  const auto cut = [limit](auto& series) {
    if (limit == 0 || series.size() <= limit) return false;
    series.resize(limit);
    return true;
  };
  if (auto* vector = std::get_if<promql::Vector>(&value)) return cut(*vector);
  if (auto* matrix = std::get_if<promql::Matrix>(&value)) return cut(*matrix);
  return false;
}

http::Response answer(Result<promql::Outcome> outcome, std::size_t limit, promql::Budget& budget,
                      const std::string& stats) {
  if (!outcome) return promql_answer(promql_error_of(outcome.error()));
  // The text counts towards the query's memory.
  if (const auto fits = budget.hold(text_bytes(outcome->value)); !fits) {
    return promql_answer(promql_error_of(fits.error()));
  }
  if (cut_to(outcome->value, limit)) {
    outcome->warnings.emplace_back("results truncated due to limit");
  }
  return promql_answer(*outcome, stats);
}

PromqlResult<promql::Options> options_of(const PromqlParameters& parameters) {
  promql::Options options;
  if (parameters.one("lookback_delta").empty()) return options;
  const auto lookback = parameters.duration("lookback_delta");
  if (!lookback) return refuse(lookback.error());
  if (*lookback > 0) options.lookback_ms = *lookback;
  return options;
}

PromqlResult<void> query(Context& context, const PromqlParameters& parameters,
                         const std::shared_ptr<http::Exchange>& exchange) {
  const auto time = parameters.time("time", to_ms(context.clock.now()));
  if (!time) return refuse(time.error());
  const auto limits = limits_of(parameters, context.queries);
  if (!limits) return refuse(limits.error());
  const auto options = options_of(parameters);
  if (!options) return refuse(options.error());
  const auto limit = parameters.limit();
  if (!limit) return refuse(limit.error());
  const auto expr = promql::parse(parameters.one("query"));
  if (!expr) return refuse(bad_parameter("query", expr.error().text));
  const bool stats = !parameters.one("stats").empty();
  run_query(context, *limits, exchange, [=](auto& source, auto& budget) {
    const auto begun = std::chrono::steady_clock::now();
    auto outcome = promql::query_instant(*expr, *time, source, budget, *options);
    return answer(std::move(outcome), *limit, budget, stats ? statistics(budget, begun) : "");
  });
  return {};
}

PromqlResult<RangeQuery> range_of(const PromqlParameters& parameters, std::uint64_t most_steps) {
  RangeQuery asked;
  for (const auto& [name, target] : {std::pair{"start", &asked.start_ms}, {"end", &asked.end_ms}}) {
    const auto time = parameters.time(name);
    if (!time) return refuse(time.error());
    *target = *time;
  }
  if (asked.end_ms < asked.start_ms) {
    return refuse(bad_parameter("end", "end timestamp must not be before start time"));
  }
  const auto step = parameters.duration("step");
  if (!step) return refuse(step.error());
  if (*step <= 0) {
    return refuse(bad_parameter(
        "step",
        "zero or negative query resolution step widths are not accepted. Try a positive integer"));
  }
  asked.step_ms = *step;
  if (static_cast<std::uint64_t>((asked.end_ms - asked.start_ms) / *step) > most_steps) {
    return refuse({PromqlError::Type::bad_data,
                   "exceeded maximum resolution of " +
                       (most_steps == 11'000 ? "11,000" : std::to_string(most_steps)) +
                       " points per timeseries. Try decreasing the query resolution (?step=XX)"});
  }
  auto expr = promql::parse(parameters.one("query"));
  if (!expr) return refuse({PromqlError::Type::bad_data, expr.error().text});
  const auto type = (*expr)->type;
  if (type != promql::ValueType::scalar && type != promql::ValueType::vector) {
    return refuse({PromqlError::Type::bad_data,
                   "invalid expression type \"" + std::string(promql::to_string(type)) +
                       "\" for range query, must be Scalar or instant Vector"});
  }
  asked.expr = std::move(*expr);
  return asked;
}

PromqlResult<void> query_range(Context& context, const PromqlParameters& parameters,
                               const std::shared_ptr<http::Exchange>& exchange) {
  const auto limits = limits_of(parameters, context.queries);
  if (!limits) return refuse(limits.error());
  const auto options = options_of(parameters);
  if (!options) return refuse(options.error());
  const auto limit = parameters.limit();
  if (!limit) return refuse(limit.error());
  const auto asked = range_of(parameters, limits->steps);
  if (!asked) return refuse(asked.error());
  const bool stats = !parameters.one("stats").empty();
  run_query(context, *limits, exchange, [=](auto& source, auto& budget) {
    const auto begun = std::chrono::steady_clock::now();
    auto outcome = promql::query_range(
        asked->expr, {asked->start_ms, asked->end_ms, asked->step_ms}, source, budget, *options);
    return answer(std::move(outcome), *limit, budget, stats ? statistics(budget, begun) : "");
  });
  return {};
}

PromqlResult<void> format_query(const PromqlParameters& parameters,
                                const std::shared_ptr<http::Exchange>& exchange) {
  const auto expr = promql::parse(parameters.one("query"));
  if (!expr) return refuse(bad_parameter("query", expr.error().text));
  std::string data;
  write_string(data, promql::to_string(*expr));
  exchange->send(promql_answer(data));
  return {};
}

// None are stored; whether the request is one is still told.
PromqlResult<void> query_exemplars(const PromqlParameters& parameters,
                                   const std::shared_ptr<http::Exchange>& exchange) {
  const auto start = parameters.time("start", std::numeric_limits<std::int64_t>::min());
  if (!start) return refuse(start.error());
  const auto end = parameters.time("end", std::numeric_limits<std::int64_t>::max());
  if (!end) return refuse(end.error());
  if (*end < *start) {
    return refuse(
        {PromqlError::Type::bad_data, "end timestamp must not be before start timestamp"});
  }
  const auto expr = promql::parse(parameters.one("query"));
  if (!expr) return refuse({PromqlError::Type::bad_data, expr.error().text});
  exchange->send(promql_answer("[]"));
  return {};
}

}  // namespace

void mount_promql(http::Router& router, const std::string& path, const http::Access& access,
                  const PromqlHandler& handler) {
  const auto serve = [handler](const std::shared_ptr<http::Exchange>& exchange) {
    const auto parameters = PromqlParameters::of(exchange->request());
    if (!parameters) return exchange->send(promql_answer(parameters.error()));
    handler(*parameters, exchange);
  };
  for (const auto* prefix : {"/api/v1", "/prometheus/api/v1"}) {
    for (const auto method : {http::Method::get, http::Method::post}) {
      router.add_async(method, prefix + path, access, serve);
    }
  }
}

PromqlResult<promql::Limits> limits_of(const PromqlParameters& parameters, const Queries& queries) {
  auto limits = queries.limits();
  if (parameters.one("timeout").empty()) return limits;
  const auto timeout = parameters.duration("timeout");
  if (!timeout) return refuse(timeout.error());
  limits.time =
      std::clamp(std::chrono::milliseconds(*timeout), std::chrono::milliseconds(0), limits.time);
  return limits;
}

void run_query(Context& context, const promql::Limits& limits,
               const std::shared_ptr<http::Exchange>& exchange, PromqlWork work) {
  const auto only = readable_sources(context.database, exchange->request().caller);
  if (!only) return exchange->send(promql_answer(promql_error_of(only.error())));
  const auto run = [exchange, only = *only, limit = db::limited_to(), work = std::move(work)](
                       auto& source, auto& budget) {
    const db::Limited held(limit);  // as the route is: on this thread, too
    if (const auto waited = budget.check(); !waited) {
      const bool late = waited.error().text.find("timed out") != std::string::npos;
      return exchange->send(promql_answer(
          late ? PromqlError{PromqlError::Type::timeout, "query timed out in query queue"}
               : promql_error_of(waited.error())));
    }
    if (!only) return exchange->send(work(source, budget));
    auto theirs = source.of(only);
    exchange->send(work(theirs, budget));
  };
  if (context.queries.run(limits, exchange->request().gone, run)) return;
  exchange->send(promql_answer(PromqlError{PromqlError::Type::unavailable, kTooManyQueries}));
}

void add_query_routes(http::Router& router, Context& context) {
  using Parameters = PromqlParameters;
  using Exchange = std::shared_ptr<http::Exchange>;
  const auto mount = [&router](const std::string& path, auto handler) {
    const auto serve = [handler](const Parameters& parameters, const Exchange& exchange) {
      if (const auto refused = handler(parameters, exchange); !refused) {
        exchange->send(promql_answer(refused.error()));
      }
    };
    mount_promql(router, path, http::needs_somewhere(kReadsMetrics), serve);
  };
  mount("/query", [&context](const Parameters& parameters, const Exchange& exchange) {
    return query(context, parameters, exchange);
  });
  mount("/query_range", [&context](const Parameters& parameters, const Exchange& exchange) {
    return query_range(context, parameters, exchange);
  });
  mount("/format_query", format_query);
  mount("/query_exemplars", query_exemplars);
}

}  // namespace monitron::api
