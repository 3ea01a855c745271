#pragma once

#include <string_view>

namespace monitron::promql {

bool is_label_name(std::string_view name);

}  // namespace monitron::promql
