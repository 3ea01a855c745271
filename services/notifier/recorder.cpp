#include "notifier/recorder.hpp"

#include <deque>
#include <mutex>

namespace monitron::notifier {
namespace {

constexpr std::size_t kMostUnsent = 2000;  // batches; the oldest are dropped, and counted

}  // namespace

struct Recorder::Unsent {
  explicit Unsent(service::Metrics& metrics)
      : dropped(metrics.counter("monitron_notifier_recorded_dropped_total",
                                "Evaluations of recording rules that could not be sent.")) {}

  void add(contracts::Batch batch) {
    const std::lock_guard lock(mutex);
    batches.push_back(std::move(batch));
    if (batches.size() <= kMostUnsent) return;
    batches.pop_front();
    dropped.add();
  }

  service::Counter dropped;
  std::mutex mutex;  // guards what follows
  std::deque<contracts::Batch> batches;
};

Recorder::Recorder(mq::Publisher& publisher, service::Metrics& metrics)
    : publisher_(publisher), unsent_(std::make_shared<Unsent>(metrics)) {}

void Recorder::send(contracts::Batch batch) {
  contracts::Envelope envelope;
  envelope.received_at_ms = batch.blocks.front().frames.front().time_ms;
  envelope.batches.push_back(batch);
  auto message = contracts::to_message(envelope, contracts::metric_key(batch.id.source),
                                       contracts::Recorded::contract);
  const auto done = [unsent = unsent_, batch](const Result<void>& confirmed) {
    if (!confirmed) unsent->add(batch);
  };
  if (!publisher_.publish(std::move(message), done)) unsent_->add(std::move(batch));
}

void Recorder::send_again() {
  std::deque<contracts::Batch> batches;
  {
    const std::lock_guard lock(unsent_->mutex);
    batches.swap(unsent_->batches);
  }
  for (auto& batch : batches) send(std::move(batch));
}

}  // namespace monitron::notifier
