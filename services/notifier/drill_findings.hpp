#pragma once
// What became of a drill's incident, as far as it was noted. Pure.

#include "domain/drill.hpp"
#include "store/deliveries.hpp"
#include "store/drills.hpp"

namespace monitron::notifier {

struct DrillFacts {
  bool decided = false;      // it has an incident
  bool resolved = false;     // which is over
  bool first_came = false;   // the message of its beginning came back from the broker
  bool second_came = false;  // that of its end
  bool has_alertmanager = true;
  std::vector<store::Delivery> deliveries{};   // of the incident
  std::vector<store::ChannelWord> channels{};  // told of it, or to be told
};

// It was told when Alertmanager says, by its webhook, that one of its receivers was, and when the
// channels of all who subscribed to drills have taken it; its end, when the same ones were.
domain::DrillFindings drill_findings(const DrillFacts& facts, Instant now);

}  // namespace monitron::notifier
