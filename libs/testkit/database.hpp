#pragma once
// A database of one's own on the shared PostgreSQL; gone with the servers.

#include <string>

namespace monitron::testkit {

// The URL of a new, empty database. Only after MONITRON_REQUIRE_SERVERS.
std::string fresh_database();

// Gives the database defaults that its owner may choose and that none of our programs expects: who
// relies on a setting has to say so itself. For connections that are made from now on.
void set_strange_defaults(const std::string& url);

}  // namespace monitron::testkit
