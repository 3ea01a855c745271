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
  Instant sends_looked_at{};                   // what Alertmanager could not send before is noted
  std::vector<store::Delivery> deliveries{};   // of the incident
  std::vector<store::ChannelWord> channels{};  // told of it, or to be told
};

// It was told when Alertmanager says, by its webhook, that it notified one of its receivers, and
// when the channels of all who subscribed to drills have taken it; its end, when the same ones
// were. It was not when a peer could not send something meanwhile: Alertmanager tells of an end
// once it has tried all ways of telling the beginning, so that it is looked at once more then.
domain::DrillFindings drill_findings(const DrillFacts& facts, Instant now);

}  // namespace monitron::notifier
