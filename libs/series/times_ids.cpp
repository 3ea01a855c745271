#include "series/times_ids.hpp"

namespace monitron::series {

std::int64_t TimesIds::next() {
  if (free_.empty()) {
    auto ids = session_->run("SELECT nextval('chunk_times_ids') FROM generate_series(1, 64)");
    if (!ids) {
      reserved_ = fail(ids.error());
      return 0;
    }
    for (std::size_t i = ids->size(); i-- > 0;) free_.push_back(ids->number(i, 0));
  }
  const auto id = free_.back();
  free_.pop_back();
  return id;
}

}  // namespace monitron::series
