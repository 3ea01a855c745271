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
  ~LetterQueue();
  // As AsyncConsumer; letters that wait for PostgreSQL are given back.
  bool drain(std::chrono::milliseconds grace);
  bool connected() const { return consumer_.connected(); }

 private:
  Mailer& mailer_;
  loop::Workers senders_;
  mq::AsyncConsumer consumer_;
};

}  // namespace monitron::notifier
