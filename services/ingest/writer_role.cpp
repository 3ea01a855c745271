#include "ingest/writer_role.hpp"

#include "contracts/check_results.hpp"
#include "contracts/telemetry.hpp"
#include "contracts/topology.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace monitron::ingest {
namespace {

const std::vector<double> kSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                      0.1,   0.25,   0.5,   1,    2.5,   10};
const std::vector<double> kDelays = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                     2.5,  5,     10,   30,  60,   600, 3600};

// What messages carry, as the writer takes it.
struct Carried {
  series::Load load{};
  std::optional<std::int64_t> oldest_ms{};  // when the door got the oldest of it
};

template <class T>
void append(std::vector<T>& to, std::vector<T> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

Result<void> read(const contracts::Message& message, Carried& carried) {
  if (contracts::is_telemetry(message.type)) {
    auto envelope = contracts::decode_envelope(message.body);
    if (!envelope) return fail(envelope.error());
    const auto received = envelope->received_at_ms;
    carried.oldest_ms = std::min(carried.oldest_ms.value_or(received), received);
    append(carried.load.batches, std::move(envelope->batches));
    return {};
  }
  if (message.type == contracts::CheckResults::contract.type) {
    auto results = contracts::decode_check_results(message.body);
    if (!results) return fail(results.error());
    append(carried.load.results, std::move(results->results));
    append(carried.load.missed, std::move(results->missed));
    append(carried.load.batches, std::move(results->reports));
    return {};
  }
  return fail(Fault::invalid, "unknown message type " + message.type);
}

// Each batch, result and interval of a message on its own, with the body that quarantine keeps.
std::vector<std::pair<series::Load, std::string>> parts_of(const contracts::Message& message) {
  std::vector<std::pair<series::Load, std::string>> parts;
  Carried whole;
  if (!read(message, whole)) return parts;
  for (auto& batch : whole.load.batches) {
    auto body = contracts::encode(batch);
    parts.emplace_back(series::Load{.batches = {std::move(batch)}}, std::move(body));
  }
  for (auto& result : whole.load.results) {
    auto body = contracts::encode(contracts::CheckResults{"", {result}});
    parts.emplace_back(series::Load{.results = {std::move(result)}}, std::move(body));
  }
  for (auto& missed : whole.load.missed) {
    auto body = contracts::encode(contracts::CheckResults{"", {}, {missed}});
    parts.emplace_back(series::Load{.missed = {std::move(missed)}}, std::move(body));
  }
  return parts;
}

// What cannot be read is rejected with its reason.
void read(std::span<const mq::Delivery> deliveries, Carried& carried) {
  for (const auto& delivery : deliveries) {
    const auto& message = delivery.message;
    if (const auto readable = read(message, carried); !readable) {
      carried.load.rejected.push_back({message.message_id, readable.error().text, message.body});
    }
  }
}

void add(Carried& to, Carried more) {
  append(to.load.batches, std::move(more.load.batches));
  append(to.load.results, std::move(more.load.results));
  append(to.load.missed, std::move(more.load.missed));
  append(to.load.rejected, std::move(more.load.rejected));
  if (more.oldest_ms) {
    to.oldest_ms = std::min(to.oldest_ms.value_or(*more.oldest_ms), *more.oldest_ms);
  }
}

bool is_much(std::span<const mq::Delivery> deliveries) {
  constexpr std::size_t kMuch = 256u << 10;  // packed: some tens of thousands of samples
  std::size_t bytes = 0;
  for (const auto& delivery : deliveries) bytes += delivery.message.body.size();
  return bytes >= kMuch;
}

// In the order of the deliveries.
Carried carried_by(std::span<const mq::Delivery> deliveries, Lanes& lanes, bool much) {
  Carried carried;
  if (!much) {
    read(deliveries, carried);
    return carried;
  }
  std::array<Carried, Lanes::kCount> parts;
  const auto share = deliveries.size() / Lanes::kCount + 1;
  lanes.side_by_side([&](std::size_t lane) {
    const auto begin = std::min(lane * share, deliveries.size());
    read(deliveries.subspan(begin, std::min(share, deliveries.size() - begin)), parts.at(lane));
  });
  for (auto& part : parts) add(carried, std::move(part));
  return carried;
}

}  // namespace

