#pragma once

#include <string>
#include <string_view>

namespace monitron::promql {

bool is_label_name(std::string_view name);
// What a name may not have becomes an underscore, as Prometheus does it with names of others.
std::string as_label_name(std::string_view text);

}  // namespace monitron::promql
