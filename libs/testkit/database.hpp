#pragma once
// A database of one's own on the shared PostgreSQL; gone with the servers.

#include <string>

namespace monitron::testkit {

// Locks, held or waited for, of the sessions of one database: other tests run on the same server.
inline const std::string kOwnLocks =
    "(SELECT * FROM pg_locks WHERE pid IN (SELECT pid FROM pg_stat_activity "
    "WHERE datname = current_database())) AS own_locks";

// The URL of a new, empty database. Only after MONITRON_REQUIRE_SERVERS.
std::string fresh_database();

// Gives the database defaults that its owner may choose and that none of our programs expects: who
// relies on a setting has to say so itself. For connections that are made from now on.
void set_strange_defaults(const std::string& url);

}  // namespace monitron::testkit
