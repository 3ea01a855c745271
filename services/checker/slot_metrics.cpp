#include "checker/slot_metrics.hpp"

namespace monitron::checker {

service::Counter missed_slots(service::Metrics& metrics, const std::string& location,
                              domain::MissReason reason) {
  return metrics.counter(
      "monitron_checker_slots_missed_total", "Slots of checks without a result, by reason.",
      {{"location", location}, {"reason", std::string(domain::to_string(reason))}});
}

}  // namespace monitron::checker
