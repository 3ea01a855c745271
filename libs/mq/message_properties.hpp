#pragma once
// A message's properties as AMQP has them, and text as rabbitmq-c has it. Private to this room.

#include "contracts/contract.hpp"
#include "mq/consumer.hpp"

#include <amqp.h>
#include <array>
#include <span>
#include <string_view>

namespace monitron::mq {

inline amqp_bytes_t bytes(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};  // rabbitmq-c only reads it
}
inline std::string_view text(const amqp_bytes_t& bytes) {
  return {static_cast<const char*>(bytes.bytes), bytes.len};
}

amqp_table_entry_t string_entry(std::string_view name, std::string_view value);
amqp_table_entry_t number_entry(std::string_view name, std::int64_t value);
amqp_table_entry_t flag(std::string_view name);  // true
amqp_table_entry_t table_entry(std::string_view name, std::span<amqp_table_entry_t> value);

// Persistent; points into the message, which must outlive it.
class MessageProperties {
 public:
  explicit MessageProperties(const contracts::Message& message);
  MessageProperties(const MessageProperties&) = delete;
  MessageProperties& operator=(const MessageProperties&) = delete;
  const amqp_basic_properties_t* get() const { return &properties_; }

 private:
  std::array<amqp_table_entry_t, 3> headers_;
  amqp_basic_properties_t properties_{};
};

// What is absent or of another type stays as it is in `delivery`.
void read_properties(const amqp_basic_properties_t& properties, Delivery& delivery);

}  // namespace monitron::mq
