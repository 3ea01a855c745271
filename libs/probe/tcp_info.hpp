#pragma once
// What the kernel knows of a connection (TCP_INFO). Threads: any.

#include <string>

namespace monitron::probe {

struct TcpInfo {
  double rtt_seconds = 0;
  double retransmits = 0;          // segments sent again since the begin
  double lost = 0;                 // on the way now and taken for lost
  double delivery_rate_bytes = 0;  // a second; 0: nothing was measured
};

// All 0, or empty, when `fd` is no TCP socket.
TcpInfo read_tcp_info(int fd);
// The state and the counters of a connection that failed, for people.
std::string tcp_info_text(int fd);

}  // namespace monitron::probe
