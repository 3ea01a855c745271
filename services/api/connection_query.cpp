#include "api/connection_query.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using namespace std::chrono_literals;
using promql::MatchKind;

constexpr std::chrono::milliseconds kUsualWindow = 5min, kLeastWindow = 10s, kMostWindow = 6h;
// As long a sample tells of now in PromQL, too.
constexpr std::int64_t kFreshMs = 300'000;

Outcome<std::chrono::milliseconds> window_of(const http::Request& request) {
  const auto text = request.query_one("window");
  if (!text) return kUsualWindow;
  auto window = parse_duration(*text);
  if (const auto seconds = parse_number<int>(*text)) window = std::chrono::seconds(*seconds);
  if (!window || *window < kLeastWindow || *window > kMostWindow) {
    return refuse_fields(
        {{"window", "invalid",
          "must be seconds (300) or a duration (5m), from 10 seconds to 6 hours"}});
  }
  return *window;
}

void add_matcher(ConnectionQuery& query, MatchKind kind, std::string name, std::string value) {
  query.matchers.push_back(*promql::Matcher::make(kind, std::move(name), std::move(value)));
}

Outcome<void> add_labels(const http::Request& request, ConnectionQuery& query) {
  const auto filters = label_query(request);
  if (!filters) return tl::unexpected(filters.error());
  for (const auto& one : *filters) {
    using How = store::LabelFilter::How;
    const auto kind = one.how == How::equals ? MatchKind::equal : MatchKind::not_equal;
    add_matcher(query, kind, one.name, one.how == How::exists ? "" : one.value);
  }
  return {};
}

promql::Selection selection_of(std::string_view metrics, const ConnectionQuery& query) {
  promql::Selection selection{
      .matchers = query.matchers, .from_ms = query.at_ms - query.window_ms, .to_ms = query.at_ms};
  selection.matchers.push_back(*promql::Matcher::make(
      MatchKind::regex, std::string(promql::kMetricName), std::string(metrics)));
  return selection;
}

// Of all agents, or of the one that is asked for, whatever else is.
Result<connections::LastRounds> last_rounds(ConnectionQuery query, promql::Source& source,
                                            promql::Budget& budget) {
  std::erase_if(query.matchers, [](const auto& one) { return one.name() != "server_id"; });
  connections::LastRounds rounds;
  const auto read = source.select(
      selection_of(connections::kRoundMetric, query), budget,
      [&](const promql::Labels& labels, std::span<const promql::Sample> samples) -> Result<void> {
        auto& last = rounds[std::string(labels.get("server_id"))];
        last = std::max(last, samples.back().time_ms);
        return {};
      });
  if (!read) return fail(read.error());
  return rounds;
}

}  // namespace

Outcome<ConnectionQuery> connection_query(const http::Request& request, Instant now,
                                          std::initializer_list<const char*> labels) {
  const auto at = time_query(request, "at");
  if (!at) return tl::unexpected(at.error());
  const auto window = window_of(request);
  if (!window) return tl::unexpected(window.error());
  ConnectionQuery query{.at_ms = to_ms(at->value_or(now)), .window_ms = window->count()};
  for (const auto* name : labels) {
    if (auto value = request.query_one(name)) {
      add_matcher(query, MatchKind::equal, name, std::move(*value));
    }
  }
  if (const auto added = add_labels(request, query); !added) return tl::unexpected(added.error());
  return query;
}

Result<std::vector<connections::Edge>> read_edges(const ConnectionQuery& query,
                                                  promql::Source& source, promql::Budget& budget) {
  auto rounds = last_rounds(query, source, budget);
  if (!rounds) return fail(rounds.error());
  connections::EdgeReader reader(*std::move(rounds), query.at_ms - kFreshMs);
  const auto read = source.select(
      selection_of(connections::kEdgeMetrics, query), budget,
      [&](const promql::Labels& labels, std::span<const promql::Sample> samples) -> Result<void> {
        reader.see(labels, samples);
        return {};
      });
  if (!read) return fail(read.error());
  auto edges = reader.take();
  std::erase_if(edges, [&](const connections::Edge& edge) {
    return (!query.limited_by.empty() && to_string(edge.limited_by()) != query.limited_by) ||
           (!query.process.empty() && !edge.processes.contains(query.process));
  });
  return edges;
}

Result<connections::Gauges> read_gauges(std::string_view metrics, const ConnectionQuery& query,
                                        promql::Source& source, promql::Budget& budget) {
  auto rounds = last_rounds(query, source, budget);
  if (!rounds) return fail(rounds.error());
  std::vector<std::pair<promql::Labels, promql::Sample>> all;
  const auto read = source.select(
      selection_of(metrics, query), budget,
      [&](const promql::Labels& labels, std::span<const promql::Sample> samples) -> Result<void> {
        auto& last = (*rounds)[std::string(labels.get("server_id"))];
        last = std::max(last, samples.back().time_ms);
        all.emplace_back(labels, samples.back());
        return {};
      });
  if (!read) return fail(read.error());
  connections::Gauges gauges;
  for (auto& [labels, sample] : all) {
    const auto last = (*rounds)[std::string(labels.get("server_id"))];
    if (sample.time_ms < last || last < query.at_ms - kFreshMs) continue;
    gauges.emplace_back(std::move(labels), sample.value);
  }
  std::sort(gauges.begin(), gauges.end());
  return gauges;
}

}  // namespace monitron::api
