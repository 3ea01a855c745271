#include "series/catalogue.hpp"

#include "base/bytes.hpp"
#include "domain/metric_types.hpp"
#include "series/layouts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace monitron::series {
namespace {

// Layouts and their series; more are asked for again.
constexpr std::size_t kRememberedLayouts = 20'000;
constexpr std::size_t kRememberedSeries = 2'000'000;
constexpr std::size_t kRememberedSources = 200'000;

// Series that were refused are asked for again after so long.
constexpr std::chrono::seconds kTryRefused{60};

Hash short_hash(std::string_view bytes) { return sha256(bytes).substr(0, 16); }

struct Identity {
  std::string name;
  nlohmann::json labels = nlohmann::json::object();
  std::string metric_type;
  std::string metric_name;
  Hash hash;
};

Identity identity_of(const contracts::Series& series) {
  Identity identity;
  identity.name = series.name;
  identity.metric_name = series.name;
  std::string text = series.name;
  for (const auto& [name, value] : series.labels) {
    text.append(1, '\0').append(name).append(1, '\0').append(value);
    if (name == contracts::kMetricTypeLabel) {
      identity.metric_type = value;
    } else if (name == contracts::kMetricNameLabel) {
      identity.metric_name = value;
    } else {
      identity.labels[name] = value;
    }
  }
  if (identity.metric_type.empty()) identity.metric_type = domain::metric_type_of(series.name);
  identity.hash = short_hash(text);
  return identity;
}

std::string raw_of(const std::string& bytea) {  // \x…
  return from_hex(std::string_view(bytea).substr(2)).value_or("");
}

}  // namespace

struct Catalogue::Needed {
  LayoutWish wish;
  std::vector<Identity> series;
  Layout layout;
  Hash hash;
};

using SeriesKey = std::pair<std::int32_t, Hash>;  // source, and what it calls the series

// Sorted, so that writers wait for each other instead of locking each other out.
struct Catalogue::Wanted {
  std::map<SeriesKey, const Identity*> missing;
  std::map<SeriesKey, std::int32_t> ids;
};

void Catalogue::set_turn(std::int64_t turn) {
  if (turn < turn_) {
    layouts_.clear();
    sources_.clear();
    remembered_series_ = 0;
  }
  turn_ = turn;
}

const Layout* Catalogue::find(const LayoutWish& wish) const {
  if (const auto fresh = new_layouts_.find(wish); fresh != new_layouts_.end()) {
    return &fresh->second;
  }
  const auto known = layouts_.find(wish);
  return known != layouts_.end() ? &known->second : nullptr;
}

bool Catalogue::is_wanted(const LayoutWish& wish) const {
  const auto* known = find(wish);
  if (!known || known->turn + kTurnsKnown < turn_) return true;
  return !known->is_whole() && std::chrono::steady_clock::now() - known->learned > kTryRefused;
}

LayoutWish Catalogue::single(const LayoutWish& wish, std::uint32_t place) {
  return {wish.source, wish.key + "/" + std::to_string(place)};
}

std::int32_t Catalogue::source_id(const Uuid& source) const {
  if (const auto known = sources_.find(source); known != sources_.end()) return known->second;
  return new_sources_.at(source);
}

Result<void> Catalogue::learn(Session& session, const std::map<LayoutWish, SeriesList>& wishes) {
  std::set<Uuid> sources;
  std::vector<Needed> needed;
  for (const auto& [wish, list] : wishes) {
    if (!is_wanted(wish)) continue;
    if (!sources_.contains(wish.source)) sources.insert(wish.source);
    Needed one{wish, {}, {}, {}};
    for (const auto& series : list) one.series.push_back(identity_of(series));
    needed.push_back(std::move(one));
  }
  if (needed.empty()) return {};
  if (auto done = learn_sources(session, sources); !done) return done;
  if (auto done = learn_series(session, needed); !done) return done;
  return learn_layouts(session, needed);
}

Result<void> Catalogue::learn_sources(Session& session, const std::set<Uuid>& sources) {
  if (sources.empty()) return {};
  ArrayText uuids;
  for (const auto& source : sources) uuids.add(source.str());
  auto added = session.run(
      "INSERT INTO sources (uuid) SELECT u FROM unnest($1::uuid[]) u "
      "WHERE NOT EXISTS (SELECT FROM sources s WHERE s.uuid = u) ORDER BY u ON CONFLICT DO NOTHING",
      {uuids.str()});
  if (!added) return fail(added.error());
  auto rows =
      session.run("SELECT uuid, id FROM sources WHERE uuid = ANY ($1::uuid[])", {uuids.str()});
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    new_sources_[*Uuid::parse(rows->text(i, 0))] = static_cast<std::int32_t>(rows->number(i, 1));
  }
  return {};
}

