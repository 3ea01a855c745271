#pragma once
// A sample's value in JSON, which knows neither NaN nor infinity.

#include "api/answer.hpp"

#include <cmath>

namespace monitron::api {

inline Json metric_value(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return value;
}

}  // namespace monitron::api
