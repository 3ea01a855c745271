#pragma once
// RabbitMQ: the server's first word; with a user, a connection opened and closed in order, and then
// its queues by the management API.

#include "probe/amqp_frames.hpp"
#include "probe/conversation.hpp"
#include "probe/http_response.hpp"
#include "probe/http_url.hpp"
#include "probe/rabbitmq_queues.hpp"

namespace monitron::probe {

class RabbitmqConversation : public Conversation {
 public:
  explicit RabbitmqConversation(const domain::RabbitmqSettings& settings);

  bool begins_with_tls() const override { return settings_.use_tls; }
  void connected() override;
  void closed(const std::string& how) override;

 private:
  std::size_t read(std::string_view bytes) override;
  void take(amqp::Method method, ByteReader& reader);
  void take_start(ByteReader& reader);
  void take_tune(ByteReader& reader);
  void refused(ByteReader& reader);
  void look_at_queues();

  void ask();
  void take_answer(HttpResponseReader::State state);
  void take_page(const std::string& body);
  void take_queue(const std::string& body);
  void ask_next(bool same_connection);
  void judge();

  const domain::RabbitmqSettings settings_;
  amqp::Method awaited_ = amqp::Method::start;
  std::optional<HttpUrl> management_;  // while its queues are looked at
  std::unique_ptr<HttpResponseReader> answer_;
  std::size_t asked_ = 0;  // pages or queues
  std::size_t pages_ = 1;
  std::size_t queues_ = 0;
  rabbitmq::Queue total_;
  std::string complaints_;
};

}  // namespace monitron::probe
