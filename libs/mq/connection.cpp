#include "mq/connection.hpp"

#include "mq/message_properties.hpp"
#include "mq/queue_arguments.hpp"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace monitron::mq {
namespace {

constexpr amqp_channel_t kChannel = 1;
constexpr int kFrameBytes = 131'072;
constexpr timeval kConnectLimit{2, 0};
constexpr timeval kLoginLimit{5, 0};
constexpr timeval kAnswerLimit{10, 0};
constexpr timeval kCloseLimit{1, 0};
constexpr const char* kSystemCaFile = "/etc/ssl/certs/ca-certificates.crt";

// A broker that is short of memory stops reading, and a send would wait for it without limit. When
// it has taken nothing for this long, the kernel ends the connection.
constexpr unsigned kStallLimitMs = 4000;

// What AMQP's short strings hold, and what the suite's brokers take (max_message_size).
constexpr std::size_t kShortBytes = 255;
constexpr std::size_t kBodyBytes = 16u << 20;

// Half a message on the wire is the end of a connection, so nothing is begun that cannot end.
Result<void> sendable(const contracts::Message& message) {
  for (const auto* text : {&message.exchange, &message.routing_key, &message.type,
                           &message.message_id, &message.content_type, &message.traceparent}) {
    if (text->size() > kShortBytes) return fail(Fault::invalid, "a property over 255 bytes");
  }
  if (message.body.size() > kBodyBytes) return fail(Fault::invalid, "a body over 16 MiB");
  return {};
}

Error away(const std::string& what, int status) {
  return {Fault::unavailable, what + ": " + amqp_error_string2(status)};
}

Error refused(const std::string& what, const amqp_method_t& method) {
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto& close = *static_cast<const amqp_channel_close_t*>(method.decoded);
    return {Fault::unavailable, what + ": " + std::string(text(close.reply_text))};
  }
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto& close = *static_cast<const amqp_connection_close_t*>(method.decoded);
    const auto fault = close.reply_code == AMQP_ACCESS_REFUSED ? Fault::denied : Fault::unavailable;
    return {fault, what + ": " + std::string(text(close.reply_text))};
  }
  return {Fault::unavailable, what + ": " + amqp_method_name(method.id)};
}

}  // namespace

Connection::Connection() : connection_(amqp_new_connection()) {
  MONITRON_EXPECTS(connection_ != nullptr);
}

Connection::~Connection() {
  if (healthy_) {
    amqp_set_rpc_timeout(connection_, &kCloseLimit);
    amqp_connection_close(connection_, AMQP_REPLY_SUCCESS);
  }
  amqp_destroy_connection(connection_);
}

Result<std::unique_ptr<Connection>> Connection::open(const Endpoint& endpoint,
                                                     const std::string& name) {
  std::unique_ptr<Connection> made(new Connection);
  if (auto done = made->connect(endpoint); !done) return fail(done.error());
  if (auto done = made->log_in(endpoint, name); !done) return fail(done.error());
  return made;
}

