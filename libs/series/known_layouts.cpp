#include "series/known_layouts.hpp"

#include "series/layouts.hpp"
#include "series/sql_text.hpp"

namespace monitron::series {
namespace {

// So few that they are read in time from the slowest disk; the stream comes by them anyway.
constexpr const char* kRowsAhead = "1000";
constexpr std::size_t kBytesPerLayout = 64;  // of the map

// In the order of the index, whatever the planner thinks of a table that has no statistics yet.
std::string layouts_from(const std::string& table, const StagedRow& row) {
  return "SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; "
         "SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off; "
         "SELECT DISTINCT layout_id FROM (SELECT layout_id FROM " +
         table + " WHERE (source_id, time, row_id) >= (" + std::to_string(row.source) + ", " +
         sql_time(row.time_ms) + ", " + std::to_string(row.number) +
         ") ORDER BY source_id, time, row_id LIMIT " + kRowsAhead + ") AS next";
}

}  // namespace

Result<void> forget_layouts(Session& session) {
  constexpr std::int64_t kAtOnce = 100'000;  // a second, about
  const auto text =
      "DELETE FROM layouts WHERE id = ANY (ARRAY(SELECT id FROM layouts WHERE turn < "
      "(SELECT turns FROM staging_ring) - " +
      std::to_string(kTurnsKept) + " LIMIT " + std::to_string(kAtOnce) +
      " FOR UPDATE SKIP LOCKED))";
  auto done = session.run(text.c_str());
  if (!done) return fail(done.error());
  return {};
}

Result<std::span<const Place>> KnownLayouts::find(Session& session, const std::string& table,
                                                  const StagedRow& row) {
  auto known = layouts_.find(row.layout);
  if (known == layouts_.end()) {
    if (auto done = load(session, table, row); !done) return fail(done.error());
    known = layouts_.find(row.layout);
  }
  if (known == layouts_.end()) {
    return fail(Fault::bug, "there is no layout " + std::to_string(row.layout));
  }
  return std::span<const Place>(places_.data() + known->second.begin, known->second.size);
}

std::size_t KnownLayouts::bytes() const {
  return places_.size() * sizeof(Place) + layouts_.size() * kBytesPerLayout;
}

Result<void> KnownLayouts::load(Session& session, const std::string& table, const StagedRow& row) {
  if (bytes() > max_bytes_) {
    layouts_.clear();
    places_ = {};
  }
  auto coming = session.run(layouts_from(table, row).c_str());
  if (!coming) return fail(coming.error());
  std::vector<std::int32_t> unknown = {row.layout};
  for (std::size_t i = 0; i < coming->size(); ++i) {
    const auto layout = static_cast<std::int32_t>(coming->number(i, 0));
    if (layout != row.layout && !layouts_.contains(layout)) unknown.push_back(layout);
  }
  return read(session, unknown);
}

// As far as there is room; the first one in any case.
Result<void> KnownLayouts::read(Session& session, const std::vector<std::int32_t>& ids) {
  std::vector<std::int32_t> series;
  std::vector<std::int16_t> classes;
  return session.copy_out(
      "COPY (SELECT l.id, l.series_ids, ARRAY(SELECT coalesce(s.class, 0::smallint) FROM "
      "unnest(l.series_ids) WITH ORDINALITY AS u (id, place) LEFT JOIN series s ON s.id = u.id "
      "ORDER BY u.place) FROM layouts l WHERE l.id " +
          sql_is_one_of(ids) + ") TO STDOUT (FORMAT binary)",
      [&](BinaryRow& row) -> Result<void> {
        const auto layout = row.int32();
        row.int32_array(series);
        row.int16_array(classes);
        if (row.bad() || series.size() != classes.size()) {
          return fail(Fault::bug, "a layout is not as expected");
        }
        if (layout != ids.front() && bytes() > max_bytes_) return {};
        layouts_[layout] = {places_.size(), series.size()};
        for (std::size_t i = 0; i < series.size(); ++i) places_.push_back({series[i], classes[i]});
        return {};
      });
}

}  // namespace monitron::series
