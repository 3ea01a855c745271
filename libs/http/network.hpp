#pragma once
// Whom an address stands for, where callers are counted.

#include <string>

namespace monitron::http {

// An IPv4 address as it is, the /64 of an IPv6 address (RFC 6177: a customer has one at least);
// what is no address as it is.
std::string network_of(const std::string& address);

}  // namespace monitron::http
