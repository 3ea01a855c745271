#pragma once
// Samples of the suite's own that the notifier in charge publishes, so that rules can be about
// them.

#include "contracts/telemetry.hpp"
#include "mq/publisher.hpp"

namespace monitron::notifier {

// One report: the epoch says what kind it is.
contracts::Batch own_batch(const Uuid& epoch, contracts::PackedDictionary dictionary, Instant at,
                           std::vector<double> values);

// What is lost on the way is not sent again: the next report follows, and late it is of no use.
void publish_own(mq::Publisher& publisher, contracts::Batch batch);

}  // namespace monitron::notifier
