// Brokers that speak AMQP 0-9-1, without a login, with one, and with a look at the queues; and what
// RabbitMQ's management API says of queues.

#include "probe/rabbitmq_queues.hpp"
#include "talk.hpp"

MONITRON_FUZZ(rabbitmq) {
  using namespace monitron;
  fuzz::Input input(bytes);
  domain::RabbitmqSettings settings;
  const unsigned depth = input.choose(3);
  if (depth > 0) {
    settings.username = "user";
    settings.password.text = "pencil";
  }
  if (depth > 1) {
    settings.management_url = "http://127.0.0.1:15672";
    settings.max_ready = 10;
  }
  const std::string body(input.rest());
  if (const auto page = probe::rabbitmq::read_page(body)) {
    for (const auto& queue : page->queues) {
      (void)probe::rabbitmq::complaint_about(queue, queue.name, settings);
    }
  }
  (void)probe::rabbitmq::read_queue(body);
  fuzz::talk_with(fuzz::check_with(settings), input);
}
