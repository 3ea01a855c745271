#pragma once
// The counter of slots without a result, which all roles share. Threads: any.

#include "domain/check_result.hpp"
#include "service/metrics.hpp"

namespace monitron::checker {

service::Counter missed_slots(service::Metrics& metrics, const std::string& location,
                              domain::MissReason reason);

}  // namespace monitron::checker
