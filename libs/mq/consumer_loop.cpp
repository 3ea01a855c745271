#include "mq/consumer_loop.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace monitron::mq {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kRequeuePause{1000};
constexpr milliseconds kProvesItself{5000};

bool declares(const contracts::Topology& topology, const std::string& queue) {
  return std::any_of(topology.queues.begin(), topology.queues.end(),
                     [&](const contracts::QueueSpec& spec) { return spec.name == queue; });
}

}  // namespace

Verdict verdict(Fault fault) {
  switch (fault) {
    case Fault::unavailable:
    case Fault::timeout:
      return Verdict::retry;
    case Fault::busy:
      return Verdict::wait;
    case Fault::conflict:   // done already by somebody else
    case Fault::not_found:  // what it was about is gone
      return Verdict::ack;
    case Fault::invalid:
    case Fault::denied:
    case Fault::bug:
      return Verdict::dead_letter;
  }
  return Verdict::dead_letter;
}

ConsumerLoop::ConsumerLoop(ConsumerConfig config)
    : config_(std::move(config)),
      has_retry_steps_(declares(config_.topology, "retry." + config_.queue + "." +
                                                      contracts::retry_steps().front().name)) {}

void ConsumerLoop::start() {
  thread_ = std::thread([this] { run(); });
}

void ConsumerLoop::stop() {
  stopping_ = true;
  wake_.signal();
  if (thread_.joinable()) thread_.join();
}

void ConsumerLoop::run() {
  Backoff backoff;
  std::string last_problem;
  while (!stopping_) {
    auto done = open();
    const auto since = SteadyClock::now();
    if (done) done = serve();
    // Not merely opened: one that is closed again and again must not come back at once each time.
    if (SteadyClock::now() - since > kProvesItself) {
      backoff.reset();
      last_problem.clear();
    }
    connected_ = false;
    connection_.reset();
    requeues_.clear();
    broken_.reset();
    forget();
    if (done || stopping_) continue;
    if (done.error().text != last_problem) {
      last_problem = done.error().text;
      log::warning("broker.away", last_problem, {{"queue", config_.queue}});
    }
    // A signal may cut the wait short: one try more does no harm.
    wake_.wait(-1, backoff.next());
  }
}

Result<void> ConsumerLoop::open() {
  auto opened = Connection::open(config_.endpoint, config_.name);
  if (!opened) return fail(opened.error());
  connection_ = std::move(*opened);
  if (auto done = connection_->declare(config_.topology); !done) return done;
  return connection_->consume(config_.queue, config_.prefetch, config_.no_ack);
}

Result<void> ConsumerLoop::serve() {
  ++connections_;
  connected_ = true;
  log::debug("broker.connected", "consuming", {{"queue", config_.queue}});
  while (!stopping_) {
    if (auto done = take_arrived(); !done) return done;
    const auto pause = std::min(work(), requeue_due());
    if (broken_) return fail(*broken_);
    wake_.wait(connection_->socket(), pause);
  }
  leave();
  return {};
}

Result<void> ConsumerLoop::take_arrived() {
  while (!stopping_) {
    auto event = connection_->next();
    if (!event) return fail(event.error());
    if (!*event) return {};
    if (auto* delivery = std::get_if<Delivery>(&**event)) take(std::move(*delivery));
    if (broken_) return fail(*broken_);
  }
  return {};
}

void ConsumerLoop::note(const Result<void>& done) {
  if (!done && !broken_) broken_ = done.error();
}

void ConsumerLoop::ack_up_to(std::uint64_t tag) {
  if (!config_.no_ack) note(connection_->ack(tag, true));
}

void ConsumerLoop::cancel() {
  if (connection_) note(connection_->cancel());
}

void ConsumerLoop::settle(const Delivery& delivery, const Result<void>& result) {
  if (config_.no_ack) return;
  const auto what = result ? Verdict::ack : verdict(result.error().fault);
  if (what == Verdict::ack) return note(connection_->ack(delivery.tag, false));
  if (what == Verdict::wait) {
    log::debug("message.waits", result.error().text,
               {{"queue", config_.queue}, {"message_id", delivery.message.message_id}});
    return come_back(delivery, contracts::retry_steps().front(), delivery.message.attempt);
  }
  log::warning("message.failed", result.error().text,
               {{"queue", config_.queue},
                {"type", delivery.message.type},
                {"message_id", delivery.message.message_id},
                {"fault", to_string(result.error().fault)},
                {"attempt", delivery.message.attempt}});
  if (what == Verdict::dead_letter) return note(connection_->reject(delivery.tag, false));
  try_again(delivery);
}

void ConsumerLoop::try_again(const Delivery& delivery) {
  const auto& steps = contracts::retry_steps();
  const auto attempt = static_cast<std::size_t>(delivery.message.attempt);
  const auto attempts =
      config_.max_attempts > 0 ? static_cast<std::size_t>(config_.max_attempts) : steps.size() + 1;
  auto step = std::min(attempt, steps.size()) - 1;
  while (step > 0 && steps[step].pause > config_.longest_pause) --step;
  if (has_retry_steps_ && attempt >= attempts) {
    note(connection_->reject(delivery.tag, false));
  } else {
    come_back(delivery, steps[step], delivery.message.attempt + 1);
  }
}

void ConsumerLoop::come_back(const Delivery& delivery, const contracts::RetryStep& step,
                             int attempt) {
  auto again = delivery.message;
  again.exchange = contracts::kRetryExchange;
  again.routing_key = config_.queue + "." + step.name;
  again.attempt = attempt;
  if (has_retry_steps_ && publish_retry(std::move(again))) {
    note(connection_->ack(delivery.tag, false));
  } else {
    requeues_.push_back({SteadyClock::now() + kRequeuePause, delivery.tag});
  }
}

bool ConsumerLoop::publish_retry(contracts::Message message) {
  if (!retries_) {
    PublisherConfig publisher;
    publisher.endpoint = config_.endpoint;
    publisher.topology = config_.topology;
    publisher.name = config_.name + " retries";
    retries_.emplace(std::move(publisher));
  }
  return retries_->publish_and_wait(std::move(message)).has_value();
}

milliseconds ConsumerLoop::requeue_due() {
  const auto now = SteadyClock::now();
  while (!requeues_.empty() && requeues_.front().when <= now) {
    note(connection_->reject(requeues_.front().tag, true));
    requeues_.pop_front();
  }
  if (requeues_.empty()) return kTick;
  return std::chrono::ceil<milliseconds>(requeues_.front().when - now);
}

}  // namespace monitron::mq
