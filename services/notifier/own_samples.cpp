#include "notifier/own_samples.hpp"

namespace monitron::notifier {

contracts::Batch own_batch(const Uuid& epoch, contracts::PackedDictionary dictionary, Instant at,
                           std::vector<double> values) {
  contracts::Batch batch;
  batch.id = {contracts::kSuite, epoch.bytes, static_cast<std::uint64_t>(to_ms(at))};
  const auto count = static_cast<std::uint32_t>(values.size());
  batch.blocks.push_back({std::move(dictionary), count, {{to_ms(at), std::move(values)}}, {}});
  return batch;
}

void publish_own(mq::Publisher& publisher, contracts::Batch batch) {
  contracts::Envelope envelope;
  envelope.received_at_ms = batch.blocks.front().frames.front().time_ms;
  const auto key = contracts::metric_key(batch.id.source);
  envelope.batches.push_back(std::move(batch));
  (void)publisher.publish(contracts::to_message(envelope, key, contracts::Recorded::contract),
                          [](const Result<void>&) {});
}

}  // namespace monitron::notifier