Storing::Storing(const series::WriterConfig& config, service::Metrics& metrics)
    : lanes_(config),
      metrics_(metrics),
      batches_(metrics.counter("monitron_ingest_stored_batches_total", "Batches stored.")),
      samples_(metrics.counter("monitron_ingest_stored_samples_total", "Samples stored.")),
      results_(metrics.counter("monitron_ingest_stored_results_total", "Check results stored.")),
      refuted_(metrics.counter("monitron_ingest_refuted_results_total",
                               "Words about silent checks that a result came after.")),
      duplicates_(metrics.counter("monitron_ingest_duplicates_total",
                                  "Batches and results that were stored before.")),
      quarantined_(metrics.counter("monitron_ingest_quarantined_total",
                                   "Messages and batches put into quarantine.")),
      refused_(metrics.counter("monitron_ingest_refused_samples_total",
                               "Samples that are not stored, by reason.",
                               {{"reason", "too_many_series"}})),
      seconds_(
          metrics.histogram("monitron_ingest_store_seconds", "Time of a transaction.", kSeconds)),
      delay_(metrics.histogram("monitron_ingest_store_delay_seconds",
                               "From the door to the commit, of the oldest batch of a transaction.",
                               kDelays)) {}

Result<void> Storing::store_parts(const contracts::Message& message, series::Written& written) {
  const auto parts = parts_of(message);
  if (parts.empty()) return fail(Fault::invalid, "could not even be set aside");
  for (const auto& [part, body] : parts) {
    auto done = lanes_.write(part, false, written);
    if (!done && done.error().fault == Fault::invalid) {
      series::Load refused;
      refused.rejected.push_back({message.message_id, done.error().text, body});
      done = lanes_.write(refused, false, written);
    }
    if (!done) return done;  // those before are in the ledger
  }
  return {};
}

Result<void> Storing::operator()(std::span<const mq::Delivery> deliveries) {
  const auto started = std::chrono::steady_clock::now();
  const bool much = is_much(deliveries);
  auto carried = carried_by(deliveries, lanes_, much);
  series::Written written;
  auto done = lanes_.write(std::move(carried.load), much, written);
  if (!done && done.error().fault == Fault::invalid && deliveries.size() == 1) {
    // PostgreSQL itself refuses something in this one message, which carries what many have sent.
    done = store_parts(deliveries[0].message, written);
  }
  measure(written);
  if (!done) {
    metrics_
        .counter("monitron_ingest_store_failures_total",
                 "Transactions that failed; nothing of them was acknowledged.",
                 {{"fault", std::string(to_string(done.error().fault))}})
        .add();
    return done;
  }
  seconds_.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  if (carried.oldest_ms) {
    const auto delay_ms = to_ms(system_clock().now()) - *carried.oldest_ms;
    delay_.observe(std::max(0.0, static_cast<double>(delay_ms) / 1e3));
  }
  return {};
}

void Storing::measure(const series::Written& written) {
  batches_.add(static_cast<double>(written.batches));
  samples_.add(static_cast<double>(written.samples));
  results_.add(static_cast<double>(written.results));
  refuted_.add(static_cast<double>(written.refuted));
  duplicates_.add(static_cast<double>(written.duplicates));
  quarantined_.add(static_cast<double>(written.quarantined));
  refused_.add(static_cast<double>(written.refused_samples));
}

mq::ConsumerConfig store_consumer(const mq::Endpoint& broker, int partition) {
  mq::ConsumerConfig consumer;
  consumer.endpoint = broker;
  consumer.topology = contracts::durable_topology();
  consumer.queue = "tele.store." + std::to_string(partition);
  consumer.name = "ingest writer";
  consumer.prefetch = 256;
  return consumer;
}

WriterRole::WriterRole(const mq::Endpoint& broker, const series::WriterConfig& config,
                       service::Metrics& metrics) {
  for (int partition = 0; partition < contracts::kPartitions; ++partition) {
    storing_.push_back(std::make_unique<Storing>(config, metrics));
    consumers_.push_back(std::make_unique<mq::BatchConsumer>(
        store_consumer(broker, partition), mq::BatchConfig{},
        [storing = storing_.back().get()](std::span<const mq::Delivery> deliveries) {
          return (*storing)(deliveries);
        }));
  }
}

bool WriterRole::connected() const {
  for (const auto& consumer : consumers_) {
    if (!consumer->connected()) return false;
  }
  return true;
}

}  // namespace monitron::ingest
