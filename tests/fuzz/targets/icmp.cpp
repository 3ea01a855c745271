// What comes back for echo requests.

#include "fuzz.hpp"
#include "probe/icmp_packets.hpp"

MONITRON_FUZZ(icmp) {
  using namespace monitron;
  for (const bool v6 : {false, true}) {
    (void)probe::read_echo_reply(bytes, v6, false);
    (void)probe::read_quoted_request(bytes, v6);
  }
  (void)probe::read_echo_reply(bytes, false, true);
}
