#pragma once
// Names of labels as Prometheus and Alertmanager take them.

#include <map>
#include <string>
#include <string_view>

namespace monitron {

bool is_label_name(std::string_view name);
// What a name may not have becomes an underscore, as Prometheus does it with names of others.
std::string as_label_name(std::string_view text);
// Labels by such names; of two that get the same one, the first stays.
std::map<std::string, std::string> with_plain_names(
    const std::map<std::string, std::string>& labels);

}  // namespace monitron