Result<void> Connection::connect(const Endpoint& endpoint) {
  amqp_socket_t* socket = nullptr;
  if (endpoint.tls) {
    socket = amqp_ssl_socket_new(connection_);
    MONITRON_EXPECTS(socket != nullptr);
    amqp_ssl_socket_set_verify_peer(socket, 1);
    amqp_ssl_socket_set_verify_hostname(socket, 1);
    amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
    const char* authorities = endpoint.ca_file.empty() ? kSystemCaFile : endpoint.ca_file.c_str();
    const int status = amqp_ssl_socket_set_cacert(socket, authorities);
    if (status != AMQP_STATUS_OK) return fail(away(authorities, status));
  } else {
    socket = amqp_tcp_socket_new(connection_);
    MONITRON_EXPECTS(socket != nullptr);
  }
  const int status =
      amqp_socket_open_noblock(socket, endpoint.host.c_str(), endpoint.port, &kConnectLimit);
  if (status != AMQP_STATUS_OK) {
    return fail(
        away("connecting to " + endpoint.host + ":" + std::to_string(endpoint.port), status));
  }
  setsockopt(this->socket(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kStallLimitMs, sizeof kStallLimitMs);
  return {};
}

Result<void> Connection::log_in(const Endpoint& endpoint, const std::string& name) {
  amqp_set_handshake_timeout(connection_, &kLoginLimit);
  amqp_set_rpc_timeout(connection_, &kAnswerLimit);
  // connection.blocked is only told to those who say that they understand it.
  std::array<amqp_table_entry_t, 2> abilities{flag("connection.blocked"),
                                              flag("consumer_cancel_notify")};
  std::array<amqp_table_entry_t, 2> about{string_entry("connection_name", name),
                                          table_entry("capabilities", abilities)};
  const amqp_table_t properties{static_cast<int>(about.size()), about.data()};
  const auto reply = amqp_login_with_properties(
      connection_, endpoint.vhost.c_str(), 1, kFrameBytes, endpoint.heartbeat_s, &properties,
      AMQP_SASL_METHOD_PLAIN, endpoint.user.c_str(), endpoint.password.c_str());
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION)
    return fail(refused("login", reply.reply));
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) return fail(away("login", reply.library_error));
  healthy_ = true;
  amqp_channel_open(connection_, kChannel);
  return answered("opening a channel");
}

Result<void> Connection::answered(const std::string& to_what) {
  const auto reply = amqp_get_rpc_reply(connection_);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return {};
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) {
    healthy_ = reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD;
    return fail(refused(to_what, reply.reply));
  }
  healthy_ = false;
  return fail(away(to_what, reply.library_error));
}

Result<void> Connection::sent(int status, const char* what) {
  if (status == AMQP_STATUS_OK) return {};
  healthy_ = false;
  return fail(away(what, status));
}

Result<void> Connection::declare(const contracts::Topology& topology) {
  for (const auto& exchange : topology.exchanges) {
    amqp_exchange_declare(connection_, kChannel, bytes(exchange.name), bytes(exchange.kind), 0, 1,
                          0, 0, amqp_empty_table);
    if (auto done = answered("exchange " + exchange.name); !done) return done;
  }
  for (const auto& queue : topology.queues) {
    const QueueArguments arguments(queue);
    amqp_queue_declare(connection_, kChannel, bytes(queue.name), 0, !queue.exclusive,
                       queue.exclusive, queue.exclusive, arguments.table());
    if (auto done = answered("queue " + queue.name); !done) return done;
  }
  for (const auto& binding : topology.bindings) {
    amqp_queue_bind(connection_, kChannel, bytes(binding.queue), bytes(binding.exchange),
                    bytes(binding.routing_key), amqp_empty_table);
    if (auto done = answered("binding of " + binding.queue); !done) return done;
  }
  for (const auto& binding : topology.exchange_bindings) {
    amqp_exchange_bind(connection_, kChannel, bytes(binding.to), bytes(binding.from),
                       bytes(binding.routing_key), amqp_empty_table);
    if (auto done = answered("binding of " + binding.to); !done) return done;
  }
  return {};
}

Result<void> Connection::confirm_messages() {
  amqp_confirm_select(connection_, kChannel);
  return answered("confirm mode");
}

Result<std::uint64_t> Connection::publish(const contracts::Message& message) {
  if (auto good = sendable(message); !good) return fail(good.error());
  const MessageProperties properties(message);
  const int status =
      amqp_basic_publish(connection_, kChannel, bytes(message.exchange), bytes(message.routing_key),
                         message.exchange != contracts::kEventsExchange /* mandatory */, 0,
                         properties.get(), bytes(message.body));
  if (auto done = sent(status, "publishing"); !done) return fail(done.error());
  return ++published_;
}

