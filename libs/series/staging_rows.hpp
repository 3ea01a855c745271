#pragma once
// Turns blocks of samples into rows of the staging table: one row per frame; sparse points share a
// row per time where they fill it well, and are rows of one value each where they do not. Pure but
// for the catalogue it asks. Private to this room.

#include "series/catalogue.hpp"
#include "series/copy_rows.hpp"

namespace monitron::series {

// Times from here on are refused: PostgreSQL's microseconds and dates end somewhere.
inline constexpr std::int64_t kEndOfTimeMs = 7'258'118'400'000;  // 2200-01-01

// Layouts that `block` needs and the catalogue does not know, added to `wishes`.
// Fault: invalid, when the dictionary is not readable or does not fit the block.
Result<void> wish_layouts(const Catalogue& catalogue, const Uuid& source,
                          const contracts::Block& block, std::map<LayoutWish, SeriesList>& wishes);

// One row of the values that have a series. How many have none.
std::size_t add_row(const Layout& layout, std::int64_t time_ms, std::span<const double> values,
                    CopyRows& rows);

// After the catalogue has learned them. The number of samples that are refused, because there is no
// room for their series.
std::size_t add_rows(const Catalogue& catalogue, const Uuid& source, const contracts::Block& block,
                     CopyRows& rows);

}  // namespace monitron::series
