#pragma once
// Turns blocks of samples into rows of the staging table: one row per frame; sparse points share a
// row per time where they fill it well, and are rows of one value each where they do not. Pure but
// for the catalogue it asks. Private to this room.

#include "series/catalogue.hpp"
#include "series/copy_rows.hpp"

namespace monitron::series {

// Layouts that `block` needs and the catalogue does not know, added to `wishes`.
// Fault: invalid, when the dictionary is not readable or does not fit the block.
Result<void> wish_layouts(const Catalogue& catalogue, const Uuid& source,
                          const contracts::Block& block, std::map<LayoutWish, SeriesList>& wishes);

// After the catalogue has learned them.
void add_rows(const Catalogue& catalogue, const Uuid& source, const contracts::Block& block,
              CopyRows& rows);

}  // namespace monitron::series
