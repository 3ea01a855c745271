#pragma once
// How many series there are, and what makes them many. Private to this room.

#include "series/sample_source.hpp"
#include "series/session.hpp"

namespace monitron::series {

// At a bounded price: of very many series a part is looked at, and the rest is reckoned from it.
Result<Cardinality> read_cardinality(Session& session, std::size_t limit);

}  // namespace monitron::series
