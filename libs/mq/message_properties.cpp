#include "mq/message_properties.hpp"

#include <algorithm>
#include <optional>

namespace monitron::mq {
namespace {

constexpr std::string_view kVersion = "x-version";
constexpr std::string_view kAttempt = "x-attempt";
constexpr std::string_view kDeliveryCount = "x-delivery-count";  // set by quorum queues
constexpr std::string_view kTraceparent = "traceparent";
constexpr std::uint8_t kPersistent = 2;

std::optional<std::int64_t> number(const amqp_field_value_t& value) {
  switch (value.kind) {
    case AMQP_FIELD_KIND_I8:
      return value.value.i8;
    case AMQP_FIELD_KIND_U8:
      return value.value.u8;
    case AMQP_FIELD_KIND_I16:
      return value.value.i16;
    case AMQP_FIELD_KIND_U16:
      return value.value.u16;
    case AMQP_FIELD_KIND_I32:
      return value.value.i32;
    case AMQP_FIELD_KIND_U32:
      return value.value.u32;
    case AMQP_FIELD_KIND_I64:
      return value.value.i64;
    default:
      return std::nullopt;
  }
}

void read_header(const amqp_table_entry_t& header, Delivery& delivery) {
  const auto name = text(header.key);
  const auto value = static_cast<int>(number(header.value).value_or(0));
  if (name == kVersion) delivery.message.version = value;
  if (name == kAttempt) delivery.message.attempt = std::max(1, value);
  if (name == kDeliveryCount) delivery.delivery_count = value;
  if (name == kTraceparent && header.value.kind == AMQP_FIELD_KIND_UTF8) {
    delivery.message.traceparent = text(header.value.value.bytes);
  }
}

}  // namespace

amqp_table_entry_t string_entry(std::string_view name, std::string_view value) {
  amqp_table_entry_t entry{};
  entry.key = bytes(name);
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = bytes(value);
  return entry;
}

amqp_table_entry_t number_entry(std::string_view name, std::int64_t value) {
  amqp_table_entry_t entry{};
  entry.key = bytes(name);
  entry.value.kind = AMQP_FIELD_KIND_I64;
  entry.value.value.i64 = value;
  return entry;
}

amqp_table_entry_t flag(std::string_view name) {
  amqp_table_entry_t entry{};
  entry.key = bytes(name);
  entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
  entry.value.value.boolean = 1;
  return entry;
}

amqp_table_entry_t table_entry(std::string_view name, std::span<amqp_table_entry_t> value) {
  amqp_table_entry_t entry{};
  entry.key = bytes(name);
  entry.value.kind = AMQP_FIELD_KIND_TABLE;
  entry.value.value.table = {static_cast<int>(value.size()), value.data()};
  return entry;
}

MessageProperties::MessageProperties(const contracts::Message& message)
    : headers_{number_entry(kVersion, message.version), number_entry(kAttempt, message.attempt),
               string_entry(kTraceparent, message.traceparent)} {
  properties_._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_TYPE_FLAG |
                       AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG |
                       AMQP_BASIC_HEADERS_FLAG;
  properties_.delivery_mode = kPersistent;
  properties_.type = bytes(message.type);
  properties_.message_id = bytes(message.message_id);
  properties_.content_type = bytes(message.content_type);
  properties_.headers = {message.traceparent.empty() ? 2 : 3, headers_.data()};
}

void read_properties(const amqp_basic_properties_t& properties, Delivery& delivery) {
  auto& message = delivery.message;
  if (properties._flags & AMQP_BASIC_TYPE_FLAG) message.type = text(properties.type);
  if (properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) {
    message.message_id = text(properties.message_id);
  }
  if (properties._flags & AMQP_BASIC_CONTENT_TYPE_FLAG) {
    message.content_type = text(properties.content_type);
  }
  if (!(properties._flags & AMQP_BASIC_HEADERS_FLAG)) return;
  for (int i = 0; i < properties.headers.num_entries; ++i) {
    read_header(properties.headers.entries[i], delivery);
  }
}

}  // namespace monitron::mq
