#include "checker/work_queue.hpp"

#include "base/log.hpp"
#include "checker/slot_metrics.hpp"

#include <thread>

namespace monitron::checker {

WorkQueue::WorkQueue(Config config, const probe::EngineSettings& probes, mq::Publisher& broker,
                     service::Metrics& metrics)
    : in_flight_(metrics.gauge("monitron_checker_in_flight", "Checks running now.")),
      own_network_(metrics.gauge("monitron_checker_own_network_up",
                                 "0 while none of the guard targets answers.")),
      sender_(config.instance,
              [&broker](contracts::Message message, ResultSender::Completion done) {
                return broker.publish(std::move(message), std::move(done));
              }),
      worker_(config.worker, probes, sender_, events(metrics, config.worker)),
      consumer_(std::make_unique<mq::AsyncConsumer>(
          std::move(config.consumer),
          [this](const mq::Delivery& delivery, const mq::AsyncConsumer::Finish& finish) {
            take(delivery, finish);
          })) {}

WorkerEvents WorkQueue::events(service::Metrics& metrics, const WorkerConfig& config) {
  std::string guards;
  for (const auto& target : config.guard_targets) guards += (guards.empty() ? "" : ",") + target;
  const std::vector<double> buckets{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30};
  const auto& location = config.location;
  auto late = metrics.histogram("monitron_checker_schedule_lateness_seconds",
                                "From a slot's time to the start of its check.", buckets,
                                {{"location", location}});
  std::map<domain::MissReason, service::Counter> missed;
  using domain::MissReason;
  for (const auto why : {MissReason::late, MissReason::overrun, MissReason::no_descriptors}) {
    missed.emplace(why, missed_slots(metrics, location, why));
  }
  std::map<domain::CheckStatus, service::Counter> results;
  for (const auto status :
       {domain::CheckStatus::up, domain::CheckStatus::down, domain::CheckStatus::unknown}) {
    results.emplace(status, metrics.counter("monitron_checker_results_total", "Results by status.",
                                            {{"location", location},
                                             {"status", std::string(domain::to_string(status))}}));
  }
  WorkerEvents events;
  events.started_late = [late](double seconds) mutable { late.observe(seconds); };
  events.missed = [missed](MissReason reason) {
    auto counter = missed.at(reason);
    counter.add();
  };
  own_network_.set(1);
  events.own_network = [this, guards](bool up) {
    own_network_.set(up ? 1 : 0);
    const log::Field field{"guard_targets", guards};
    if (up) return log::info("network.back", "The location's own network is back", {field});
    log::warning("network.away", "The location's own network is away: no guard target answers",
                 {field});
  };
  events.finished = [this, results](const domain::CheckResult& result) {
    auto counter = results.at(result.outcome.status);
    counter.add();
    in_flight_.set(static_cast<double>(worker_.running()));
  };
  return events;
}

void WorkQueue::take(const mq::Delivery& delivery, const mq::AsyncConsumer::Finish& finish) {
  const auto& message = delivery.message;
  const auto done = [finish] { finish({}); };
  if (message.type == contracts::CheckSlice::contract.type) {
    auto slice = contracts::decode_check_slice(message.body);
    if (!slice) return finish(fail(slice.error()));
    return worker_.accept(std::move(*slice), done);
  }
  if (message.type == contracts::CheckTest::contract.type) {
    auto test = contracts::decode_check_test(message.body);
    if (!test) return finish(fail(test.error()));
    return worker_.accept(std::move(*test), done);
  }
  finish(fail(Fault::invalid, "unknown message type " + message.type));
}

bool WorkQueue::stop(std::chrono::milliseconds grace) {
  worker_.stop_starting();
  consumer_->drain(std::chrono::milliseconds(0));  // takes no more
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (worker_.running() > 0 || sender_.unconfirmed() > 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace monitron::checker
