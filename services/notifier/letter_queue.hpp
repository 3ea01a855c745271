#pragma once
// Takes letters from a queue and sends some of them at a time: one that takes long holds up neither
// the others nor the connection to the broker, which would hand the letter to somebody else.

#include "loop/workers.hpp"
#include "mq/consumer.hpp"
#include "notifier/mailer.hpp"

namespace monitron::notifier {

class LetterQueue {
 public:
  LetterQueue(const mq::Endpoint& broker, const std::string& queue, Mailer& mailer);
  // As AsyncConsumer.
  bool drain(std::chrono::milliseconds grace) { return consumer_.drain(grace); }
  bool connected() const { return consumer_.connected(); }

 private:
  loop::Workers senders_;
  mq::AsyncConsumer consumer_;
};

}  // namespace monitron::notifier
