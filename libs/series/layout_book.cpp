#include "series/layout_book.hpp"

#include "series/sql_text.hpp"

namespace monitron::series {
namespace {

// Lists of processes make new layouts all the time.
constexpr std::size_t kPerSource = 256;

}  // namespace

Result<LayoutTable> LayoutBook::of(Session& session, const std::vector<std::int32_t>& sources,
                                   const StoredRange& range) {
  LayoutTable found;
  std::vector<std::int32_t> missing;
  {
    const std::lock_guard lock(mutex_);
    for (const auto source : sources) {
      const auto known = known_.find(source);
      if (known != known_.end()) {
        found.insert(*known);
      } else {
        missing.push_back(source);
      }
    }
  }
  if (missing.empty()) return found;
  auto layouts = read(session,
                      "layouts AS l WHERE l.id = ANY (ARRAY(SELECT DISTINCT layout_id FROM staging "
                      "WHERE source_id " +
                          sql_is_one_of(missing) + " AND time >= " + sql_time(range.from_ms) +
                          " AND time <= " + sql_time(range.to_ms) + "))");
  if (!layouts) return fail(layouts.error());
  remember(*layouts);
  std::map<std::int32_t, SourceLayouts> by_source;
  for (const auto& one : *layouts) by_source[one.source][one.id] = one.places;
  for (auto& [source, of_source] : by_source) {
    found[source] = std::make_shared<const SourceLayouts>(std::move(of_source));
  }
  note_without(missing, found);
  return found;
}

// Who has nothing staged is not asked for again: rows that come are learned when they are read.
void LayoutBook::note_without(const std::vector<std::int32_t>& sources, const LayoutTable& found) {
  const auto none = std::make_shared<const SourceLayouts>();
  const std::lock_guard lock(mutex_);
  for (const auto source : sources) {
    if (!found.contains(source)) known_.emplace(source, none);
  }
}

Result<SourceLayouts> LayoutBook::learn(Session& session, const std::vector<std::int32_t>& ids) {
  auto layouts = read(session, "layouts AS l WHERE l.id = ANY (" + sql_array(ids) + ")");
  if (!layouts) return fail(layouts.error());
  remember(*layouts);
  SourceLayouts found;
  for (const auto& one : *layouts) found[one.id] = one.places;
  return found;
}

Result<std::vector<LayoutBook::Read>> LayoutBook::read(Session& session, const std::string& from) {
  std::vector<Read> layouts;
  std::vector<std::int32_t> series;
  auto done = session.copy_out(
      "COPY (SELECT l.id, l.source_id, l.series_ids FROM " + from + ") TO STDOUT (FORMAT binary)",
      [&](BinaryRow& row) -> Result<void> {
        Read one;
        one.id = row.int32();
        one.source = row.int32();
        row.int32_array(series);
        if (row.bad()) return fail(Fault::bug, "a layout cannot be read");
        one.places = std::make_shared<const Places>(series);
        layouts.push_back(std::move(one));
        return {};
      });
  if (!done) return fail(done.error());
  return layouts;
}

void LayoutBook::remember(const std::vector<Read>& layouts) {
  const std::lock_guard lock(mutex_);
  std::map<std::int32_t, SourceLayouts> by_source;
  for (const auto& one : layouts) {
    by_source[one.source][one.id] = one.places;
    places_ += one.places->size();
  }
  if (places_ > max_places_) {
    known_.clear();
    places_ = 0;
  }
  for (auto& [source, fresh] : by_source) {
    const auto known = known_.find(source);
    if (known != known_.end() && known->second->size() < kPerSource) {
      fresh.insert(known->second->begin(), known->second->end());
    }
    known_[source] = std::make_shared<const SourceLayouts>(std::move(fresh));
  }
}

}  // namespace monitron::series