// Of those of them that are there already.
Result<void> Catalogue::find_series(Session& session, Wanted& wanted) {
  ArrayText sources, hashes;
  for (const auto& [key, series] : wanted.missing) {
    sources.add(key.first);
    hashes.add(bytea_text(key.second));
  }
  auto rows = session.run(
      "SELECT s.source_id, s.hash, s.id FROM series s JOIN unnest($1::int[], $2::bytea[]) "
      "AS n (source_id, hash) USING (source_id, hash)",
      {sources.str(), hashes.str()});
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    SeriesKey key{static_cast<std::int32_t>(rows->number(i, 0)), raw_of(rows->text(i, 1))};
    wanted.missing.erase(key);
    wanted.ids[std::move(key)] = static_cast<std::int32_t>(rows->number(i, 2));
  }
  return {};
}

// Those that are missing, as far as they fit; the others stay missing.
Result<void> Catalogue::make_series(Session& session, Wanted& wanted) {
  std::set<std::int32_t> of;
  for (const auto& [key, series] : wanted.missing) of.insert(key.first);
  if (auto done = limits_.count(session, of); !done) return done;
  ArrayText sources, hashes, names, labels, types, metric_names;
  bool any = false;
  for (const auto& [key, series] : wanted.missing) {
    if (!limits_.take(key.first)) continue;
    any = true;
    sources.add(key.first);
    hashes.add(bytea_text(key.second));
    names.add(series->name);
    labels.add(series->labels.dump());
    types.add(series->metric_type);
    metric_names.add(series->metric_name);
  }
  if (!any) return {};
  // The class is the first that its labels say, with those of what it belongs to.
  auto added = session.run(
      "INSERT INTO series (source_id, hash, name, labels, metric_type, metric_name, turn, class) "
      "SELECT n.*, $7::bigint, COALESCE((SELECT c.id FROM retention_classes c WHERE c.labels <@ "
      "(COALESCE(i.labels, k.labels, '{}') || n.labels || jsonb_build_object('monitron_source', "
      "CASE WHEN o.uuid = '00000000-0000-0000-0000-000000000000' THEN 'import' "
      "WHEN o.uuid = '00000000-0000-7000-8000-000000000001' THEN 'suite' "
      "WHEN k.id IS NOT NULL THEN 'check' ELSE 'instance' END)) "
      "ORDER BY c.position, c.id LIMIT 1), 0) "
      "FROM unnest($1::int[], $2::bytea[], $3::text[], $4::jsonb[], $5::text[], "
      "$6::text[]) AS n (source_id, hash, name, labels, metric_type, metric_name) "
      "JOIN sources o ON o.id = n.source_id LEFT JOIN instances i ON i.id = o.uuid "
      "LEFT JOIN checks k ON k.id = o.uuid ORDER BY 1, 2 ON CONFLICT DO NOTHING",
      {sources.str(), hashes.str(), names.str(), labels.str(), types.str(), metric_names.str(),
       std::to_string(turn_)});
  if (!added) return fail(added.error());
  return find_series(session, wanted);  // those that another writer has made meanwhile too
}

// Says that they are in use; who has said so lately need not again.
Result<void> Catalogue::name_series(Session& session, const Wanted& wanted) {
  ArrayText ids;
  for (const auto& [key, id] : wanted.ids) ids.add(id);
  auto named = session.run(
      "UPDATE series s SET turn = $2 FROM (SELECT id FROM series WHERE id = ANY ($1::int[]) "
      "AND turn < $2::bigint - $3::bigint ORDER BY id FOR NO KEY UPDATE) AS k WHERE s.id = k.id",
      {ids.str(), std::to_string(turn_), std::to_string(kTurnsNamed)});
  if (!named) return fail(named.error());
  return {};
}

Result<void> Catalogue::learn_series(Session& session, std::vector<Needed>& needed) {
  Wanted wanted;
  for (auto& one : needed) {
    one.layout.source = source_id(one.wish.source);
    for (const auto& series : one.series)
      wanted.missing[{one.layout.source, series.hash}] = &series;
  }
  if (auto done = find_series(session, wanted); !done) return done;
  if (!wanted.missing.empty()) {
    if (auto done = make_series(session, wanted); !done) return done;
  }
  if (auto done = name_series(session, wanted); !done) return done;
  for (auto& one : needed) {
    auto& layout = one.layout;
    layout.width = one.series.size();
    layout.turn = turn_;
    layout.learned = std::chrono::steady_clock::now();
    for (std::size_t place = 0; place < one.series.size(); ++place) {
      const auto id = wanted.ids.find({layout.source, one.series[place].hash});
      if (id == wanted.ids.end()) continue;
      layout.series.push_back(id->second);
      layout.kept.push_back(static_cast<std::uint32_t>(place));
    }
    if (layout.is_whole()) layout.kept.clear();
  }
  return {};
}

