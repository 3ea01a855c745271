#include "notifier/letter_queue.hpp"

#include "notifier/job_consumer.hpp"

namespace monitron::notifier {
namespace {

constexpr int kAtOnce = 4;

mq::ConsumerConfig consumer_of(const mq::Endpoint& broker, const std::string& queue) {
  auto config = job_consumer(broker, queue, kLetterAttempts);
  config.prefetch = kAtOnce;
  return config;
}

}  // namespace

LetterQueue::LetterQueue(const mq::Endpoint& broker, const std::string& queue, Mailer& mailer)
    : mailer_(mailer),
      senders_("letters", kAtOnce, kAtOnce),
      consumer_(consumer_of(broker, queue), [this, &mailer](const mq::Delivery& delivery,
                                                            const mq::AsyncConsumer::Finish& done) {
        const bool taken =
            senders_.run([&mailer, delivery, done] { done(mailer.take_letter(delivery)); });
        // After a reconnect, when those of before are still under way.
        if (!taken) done(fail(Fault::busy, "too many letters at once"));
      }) {}

LetterQueue::~LetterQueue() { mailer_.stop_waiting(); }

bool LetterQueue::drain(std::chrono::milliseconds grace) {
  mailer_.stop_waiting();
  return consumer_.drain(grace);
}

}  // namespace monitron::notifier
