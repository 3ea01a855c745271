#include "ingest/gatherer.hpp"

#include <map>
#include <memory>

namespace monitron::ingest {

Gatherer::Gatherer(Publish publish, const Clock& clock, GathererLimits limits)
    : publish_(std::move(publish)), clock_(clock), limits_(limits), thread_([this] { run(); }) {}

Gatherer::~Gatherer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Gatherer::add(contracts::Batch batch, std::size_t bytes, Completion done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_bytes_ + bytes > limits_.waiting_bytes) return false;
    if (waiting_.empty()) oldest_ = std::chrono::steady_clock::now();
    waiting_.push_back({std::move(batch), bytes, std::move(done)});
    waiting_bytes_ += bytes;
    // The thread sleeps through the batches that only add up.
    if (waiting_.size() > 1 && waiting_bytes_ < limits_.envelope_bytes) return true;
  }
  changed_.notify_all();
  return true;
}

std::size_t Gatherer::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return waiting_bytes_;
}

void Gatherer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    changed_.wait_until(lock, oldest_ + limits_.linger,
                        [&] { return stopping_ || waiting_bytes_ >= limits_.envelope_bytes; });
    auto waiting = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
    lock.unlock();
    send(std::move(waiting));
    lock.lock();
  }
}

void Gatherer::send(std::vector<Waiting> waiting) {
  struct Parcel {
    contracts::Envelope envelope;
    std::size_t bytes = 0;
    std::vector<Completion> completions;
  };
  std::map<std::string, Parcel> parcels;  // by routing key
  const auto ship = [&](const std::string& key, Parcel& parcel) {
    publish(key, std::move(parcel.envelope), std::move(parcel.completions));
    parcel = {};
  };
  for (auto& one : waiting) {
    const auto key = contracts::metric_key(one.batch.id.source);
    auto& parcel = parcels[key];
    parcel.bytes += one.bytes;
    parcel.envelope.batches.push_back(std::move(one.batch));
    parcel.completions.push_back(std::move(one.done));
    if (parcel.bytes >= limits_.envelope_bytes) ship(key, parcel);
  }
  for (auto& [key, parcel] : parcels) {
    if (!parcel.completions.empty()) ship(key, parcel);
  }
}

void Gatherer::publish(const std::string& key, contracts::Envelope envelope,
                       std::vector<Completion> completions) {
  envelope.received_at_ms = to_ms(clock_.now());
  const auto shared = std::make_shared<std::vector<Completion>>(std::move(completions));
  const auto done = [shared](const Result<void>& result) {
    for (const auto& completion : *shared) completion(result);
  };
  if (!publish_(contracts::to_message(envelope, key), done)) {
    done(fail(Fault::unavailable, "too many messages wait for the broker"));
  }
}

}  // namespace monitron::ingest
