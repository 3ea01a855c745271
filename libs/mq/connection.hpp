#pragma once
// One connection with one channel in confirm mode. Private to this room. Belongs to one thread at a
// time: two on one connection make the broker close it. After any failure it is of no more use;
// open another one.

#include "contracts/contract.hpp"
#include "contracts/topology.hpp"
#include "mq/consumer.hpp"
#include "mq/endpoint.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

struct amqp_connection_state_t_;
struct amqp_method_t_;

namespace monitron::mq {

struct Confirmed {
  std::uint64_t tag = 0;
  bool multiple = false;
  bool taken = true;  // false: the broker refused it
};
struct Returned {  // no queue takes it; its Confirmed follows
  std::string message_id;
};
struct Blocked {  // the broker is short of memory or disk
  bool blocked = true;
};
using Event = std::variant<Delivery, Confirmed, Returned, Blocked>;

class Connection {
 public:
  // Faults: unavailable; denied when the account is refused.
  static Result<std::unique_ptr<Connection>> open(const Endpoint& endpoint,
                                                  const std::string& name);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> declare(const contracts::Topology& topology);
  Result<void> confirm_messages();
  // The tag that its Confirmed will carry. Fault invalid: this message alone is to blame, nothing
  // was sent. May block while the broker takes nothing, at most some
  // seconds: then the connection is given up.
  Result<std::uint64_t> publish(const contracts::Message& message);
  Result<void> consume(const std::string& queue, int prefetch, bool no_ack);
  Result<void> cancel();
  Result<void> ack(std::uint64_t tag, bool multiple);
  Result<void> reject(std::uint64_t tag, bool requeue);

  // What has arrived, without waiting. Also keeps the heartbeats going: call it every second or so.
  Result<std::optional<Event>> next();
  int socket() const;

 private:
  Connection();
  Result<void> connect(const Endpoint& endpoint);
  Result<void> log_in(const Endpoint& endpoint, const std::string& name);
  Result<std::optional<Event>> read(const amqp_method_t_& method);
  Result<std::optional<Event>> read_delivery(const amqp_method_t_& method);
  Result<std::optional<Event>> read_return(const amqp_method_t_& method);
  Result<void> answered(const std::string& to_what);
  Result<void> sent(int status, const char* what);

  amqp_connection_state_t_* connection_;
  bool healthy_ = false;
  std::uint64_t published_ = 0;
};

}  // namespace monitron::mq
