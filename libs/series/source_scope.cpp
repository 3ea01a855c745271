// What series, names and values there are, for Prometheus's metadata endpoints.

#include "series/cardinality.hpp"
#include "series/live_series.hpp"
#include "series/sample_source_state.hpp"
#include "series/sql_text.hpp"

#include <map>

namespace monitron::series {
namespace {

using promql::Budget;
using promql::Labels;
using FoundList = std::vector<FoundSeries>;

StoredRange range_of(const SampleSource::Scope& scope) { return {scope.from_ms, scope.to_ms}; }

// Names or values that all series have together, where no matcher says which series are meant.
Result<std::set<std::string>> texts(Session& session, const std::string& sql) {
  auto rows = session.run(sql.c_str());
  if (!rows) return fail(rows.error());
  std::set<std::string> found;
  for (std::size_t i = 0; i < rows->size(); ++i) found.insert(rows->text(i, 0));
  return found;
}

std::string live_condition(const std::set<std::int32_t>& live) {
  return "s.id = ANY (" + sql_array(live) + ")";
}

}  // namespace

Result<FoundList> SampleSource::State::find(const Scope& scope, Budget& budget) {
  std::map<std::int32_t, FoundSeries> all;
  for (const auto& set : scope.sets) {
    auto found = find(set, budget);
    if (!found) return found;
    for (auto& one : *found) all.emplace(one.series.id, std::move(one));
  }
  std::vector<WantedSeries> candidates;
  for (const auto& [id, one] : all) candidates.push_back(one.series);
  std::set<std::int32_t> live;
  auto done = pool.with(budget, [&](Session& session) -> Result<void> {
    auto some = live_series(session, {&candidates, range_of(scope)});
    if (!some) return fail(some.error());
    live = std::move(*some);
    return {};
  });
  if (!done) return fail(done.error());
  FoundList list;
  for (auto& [id, one] : all) {
    if (live.contains(id)) list.push_back(std::move(one));
  }
  return list;
}

Result<std::vector<Labels>> SampleSource::series(const Scope& scope, Budget& budget) {
  auto all = scope;
  if (all.sets.empty()) all.sets.emplace_back();
  auto found = state_->find(all, budget);
  if (!found) return fail(found.error());
  std::set<Labels> sorted;
  for (const auto& one : *found) sorted.insert(*one.labels);
  std::vector<Labels> list;
  for (const auto& labels : sorted) {
    if (list.size() == scope.limit) break;
    list.push_back(labels);
  }
  return list;
}

Result<Cardinality> SampleSource::cardinality(std::size_t limit, Budget& budget) {
  Cardinality found;
  auto done = state_->pool.with(budget, [&](Session& session) -> Result<void> {
    auto read = read_cardinality(session, limit);
    if (!read) return fail(read.error());
    found = std::move(*read);
    return {};
  });
  if (!done) return fail(done.error());
  return found;
}

Result<std::set<std::string>> SampleSource::label_names(const Scope& scope, Budget& budget) {
  std::set<std::string> names;
  if (!scope.sets.empty()) {
    auto found = state_->find(scope, budget);
    if (!found) return fail(found.error());
    for (const auto& one : *found) {
      for (const auto& [name, value] : one.labels->pairs()) names.insert(name);
    }
    return names;
  }
  auto done = state_->pool.with(budget, [&](Session& session) -> Result<void> {
    auto live = live_series(session, {nullptr, range_of(scope)});
    if (!live) return fail(live.error());
    names.clear();
    if (live->empty()) return {};
    auto own = texts(session,
                     "SELECT DISTINCT k.name FROM series s, "
                     "jsonb_object_keys(s.labels) AS k (name) WHERE " +
                         live_condition(*live));
    if (!own) return fail(own.error());
    names = std::move(*own);
    names.insert(std::string(promql::kMetricName));
    auto given = state_->directory.given_labels(session, *live);
    if (!given) return fail(given.error());
    for (const auto& [name, value] : *given) names.insert(name);
    return {};
  });
  if (!done) return fail(done.error());
  return names;
}

Result<std::set<std::string>> SampleSource::label_values(const std::string& name,
                                                         const Scope& scope, Budget& budget) {
  std::set<std::string> values;
  const auto add = [&](std::string_view value) {
    if (!value.empty() && values.size() < scope.limit) values.emplace(value);
  };
  if (!scope.sets.empty()) {
    auto found = state_->find(scope, budget);
    if (!found) return fail(found.error());
    for (const auto& one : *found) add(one.labels->get(name));
    return values;
  }
  auto done = state_->pool.with(budget, [&](Session& session) -> Result<void> {
    auto live = live_series(session, {nullptr, range_of(scope)});
    if (!live) return fail(live.error());
    values.clear();
    if (live->empty() || name.find('\0') != name.npos) return {};
    const auto column =
        name == promql::kMetricName ? std::string("s.name") : "s.labels->>" + sql_text(name);
    auto own = texts(session, "SELECT DISTINCT " + column + " FROM series s WHERE " + column +
                                  " IS NOT NULL AND " + live_condition(*live));
    if (!own) return fail(own.error());
    for (const auto& value : *own) add(value);
    auto given = state_->directory.given_labels(session, *live);
    if (!given) return fail(given.error());
    for (const auto& [label, value] : *given) {
      if (label == name) add(value);
    }
    return {};
  });
  if (!done) return fail(done.error());
  return values;
}

}  // namespace monitron::series
