#pragma once

#include "domain/threshold.hpp"

namespace monitron::rules {

// A threshold in PromQL: of the series that have the labels of `selector` besides its own.
std::string query_of(const domain::Threshold& threshold, const domain::LabelSet& selector);

}  // namespace monitron::rules
