#pragma once
// The samples of a check's result, as rows know them. Private to this room. Pure.

#include "domain/check_result.hpp"
#include "series/catalogue.hpp"

namespace monitron::series {

struct ProbeRow {
  LayoutWish wish;
  SeriesList series;
  std::vector<double> values;  // a ping's lost packets are absent
  std::size_t present() const;
};

// A ping's row has a place for each packet that was sent, whichever of them were lost: results of
// one check have few layouts.
ProbeRow probe_row(const domain::CheckResult& result);

}  // namespace monitron::series
