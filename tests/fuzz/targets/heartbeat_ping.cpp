// heartbeat.ping and heartbeat.mark: what was read can be written, and says the same again.

#include "contracts/heartbeat_ping.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(heartbeat_ping) {
  using namespace monitron;
  if (const auto ping = contracts::decode_heartbeat_ping(bytes)) {
    const auto again = contracts::decode_heartbeat_ping(contracts::encode(*ping));
    fuzz::must(again && *again == *ping, "a ping says something else");
  }
  if (const auto mark = contracts::decode_heartbeat_mark(bytes)) {
    const auto again = contracts::decode_heartbeat_mark(contracts::encode(*mark));
    fuzz::must(again && *again == *mark, "a mark says something else");
  }
}
