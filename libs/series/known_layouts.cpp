#include "series/known_layouts.hpp"

namespace monitron::series {
namespace {

constexpr std::int64_t kSourcesAtOnce = 64;
constexpr std::size_t kBytesPerLayout = 64;  // of the map

}  // namespace

Result<std::span<const Place>> KnownLayouts::find(Session& session, const std::string& table,
                                                  std::int32_t source, std::int32_t layout) {
  auto known = layouts_.find(layout);
  if (known == layouts_.end()) {
    if (auto done = load(session, table, source); !done) return fail(done.error());
    known = layouts_.find(layout);
  }
  if (known == layouts_.end()) {
    return fail(Fault::bug, "there is no layout " + std::to_string(layout));
  }
  return std::span<const Place>(places_.data() + known->second.begin, known->second.size);
}

std::size_t KnownLayouts::bytes() const {
  return places_.size() * sizeof(Place) + layouts_.size() * kBytesPerLayout;
}

Result<void> KnownLayouts::load(Session& session, const std::string& table, std::int32_t source) {
  if (bytes() > max_bytes_) {
    layouts_.clear();
    places_ = {};
  }
  const auto first = std::to_string(source);
  const auto last = std::to_string(source + kSourcesAtOnce);
  std::vector<std::int32_t> series;
  std::vector<std::int16_t> classes;
  return session.copy_out(
      "COPY (SELECT l.id, l.series_ids, ARRAY(SELECT coalesce(s.class, 0::smallint) FROM "
      "unnest(l.series_ids) WITH ORDINALITY AS u (id, place) LEFT JOIN series s ON s.id = u.id "
      "ORDER BY u.place) FROM layouts l WHERE l.id IN (SELECT layout_id FROM " +
          table + " WHERE source_id >= " + first + " AND source_id < " + last +
          ")) TO STDOUT (FORMAT binary)",
      [&](BinaryRow& row) -> Result<void> {
        const auto layout = row.int32();
        row.int32_array(series);
        row.int16_array(classes);
        if (row.bad() || series.size() != classes.size()) {
          return fail(Fault::bug, "a layout is not as expected");
        }
        const auto [known, is_new] =
            layouts_.try_emplace(layout, Range{places_.size(), series.size()});
        if (!is_new) return {};
        for (std::size_t i = 0; i < series.size(); ++i) places_.push_back({series[i], classes[i]});
        return {};
      });
}

}  // namespace monitron::series
