#pragma once
// What every broker message says about itself. A message lives in one header and one .cpp here: a
// plain struct, encode and decode_…. Readers ignore members they do not know and name the member
// that is wrong; a change that an old reader cannot ignore is a new version.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::contracts {

struct Contract {
  std::string_view type;   // AMQP property `type`, e.g. "alert.changed"
  int version = 1;         // AMQP header `x-version`
  std::string_view owner;  // the one program that publishes it
};

// A message on its way to or from the broker: body and the properties that travel with it.
struct Message {
  std::string exchange;
  std::string routing_key;
  std::string type;
  int version = 1;
  std::string message_id;    // unique per message; the inbox knows duplicates by it
  std::string content_type;  // application/json or application/x-protobuf
  std::string body;
  std::string traceparent;  // W3C Trace Context, or empty
  int attempt = 1;          // counts tries at one job; carried in `x-attempt`
};

}  // namespace monitron::contracts
