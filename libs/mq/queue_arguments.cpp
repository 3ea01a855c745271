#include "mq/queue_arguments.hpp"

#include "mq/message_properties.hpp"

namespace monitron::mq {

QueueArguments::QueueArguments(const contracts::QueueSpec& queue) {
  const bool dead_letters = !queue.dead_letter_routing_key.empty();
  if (queue.quorum) entries_.push_back(string_entry("x-queue-type", "quorum"));
  if (queue.single_consumer) entries_.push_back(flag("x-single-active-consumer"));
  if (queue.delivery_limit) {
    entries_.push_back(number_entry("x-delivery-limit", *queue.delivery_limit));
  }
  if (queue.message_ttl) {
    entries_.push_back(number_entry("x-message-ttl", queue.message_ttl->count()));
  }
  if (queue.max_length) entries_.push_back(number_entry("x-max-length", *queue.max_length));
  if (queue.max_length_bytes) {
    entries_.push_back(number_entry("x-max-length-bytes", *queue.max_length_bytes));
  }
  if (dead_letters) {
    entries_.push_back(string_entry("x-dead-letter-exchange", queue.dead_letter_exchange));
    entries_.push_back(string_entry("x-dead-letter-routing-key", queue.dead_letter_routing_key));
    // A dead letter leaves its queue only once the next one has it; asks for reject-publish.
    if (queue.quorum) entries_.push_back(string_entry("x-dead-letter-strategy", "at-least-once"));
  }
  if (queue.reject_publish || (queue.quorum && dead_letters)) {
    entries_.push_back(string_entry("x-overflow", "reject-publish"));
  }
}

amqp_table_t QueueArguments::table() const {
  return {static_cast<int>(entries_.size()), const_cast<amqp_table_entry_t*>(entries_.data())};
}

}  // namespace monitron::mq
