// What series, names and values there are, for Prometheus's metadata endpoints.

#include "db/limited.hpp"
#include "series/cardinality.hpp"
#include "series/live_series.hpp"
#include "series/sample_source_state.hpp"
#include "series/sql_text.hpp"

#include <map>

namespace monitron::series {
namespace {

using promql::Budget;
using promql::Hold;
using promql::Labels;
using FoundList = std::vector<FoundSeries>;

// All series, as a set.
SampleSource::Scope with_sets(SampleSource::Scope scope) {
  if (scope.sets.empty()) scope.sets.emplace_back();
  return scope;
}

StoredRange range_of(const SampleSource::Scope& scope) { return {scope.from_ms, scope.to_ms}; }

constexpr std::size_t kNode = 100;  // of a set of texts, without long ones

// Names or values that all series have together, where no matcher says which series are meant.
// `select`: of one column.
Result<std::set<std::string>> texts(Session& session, const std::string& select,
                                    const std::function<Result<void>(std::size_t)>& keep) {
  std::set<std::string> found;
  auto read = session.copy_out("COPY (" + select + ") TO STDOUT (FORMAT binary)",
                               [&](BinaryRow& row) -> Result<void> {
                                 const auto text = row.bytes().value_or("");
                                 found.emplace(text);
                                 return keep(kNode + text.size());
                               });
  if (!read) return fail(read.error());
  return found;
}

std::string live_condition(const std::set<std::int32_t>& live) {
  return "s.id = ANY (" + sql_array(live) + ")";
}

}  // namespace

Result<FoundList> SampleSource::State::find(const Scope& scope, const Only& only, Budget& budget,
                                            Hold& hold) {
  std::map<std::int32_t, FoundSeries> all;
  for (const auto& set : scope.sets) {
    auto found = find(set, only, budget, hold);
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

Result<SampleSource::LabelsList> SampleSource::series(const Scope& scope, Budget& budget) {
  const auto all = with_sets(scope);
  Hold hold(budget);
  auto found = state_->find(all, only_, budget, hold);
  if (!found) return fail(found.error());
  LabelsList list;
  for (auto& one : *found) list.push_back(std::move(one.labels));
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return *a < *b; });
  const auto same = [](const auto& a, const auto& b) { return *a == *b; };
  list.erase(std::unique(list.begin(), list.end(), same), list.end());
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

// What all series that live in a scope have of something: `own` selects it of their own labels,
// `given` takes it from what instances and checks give.
Result<std::set<std::string>> SampleSource::State::texts_of_all(
    const Scope& scope, Budget& budget, const std::string& own,
    const std::function<std::string(const Labels::Pair&)>& given) {
  std::set<std::string> found;
  Result<void> within;  // the budget
  auto done = pool.with(budget, [&](Session& session) -> Result<void> {
    Hold hold(budget);
    const auto keep = [&](std::size_t bytes) { return within = hold.add(bytes); };
    auto live = live_series(session, {nullptr, range_of(scope)});
    if (!live) return fail(live.error());
    found.clear();
    if (live->empty()) return {};
    if (auto kept = keep(live->size() * kNode); !kept) return kept;
    auto some = texts(session, own + " AND " + live_condition(*live), keep);
    if (!some) return fail(some.error());
    found = std::move(*some);
    auto pairs = directory.given_labels(session, *live);
    if (!pairs) return fail(pairs.error());
    for (const auto& pair : *pairs) found.insert(given(pair));
    return {};
  });
  if (!within) return fail(within.error());
  if (!done) return fail(done.error());
  found.erase("");
  return found;
}

Result<std::set<std::string>> SampleSource::label_names(const Scope& scope, Budget& budget) {
  if (scope.sets.empty() && !only_ && !db::limited_to()) {
    return state_->texts_of_all(
        scope, budget,
        "SELECT '" + std::string(promql::kMetricName) +
            "' UNION SELECT k.name FROM series s, jsonb_object_keys(s.labels) AS k (name) "
            "WHERE true",
        [](const Labels::Pair& pair) { return pair.first; });
  }
  std::set<std::string> names;
  Hold hold(budget);
  auto found = state_->find(with_sets(scope), only_, budget, hold);
  if (!found) return fail(found.error());
  for (const auto& one : *found) {
    for (const auto& [name, value] : one.labels->pairs()) names.insert(name);
  }
  return names;
}

Result<std::set<std::string>> SampleSource::label_values(const std::string& name,
                                                         const Scope& scope, Budget& budget) {
  if (!is_storable(name)) return std::set<std::string>();
  if (scope.sets.empty() && !only_ && !db::limited_to()) {
    const auto column =
        name == promql::kMetricName ? std::string("s.name") : "s.labels->>" + sql_text(name);
    return state_->texts_of_all(
        scope, budget,
        "SELECT DISTINCT " + column + " FROM series s WHERE " + column + " IS NOT NULL",
        [&](const Labels::Pair& pair) { return pair.first == name ? pair.second : std::string(); });
  }
  std::set<std::string> values;
  Hold hold(budget);
  auto found = state_->find(with_sets(scope), only_, budget, hold);
  if (!found) return fail(found.error());
  for (const auto& one : *found) values.emplace(one.labels->get(name));
  values.erase("");
  return values;
}

Result<SampleSource::MetadataList> SampleSource::metadata(const std::vector<std::string>& names,
                                                          Budget& budget) {
  ArrayText wanted;
  for (const auto& name : names) {
    if (is_storable(name)) wanted.add(name);
  }
  MetadataList found;
  Hold hold(budget);
  Result<void> within;  // the budget
  auto done = state_->pool.with(budget, [&](Session& session) -> Result<void> {
    found.clear();
    auto rows = session.run(
        "SELECT name, type, help, unit FROM metric_metadata "
        "WHERE $1::boolean OR name = ANY ($2::text[]) ORDER BY name",
        {names.empty() ? "true" : "false", wanted.str()});
    if (!rows) return fail(rows.error());
    for (std::size_t i = 0; i < rows->size(); ++i) {
      found.push_back({rows->text(i, 0), rows->text(i, 1), rows->text(i, 2), rows->text(i, 3)});
      within = hold.add(kNode + rows->text(i, 2).size());
      if (!within) return within;
    }
    return {};
  });
  if (!within) return fail(within.error());
  if (!done) return fail(done.error());
  return found;
}

}  // namespace monitron::series
