#pragma once
// Sealing all stored secrets anew with the ENCRYPTION_KEY of today, while the suite runs.

#include "auth/vault.hpp"
#include "db/pool.hpp"

#include <vector>

namespace monitron::api {

struct Rotation {
  int found = 0;                     // envelopes of older keys
  int sealed = 0;                    // of them, anew; none by a dry run
  int unreadable = 0;                // no key opens them
  std::vector<std::string> where{};  // the first of those: "check:<id>"
};

// In transactions of a hundred rows each, every one whole: whoever ends this in the middle starts
// it again, and it goes on with what is left.
Result<Rotation> rotate_secrets(db::Pool& database, const auth::Vault& vault, bool dry_run);

// monitron-api rotate-secrets [--dry-run]. Exit code 0, or 1 when something stays unreadable.
int run_rotation(const std::vector<std::string>& arguments);

}  // namespace monitron::api
