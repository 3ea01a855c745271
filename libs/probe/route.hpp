#pragma once
// Whether this machine itself has a way to an address. Threads: any; calls of the kernel that do
// not wait.

#include "probe/address.hpp"

#include <string>

namespace monitron::probe {

// What is wrong here, for people: no route, its link is down, its gateway does not answer on the
// link. Empty: nothing that this machine could know.
std::string route_trouble(const Address& to);

}  // namespace monitron::probe