Result<void> Connection::consume(const std::string& queue, int prefetch, bool no_ack) {
  if (!no_ack) {
    amqp_basic_qos(connection_, kChannel, 0, static_cast<std::uint16_t>(prefetch), 0);
    if (auto done = answered("prefetch"); !done) return done;
  }
  amqp_basic_consume(connection_, kChannel, bytes(queue), bytes("work"), 0, no_ack, 0,
                     amqp_empty_table);
  return answered("consuming " + queue);
}

Result<void> Connection::cancel() {
  amqp_basic_cancel(connection_, kChannel, bytes("work"));
  return answered("ending the consumer");
}

Result<void> Connection::ack(std::uint64_t tag, bool multiple) {
  return sent(amqp_basic_ack(connection_, kChannel, tag, multiple), "ack");
}

Result<void> Connection::reject(std::uint64_t tag, bool requeue) {
  return sent(amqp_basic_nack(connection_, kChannel, tag, 0, requeue), "nack");
}

int Connection::socket() const { return amqp_get_sockfd(connection_); }

Result<std::optional<Event>> Connection::next() {
  for (;;) {
    amqp_maybe_release_buffers(connection_);
    amqp_frame_t frame;
    const timeval no_wait{0, 0};
    const int status = amqp_simple_wait_frame_noblock(connection_, &frame, &no_wait);
    if (status == AMQP_STATUS_TIMEOUT) return std::nullopt;
    if (auto done = sent(status, "reading"); !done) return fail(done.error());
    if (frame.frame_type != AMQP_FRAME_METHOD) continue;
    auto event = read(frame.payload.method);
    if (!event || *event) return event;
  }
}

Result<std::optional<Event>> Connection::read(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD:
      return read_delivery(method);
    case AMQP_BASIC_RETURN_METHOD:
      return read_return(method);
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = *static_cast<const amqp_basic_ack_t*>(method.decoded);
      return Event(Confirmed{ack.delivery_tag, ack.multiple != 0, true});
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = *static_cast<const amqp_basic_nack_t*>(method.decoded);
      return Event(Confirmed{nack.delivery_tag, nack.multiple != 0, false});
    }
    case AMQP_CONNECTION_BLOCKED_METHOD:
      return Event(Blocked{true});
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      return Event(Blocked{false});
    case AMQP_BASIC_CANCEL_METHOD:
      return fail(Fault::unavailable, "the queue was deleted");
    case AMQP_CHANNEL_CLOSE_METHOD:
      return fail(refused("channel closed", method));
    case AMQP_CONNECTION_CLOSE_METHOD:
      healthy_ = false;
      return fail(refused("connection closed", method));
    default:
      return std::nullopt;
  }
}

Result<std::optional<Event>> Connection::read_delivery(const amqp_method_t& method) {
  const auto& head = *static_cast<const amqp_basic_deliver_t*>(method.decoded);
  Delivery delivery;
  delivery.tag = head.delivery_tag;
  delivery.redelivered = head.redelivered != 0;
  delivery.message.exchange = text(head.exchange);
  delivery.message.routing_key = text(head.routing_key);
  amqp_message_t raw;
  const auto reply = amqp_read_message(connection_, kChannel, &raw, 0);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
    healthy_ = false;
    return fail(away("reading a message", reply.library_error));
  }
  read_properties(raw.properties, delivery);
  delivery.message.body = text(raw.body);
  amqp_destroy_message(&raw);
  return Event(std::move(delivery));
}

Result<std::optional<Event>> Connection::read_return(const amqp_method_t&) {
  amqp_message_t raw;
  const auto reply = amqp_read_message(connection_, kChannel, &raw, 0);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
    healthy_ = false;
    return fail(away("reading a returned message", reply.library_error));
  }
  Returned returned{std::string(text(raw.properties.message_id))};
  amqp_destroy_message(&raw);
  return Event(std::move(returned));
}

}  // namespace monitron::mq
