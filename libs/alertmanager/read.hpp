#pragma once
// Answers of Alertmanager, read. What has another form than it should is left out, one by one; an
// answer that is none at all is a fault (unavailable). Bounded by the size of the text.

#include "alertmanager/client.hpp"

#include <string_view>

namespace monitron::alertmanager {

Result<std::vector<KnownAlert>> read_alerts(std::string_view answer);
Result<std::vector<Silence>> read_silences(std::string_view answer);
Result<std::string> read_silence_id(std::string_view answer);
Result<bool> read_clustered(std::string_view answer);
// Of Prometheus' text format, in which all that is not looked for is left out. What has more labels
// (reason since 0.27, receiver_name) is added up.
SendCountsByIntegration read_sends(std::string_view metrics);

}  // namespace monitron::alertmanager
