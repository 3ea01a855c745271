#pragma once
// A network of its own for one test, whose only way out leads to the test itself: it sees every
// packet that is sent and says what comes back. Needs the rights of root.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe {

// An IP packet in, IP packets out.
using Peer = std::function<std::vector<std::string>(std::string_view packet)>;

// This machine is 10.99.0.1 and fd99::1, all else of 10.99.0.0/24 and fd99::/64 is the peer.
// `ping_sockets`: whether the kernel allows them there. False when this process may not make a
// network; then `body` is not run.
bool in_tun_network(bool ping_sockets, const Peer& peer, const std::function<void()>& body);

// Lines of a table of sockets of this network, without its head: "icmp", "raw".
int sockets_in(const std::string& table);

std::string echo_reply_to(std::string_view request);
// As the router 10.99.0.254 or fd99::fe tells it, quoting `quoted` bytes after the IP header.
std::string icmp_error_to(std::string_view request, int type, int code, std::size_t quoted);

}  // namespace monitron::probe
