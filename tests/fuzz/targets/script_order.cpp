// What a runner of scripts and its spawner tell each other.

#include "fuzz.hpp"
#include "script/order.hpp"

MONITRON_FUZZ(script_order) {
  using namespace monitron;
  const auto message = script::decode(bytes);
  if (!message) return;
  const std::string datagram =
      std::visit([](const auto& one) { return script::encode(one); }, *message);
  const auto again = script::decode(datagram);
  fuzz::must(again && *again == *message, "it says something else");
}