// Says that they are used, and makes those that are missing. In this order: one that is forgotten
// meanwhile is missing then. Writers of the same ones wait for each other, and who forgets waits
// for nobody.
Result<void> Catalogue::name_layouts(Session& session,
                                     const std::vector<Session::Parameter>& keys) {
  auto named = session.run(
      "UPDATE layouts l SET turn = $4 FROM (SELECT id FROM layouts JOIN unnest($1::int[], "
      "$2::bytea[], $3::text[]) AS n (source_id, hash, ids) USING (source_id, hash) "
      "WHERE turn < $4::bigint ORDER BY source_id, hash FOR NO KEY UPDATE OF layouts) AS k "
      "WHERE l.id = k.id",
      keys);
  if (!named) return fail(named.error());
  auto added = session.run(
      "INSERT INTO layouts (source_id, hash, series_ids, turn) SELECT n.source_id, n.hash, "
      "n.ids::int[], $4 FROM unnest($1::int[], $2::bytea[], $3::text[]) AS n (source_id, hash, "
      "ids) "
      "WHERE NOT EXISTS (SELECT FROM layouts l WHERE (l.source_id, l.hash) = (n.source_id, "
      "n.hash)) "
      "ORDER BY 1, 2 ON CONFLICT DO NOTHING",
      keys);
  if (!added) return fail(added.error());
  return {};
}

Result<void> Catalogue::learn_layouts(Session& session, std::vector<Needed>& needed) {
  std::map<std::pair<std::int32_t, Hash>, std::string> wanted;  // series ids as array text
  for (auto& one : needed) {
    if (one.layout.series.empty()) continue;
    ArrayText ids;
    for (const auto id : one.layout.series) ids.add(id);
    one.hash = short_hash(ids.str());
    wanted[{one.layout.source, one.hash}] = ids.str();
  }
  ArrayText sources, hashes, series;
  for (const auto& [key, ids] : wanted) {
    sources.add(key.first);
    hashes.add(bytea_text(key.second));
    series.add(ids);
  }
  if (auto done =
          name_layouts(session, {sources.str(), hashes.str(), series.str(), std::to_string(turn_)});
      !done) {
    return done;
  }
  auto rows = session.run(
      "SELECT l.source_id, l.hash, l.id FROM layouts l JOIN unnest($1::int[], $2::bytea[]) "
      "AS n (source_id, hash) USING (source_id, hash)",
      {sources.str(), hashes.str()});
  if (!rows) return fail(rows.error());
  std::map<std::pair<std::int32_t, Hash>, std::int32_t> ids;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    ids[{static_cast<std::int32_t>(rows->number(i, 0)), raw_of(rows->text(i, 1))}] =
        static_cast<std::int32_t>(rows->number(i, 2));
  }
  for (auto& one : needed) {
    if (!one.layout.series.empty()) {
      const auto id = ids.find({one.layout.source, one.hash});
      if (id == ids.end()) return fail(Fault::bug, "a layout was not learned");
      one.layout.id = id->second;
    }
    new_layouts_[one.wish] = std::move(one.layout);
  }
  return {};
}

Result<std::string> Catalogue::reason(Session& session, const Uuid& source) {
  if (!sources_.contains(source)) {  // forgotten meanwhile
    if (auto done = learn_sources(session, {source}); !done) return fail(done.error());
  }
  return limits_.reason(session, source_id(source), source);
}

void Catalogue::commit() {
  if (layouts_.size() > kRememberedLayouts || remembered_series_ > kRememberedSeries) {
    layouts_.clear();
    remembered_series_ = 0;
  }
  if (sources_.size() > kRememberedSources) sources_.clear();
  for (const auto& [wish, layout] : new_layouts_) remembered_series_ += layout.series.size();
  sources_.merge(new_sources_);
  for (auto& [wish, layout] : new_layouts_) layouts_.insert_or_assign(wish, std::move(layout));
  new_sources_.clear();
  new_layouts_.clear();
}

void Catalogue::roll_back() {
  limits_.forget();
  new_sources_.clear();
  new_layouts_.clear();
}

}  // namespace monitron::series
