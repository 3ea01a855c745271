#include "series/directory.hpp"

#include "db/limited.hpp"
#include "series/sql_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace monitron::series {
namespace {

using promql::Labels;
using promql::Matcher;
using promql::MatchKind;
using Pairs = std::vector<Labels::Pair>;

bool is_attached_always(std::string_view name) { return name == "server_id" || name == "check_id"; }

// Sources are asked for no more than that at once: a query may mean all series there are.
constexpr std::size_t kLearnedAtOnce = 10'000;
constexpr std::size_t kSeriesPerQuestion = 256;  // whether they may be kept

// More than match, for labels that an instance or a check may have given: the rest is looked at
// here.
std::string label_condition(const Matcher& matcher, const SourceTable& sources) {
  std::vector<std::int32_t> ids;
  const promql::Labels::Pair wanted(matcher.name(), matcher.value());
  for (const auto& [id, source] : sources) {
    const auto& pairs = source.pairs;
    if (std::find(pairs.begin(), pairs.end(), wanted) != pairs.end()) ids.push_back(id);
  }
  std::string own = "false";
  if (is_storable(matcher.name()) && is_storable(matcher.value())) {
    const nlohmann::json pair = {{matcher.name(), matcher.value()}};
    own = "s.labels @> " + sql_text(pair.dump()) + "::jsonb";
  }
  if (ids.empty()) return own;
  auto given = "s.source_id = ANY (" + sql_array(ids) + ")";
  if (is_attached_always(matcher.name())) {
    // Imported samples alone keep one of their own.
    return "(" + given + " OR (" + own + " AND s.source_id = ANY (ARRAY(SELECT id FROM sources " +
           "WHERE uuid = '00000000-0000-0000-0000-000000000000'))))";
  }
  return "(" + given + " OR " + own + ")";
}

std::string source_condition(const std::set<std::string>* only) {
  if (only == nullptr) return "";
  std::string ids;
  for (const auto& id : *only) ids += (ids.empty() ? "" : ",") + id;
  return " AND s.source_id = ANY (ARRAY(SELECT id FROM sources WHERE uuid = ANY (" +
         sql_text("{" + ids + "}") + "::uuid[])))";
}

// Who is limited is told of series of their sources alone, whatever was asked: PostgreSQL looks to
// it, at the one place where it is found which series are meant. The rest, what is remembered for
// all, is read as ever. A session that fails in here is closed.
template <class Body>
Result<void> as_limited(Session& session, Body body) {
  const auto& limit = db::limited_to();
  if (!limit) return body();
  if (auto done = session.run("BEGIN"); !done) return fail(done.error());
  if (auto done = session.run(db::kLimit, {*limit}); !done) return fail(done.error());
  if (auto done = body(); !done) return done;
  if (auto done = session.run("COMMIT"); !done) return fail(done.error());
  return {};
}

bool says_nothing(const Matcher& matcher) {
  return matcher.kind() != MatchKind::equal || matcher.value().empty();
}

Result<std::string> name_condition(Session& session, const std::vector<Matcher>& matchers) {
  const auto is_name = [](const Matcher& matcher) { return matcher.name() == promql::kMetricName; };
  if (std::none_of(matchers.begin(), matchers.end(), is_name)) return std::string("true");
  std::vector<std::string> names;
  const auto exact = std::find_if(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
    return is_name(matcher) && matcher.kind() == MatchKind::equal;
  });
  if (exact != matchers.end()) {
    names = {exact->value()};
  } else {
    auto all = Directory::names(session);
    if (!all) return fail(all.error());
    names = std::move(*all);
  }
  std::string list;
  for (const auto& name : names) {
    const bool fits = std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
      return !is_name(matcher) || matcher.matches(name);
    });
    if (!fits || !is_storable(name)) continue;
    list += (list.empty() ? "" : ",") + sql_text(name);
  }
  return list.empty() ? std::string("false") : "s.name IN (" + list + ")";
}

Pairs own_pairs(const std::string& name, std::string_view json) {
  Pairs pairs{{std::string(promql::kMetricName), name}};
  const auto labels = nlohmann::json::parse(json, nullptr, false);
  if (!labels.is_object()) return pairs;
  for (const auto& [key, value] : labels.items()) {
    if (value.is_string()) pairs.emplace_back(key, value.get<std::string>());
  }
  return pairs;
}

// Of equal names the last one stays.
Labels complete(Pairs own, const SourceLabels& source) {
  Pairs all = source.pairs;
  all.insert(all.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  for (const auto& pair : source.pairs) {
    if (is_attached_always(pair.first)) all.push_back(pair);
  }
  return Labels(std::move(all));
}

std::uint64_t hash_of(const Labels& labels) {
  std::uint64_t hash = 0;
  for (const auto& [name, value] : labels.pairs()) {
    for (const auto& text : {name, value}) {
      hash = (hash ^ std::hash<std::string>{}(text)) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 29;
    }
  }
  return hash;
}

std::size_t bytes_of(const Labels& labels) {
  std::size_t bytes = 200;
  for (const auto& [name, value] : labels.pairs()) {
    bytes += sizeof(Labels::Pair) + name.size() + value.size();
  }
  return bytes;
}

}  // namespace

Result<std::vector<std::string>> Directory::names(Session& session) {
  // From one name to the next by the index: there are few names and many series.
  auto rows = session.run(
      "WITH RECURSIVE names AS ((SELECT name FROM series ORDER BY name LIMIT 1) UNION ALL "
      "SELECT (SELECT s.name FROM series s WHERE s.name > names.name ORDER BY s.name LIMIT 1) "
      "FROM names WHERE names.name IS NOT NULL) "
      "SELECT name FROM names WHERE name IS NOT NULL");
  if (!rows) return fail(rows.error());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rows->size(); ++i) names.push_back(rows->text(i, 0));
  return names;
}

