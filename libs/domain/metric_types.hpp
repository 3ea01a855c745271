#pragma once
// Which type a metric is listed under: the agent's names follow Prometheus's conventions, the older
// JSON form sorts by cpu, memory, disk, network.

#include <string_view>

namespace monitron::domain {

// "other" for a name that no prefix fits.
std::string_view metric_type_of(std::string_view metric_name);
// "ram" is an alias of memory; all else is as it is.
std::string_view canonical_metric_type(std::string_view type);

}  // namespace monitron::domain
