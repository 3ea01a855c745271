#pragma once
// A database of one's own on the shared PostgreSQL; gone with the servers.

#include <string>

namespace monitron::testkit {

// The URL of a new, empty database. Only after MONITRON_REQUIRE_SERVERS.
std::string fresh_database();

}  // namespace monitron::testkit
