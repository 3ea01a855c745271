#pragma once
// Schema migrations: plain SQL files NNNN_name.up.sql / NNNN_name.down.sql, each applied in one
// transaction under an advisory lock, recorded in schema_migrations with the SHA-256 of its up
// file. Two programs starting at once are safe; an applied file that was edited is refused.

#include "base/result.hpp"

#include <string>
#include <vector>

namespace monitron::db {

struct Migration {
  int version = 0;
  std::string name;
  std::string up;
  std::string down;
};

// The migrations compiled into the program (from migrations/), in order.
const std::vector<Migration>& built_in_migrations();
// The same from a folder. Faults: invalid (gaps, missing down file), not_found.
Result<std::vector<Migration>> load_migrations(const std::string& folder);

struct MigrationStatus {
  int version = 0;
  std::string name;
  bool applied = false;
  std::string applied_at;
};

// The oldest server that has all that the schema needs (views by the rights of who asks, 0074), as
// PQserverVersion() tells versions.
inline constexpr int kOldestServer = 150'000;
// Fault: invalid, with the version that it is and the one that it must be.
Result<void> check_server(int version);

// Fault: invalid, of an older server, before anything is done to it.
Result<int> migrate_up(const std::string& url, const std::vector<Migration>& migrations);
Result<int> migrate_down(const std::string& url, const std::vector<Migration>& migrations,
                         int steps);
Result<std::vector<MigrationStatus>> migration_status(const std::string& url,
                                                      const std::vector<Migration>& migrations);

// The version the program needs; a service refuses to run on an older schema.
Result<void> require_schema(const std::string& url, int version);

// Creates the role (no superuser) and the database of `url` when they are missing, and the role
// monitron_reader (docs/sql.md) and that of limited callers (db/limited.hpp), through `admin_url`
// (M-214). Twice is harmless. The timescaledb extension is created when the server has it and lets
// it start (M-200).
Result<void> provision(const std::string& admin_url, const std::string& url);

}  // namespace monitron::db