Result<std::vector<FoundSeries>> Directory::find(Session& session,
                                                 const std::vector<Matcher>& matchers,
                                                 const std::set<std::string>* only,
                                                 const Keep& keep) {
  auto sources = sources_.table(session);
  if (!sources) return fail(sources.error());
  auto condition = name_condition(session, matchers);
  if (!condition) return fail(condition.error());
  for (const auto& matcher : matchers) {
    if (matcher.name() == promql::kMetricName || says_nothing(matcher)) continue;
    *condition += " AND " + label_condition(matcher, **sources);
  }
  *condition += source_condition(only);
  std::vector<FoundSeries> found;
  std::size_t bytes = 0, looked = 0;  // since `keep` was asked
  const auto take = [&](FoundSeries one) -> Result<void> {
    if (promql::matches(matchers, *one.labels)) {
      bytes += sizeof(FoundSeries) + bytes_of(*one.labels);
      found.push_back(std::move(one));
    }
    if (++looked % kSeriesPerQuestion != 0) return {};
    return keep(std::exchange(bytes, 0));
  };
  std::vector<std::int32_t> missing;
  const auto look_at = [&](BinaryRow& row) -> Result<void> {
    const auto id = row.int32();
    FoundSeries one;
    if (recall(id, **sources, one)) return take(std::move(one));
    missing.push_back(id);
    if (missing.size() % kLearnedAtOnce != 0) return {};
    return keep(kLearnedAtOnce * sizeof(id));
  };
  const auto sql =
      "COPY (SELECT s.id FROM series s WHERE " + *condition + ") TO STDOUT (FORMAT binary)";
  auto read = as_limited(session, [&] { return session.copy_out(sql, look_at); });
  if (!read) return fail(read.error());
  for (std::span<const std::int32_t> left(missing); !left.empty();) {
    const auto piece = left.first(std::min(left.size(), kLearnedAtOnce));
    left = left.subspan(piece.size());
    if (auto done = learn(session, *sources, piece, take); !done) return fail(done.error());
  }
  if (auto done = keep(bytes); !done) return fail(done.error());
  std::sort(found.begin(), found.end(), [](const FoundSeries& a, const FoundSeries& b) {
    return std::tie(a.series.source, a.hash, a.series.id) <
           std::tie(b.series.source, b.hash, b.series.id);
  });
  return found;
}

Result<std::set<Labels::Pair>> Directory::given_labels(Session& session,
                                                       const std::set<std::int32_t>& series) {
  auto sources = sources_.table(session);
  if (!sources) return fail(sources.error());
  auto rows = session.run(
      ("SELECT DISTINCT source_id FROM series WHERE id = ANY (" + sql_array(series) + ")").c_str());
  if (!rows) return fail(rows.error());
  std::set<Labels::Pair> given;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto source = (*sources)->find(static_cast<std::int32_t>(rows->number(i, 0)));
    if (source == (*sources)->end()) continue;
    given.insert(source->second.pairs.begin(), source->second.pairs.end());
  }
  return given;
}

Result<void> Directory::learn(Session& session, std::shared_ptr<const SourceTable>& sources,
                              std::span<const std::int32_t> ids, const Take& take) {
  ArrayText list;
  for (const auto id : ids) list.add(id);
  auto rows = session.run(
      "SELECT id, source_id, class, name, labels FROM series WHERE id = ANY "
      "($1::int[])",
      {list.str()});
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto source_id = static_cast<std::int32_t>(rows->number(i, 1));
    auto source = sources->find(source_id);
    if (source == sources->end()) {  // it is new
      auto fresh = sources_.table(session, true);
      if (!fresh) return fail(fresh.error());
      sources = *fresh;
      source = sources->find(source_id);
      if (source == sources->end()) continue;
    }
    auto labels = complete(own_pairs(rows->text(i, 3), rows->text(i, 4)), source->second);
    Known known{{{static_cast<std::int32_t>(rows->number(i, 0)), source_id,
                  static_cast<std::int16_t>(rows->number(i, 2))},
                 nullptr,
                 hash_of(labels)},
                source->second.change,
                bytes_of(labels)};
    known.found.labels = std::make_shared<const Labels>(std::move(labels));
    auto found = known.found;
    remember(std::move(known));
    if (auto done = take(std::move(found)); !done) return done;
  }
  return {};
}

bool Directory::recall(std::int32_t id, const SourceTable& sources, FoundSeries& found) {
  const std::lock_guard lock(mutex_);
  auto known = fresh_.find(id);
  if (known == fresh_.end()) {
    auto old = older_.extract(id);
    if (old.empty()) return false;
    fresh_bytes_ += old.mapped().bytes;
    known = fresh_.insert(std::move(old)).position;
  }
  const auto source = sources.find(known->second.found.series.source);
  if (source == sources.end() || source->second.change != known->second.change) return false;
  found = known->second.found;
  return true;
}

void Directory::remember(Known known) {
  const std::lock_guard lock(mutex_);
  if (fresh_bytes_ + known.bytes > config_.bytes / 2) {
    older_ = std::move(fresh_);
    fresh_.clear();
    fresh_bytes_ = 0;
  }
  auto& place = fresh_[known.found.series.id];
  fresh_bytes_ += known.bytes - place.bytes;
  place = std::move(known);
}

}  // namespace monitron::series
