#include "api/metrics.hpp"

#include "api/metric_value.hpp"
#include "api/resource.hpp"
#include "base/text.hpp"
#include "domain/metric_types.hpp"
#include "series/reader.hpp"
#include "store/checks.hpp"
#include "store/instances.hpp"

namespace monitron::api {
namespace {

constexpr int kMaxBuckets = 200'000;  // 200 series, 30 days by the hour
constexpr std::size_t kMaxAggregates = 10;
constexpr std::chrono::seconds kMaxStep = std::chrono::days(31);

// What all routes here ask: of which source, and which of its series.
struct Selection {
  Uuid source{};
  std::string metric_type{};
  std::string metric_name{};
};

Outcome<Selection> selection_of(const http::Request& request) {
  const auto source = uuid_query(request, "server_id");
  if (!source) return tl::unexpected(source.error());
  if (!*source) return refuse_fields({{"server_id", "required", "is missing"}});
  const auto type = request.query_one("metric_type").value_or("");
  return Selection{**source, std::string(domain::canonical_metric_type(type)),
                   request.query_one("metric_name").value_or("")};
}

Outcome<void> must_exist(pqxx::work& tx, const http::Caller& caller, const Uuid& source) {
  const auto scope = scope_of(caller, "metrics:read");
  const auto check = store::find_check(tx, source);
  const auto instance = check ? check->instance_id : std::optional<Uuid>(source);
  const bool there = check || store::find_instance(tx, source);
  if (there && store::is_in_scope(tx, scope, instance)) return {};
  return refuse(Fault::not_found, "no server or check has this id");
}

Json labels_json(const series::SeriesInfo& info) {
  auto labels = Json::parse(info.labels, nullptr, false);
  return labels.is_object() ? labels : Json::object();
}

Json item(const Uuid& source, const series::SeriesInfo& info, Json value, Instant time) {
  return {{"server_id", source.str()},       {"metric_type", info.metric_type},
          {"metric_name", info.metric_name}, {"value", std::move(value)},
          {"labels", labels_json(info)},     {"timestamp", to_rfc3339(time)}};
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The items of an answer that may be long, as text at once: what is the same for all of a series is
// written once.
class BucketItems {
 public:
  BucketItems(const series::BucketQuery& query, const series::Buckets& found) : query_(query) {
    for (const auto& [id, info] : found.series) {
      auto head = text_of({{"server_id", query.source.str()},
                           {"metric_type", info.metric_type},
                           {"metric_name", info.metric_name}});
      head.back() = ',';
      frames_[id] = {head + "\"value\":", ",\"labels\":" + text_of(labels_json(info))};
    }
    for (const auto& bucket : found.items) add(bucket);
  }
  std::string answer() && {
    return R"({"items":[)" + std::move(text_) + R"(],"next_cursor":null})";
  }

 private:
  struct Frame {
    std::string before{}, after{};  // the value
  };

  // `value` is that of the first aggregate; where several are asked for, `values` has each by name.
  void add(const series::BucketValues& bucket) {
    const auto value = [&](std::size_t at) {
      return bucket.values.empty() ? Json() : metric_value(bucket.values[at]);
    };
    if (time_.empty() || bucket.start != start_) time_ = to_rfc3339(start_ = bucket.start);
    const auto& frame = frames_.at(bucket.series);
    text_ += (text_.empty() ? "" : ",") + frame.before + text_of(value(0)) + frame.after +
             ",\"timestamp\":\"" + time_ + '"';
    if (query_.aggregates.size() > 1) {
      Json values;
      for (std::size_t i = 0; i < query_.aggregates.size(); ++i) {
        values[query_.aggregates[i].name] = value(i);
      }
      text_ += ",\"values\":" + text_of(values);
    }
    text_ += '}';
  }

  const series::BucketQuery& query_;
  std::map<std::int32_t, Frame> frames_;
  Instant start_{};
  std::string time_;
  std::string text_;
};

Outcome<http::Response> samples(Context& context, const http::Request& request,
                                const Selection& selection) {
  const auto place = page_place(request);
  if (!place) return tl::unexpected(place.error());
  const auto range = range_query(request);
  if (!range) return tl::unexpected(range.error());
  series::SampleQuery query{.source = selection.source,
                            .metric_type = selection.metric_type,
                            .metric_name = selection.metric_name,
                            .from = range->from,
                            .to = range->to,
                            .after = series::Position::parse(place->position),
                            .limit = place->limit};
  if (!place->position.empty() && !query.after) return bad_cursor();
  return in_transaction(
      context.database,
      [&](pqxx::work& tx) -> Outcome<http::Response> {
        if (auto there = must_exist(tx, request.caller, query.source); !there)
          return tl::unexpected(there.error());
        const auto found = series::read_samples(tx, query);
        Json items = Json::array();
        for (const auto& sample : found.items) {
          items.push_back(item(query.source, found.series.at(sample.series),
                               metric_value(sample.value), sample.time));
        }
        return page_answer(request, std::move(items),
                           found.more ? found.items.back().position.str() : "");
      },
      when_gone(request));
}

// agg, a comma list, and fill.
Outcome<void> aggregates_of(const http::Request& request, series::BucketQuery& query) {
  query.aggregates.clear();
  const auto names = split_list(request.query_one("agg").value_or("avg"));
  for (const auto& name : names) {
    auto aggregate = series::parse_aggregate(name);
    if (!aggregate) {
      return refuse_fields({{"agg", "invalid",
                             "must be a list of avg, min, max, sum, count and quantiles like "
                             "p95 or p99.9"}});
    }
    query.aggregates.push_back(std::move(*aggregate));
  }
  if (names.empty() || names.size() > kMaxAggregates) {
    return refuse_fields({{"agg", "invalid", "must name one aggregate, at most 10"}});
  }
  const auto fill = series::parse_fill(request.query_one("fill").value_or("none"));
  if (!fill) {
    return refuse_fields({{"fill", "invalid", "must be one of: none, null, previous, linear"}});
  }
  query.fill = *fill;
  return {};
}

// "300" or "5m".
Outcome<std::chrono::seconds> step_of(const http::Request& request) {
  const auto text = request.query_one("step").value_or("");
  std::optional<std::chrono::milliseconds> step = parse_duration(text);
  if (const auto seconds = parse_number<int>(text)) step = std::chrono::seconds(*seconds);
  if (!step || step->count() <= 0 || step->count() % 1000 != 0 || *step > kMaxStep) {
    return refuse_fields(
        {{"step", "invalid", "must be whole seconds (300) or a duration (5m), at most 31 days"}});
  }
  return std::chrono::duration_cast<std::chrono::seconds>(*step);
}

Outcome<series::BucketQuery> bucket_query(const http::Request& request,
                                          const Selection& selection) {
  series::BucketQuery query{.source = selection.source,
                            .metric_type = selection.metric_type,
                            .metric_name = selection.metric_name,
                            .limit = kMaxBuckets};
  const auto step = step_of(request);
  if (!step) return tl::unexpected(step.error());
  query.step = *step;
  for (const char* name : {"limit", "cursor"}) {
    if (request.query_one(name)) {
      return refuse_fields({{name, "invalid", "is of use only without step"}});
    }
  }
  if (auto done = aggregates_of(request, query); !done) return tl::unexpected(done.error());
  for (const auto& [name, target] : {std::pair{"from", &query.from}, {"to", &query.to}}) {
    const auto time = time_query(request, name);
    if (!time) return tl::unexpected(time.error());
    if (!*time) return refuse_fields({{name, "required", "is needed with step"}});
    *target = **time;
  }
  if (query.to <= query.from) return refuse_fields({{"to", "invalid", "must be after from"}});
  if ((query.to - query.from) / query.step > kMaxBuckets) {
    return refuse_fields({{"step", "invalid",
                           "is too short for this range: it gives more than " +
                               std::to_string(kMaxBuckets) + " values"}});
  }
  return query;
}

Outcome<http::Response> buckets(Context& context, const http::Request& request,
                                const Selection& selection) {
  const auto query = bucket_query(request, selection);
  if (!query) return tl::unexpected(query.error());
  return in_transaction(
      context.database,
      [&](pqxx::work& tx) -> Outcome<http::Response> {
        if (auto there = must_exist(tx, request.caller, query->source); !there)
          return tl::unexpected(there.error());
        const auto found = series::read_buckets(tx, *query);
        if (found.more) {
          return refuse_fields({{"step", "invalid",
                                 "gives more than " + std::to_string(kMaxBuckets) +
                                     " values: ask for a longer "
                                     "step, a shorter range or one metric_name"}});
        }
        return http::json_response(200, BucketItems(*query, found).answer());
      },
      when_gone(request));
}

Outcome<http::Response> metrics(Context& context, const http::Request& request) {
  const auto known = known_query(request, {"server_id", "metric_type", "metric_name", "from", "to",
                                           "limit", "cursor", "step", "agg", "fill"});
  if (!known) return tl::unexpected(known.error());
  const auto selection = selection_of(request);
  if (!selection) return tl::unexpected(selection.error());
  if (request.query_one("step")) return buckets(context, request, *selection);
  for (const char* name : {"agg", "fill"}) {
    if (request.query_one(name)) {
      return refuse_fields({{name, "invalid", "is of use only with step"}});
    }
  }
  return samples(context, request, *selection);
}

Outcome<http::Response> list_series(Context& context, const http::Request& request) {
  const auto known =
      known_query(request, {"server_id", "metric_type", "metric_name", "limit", "cursor"});
  if (!known) return tl::unexpected(known.error());
  const auto selection = selection_of(request);
  if (!selection) return tl::unexpected(selection.error());
  const auto place = page_place(request);
  if (!place) return tl::unexpected(place.error());
  const auto& position = place->position;
  const auto after = position.empty() ? 0 : parse_number<std::int32_t>(position).value_or(-1);
  if (after < 0) return bad_cursor();
  const series::SeriesQuery query{.source = selection->source,
                                  .metric_type = selection->metric_type,
                                  .metric_name = selection->metric_name,
                                  .after = after,
                                  .limit = place->limit + 1};
  return in_transaction(
      context.database,
      [&](pqxx::work& tx) -> Outcome<http::Response> {
        if (auto there = must_exist(tx, request.caller, query.source); !there)
          return tl::unexpected(there.error());
        auto found = series::list_series(tx, query);
        const bool more = found.size() > static_cast<std::size_t>(place->limit);
        if (more) found.pop_back();
        Json items = Json::array();
        for (const auto& one : found) {
          items.push_back({{"metric_type", one.metric_type},
                           {"metric_name", one.metric_name},
                           {"labels", labels_json(one)}});
        }
        return page_answer(request, std::move(items), more ? std::to_string(found.back().id) : "");
      },
      when_gone(request));
}

}  // namespace

void add_metric_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/metrics", http::needs_somewhere("metrics:read"),
        [&context](const auto& request) { return metrics(context, request); });
  mount(router, Method::get, "/api/v1/metrics/series", http::needs_somewhere("metrics:read"),
        [&context](const auto& request) { return list_series(context, request); });
}

}  // namespace monitron::api
