#pragma once
// Who this agent is to its server: got once by an enrolment token, kept in the state directory.

#include "agent/config.hpp"
#include "base/ids.hpp"

#include <string>

namespace monitron::agent {

struct Identity {
  SourceId server_id;
  std::string token;  // Bearer; never logged
};

// From <state-dir>/identity.json. Faults: not_found, invalid.
Result<Identity> load_identity(const std::string& state_dir);
// Mode 0600.
Result<void> save_identity(const std::string& state_dir, const Identity& identity);

// The enrolment token as given or from its file; not_found when there is none yet.
Result<std::string> enrolment_token(const Config& config);

// Asks the server. Blocks up to 10 s. Faults: denied (the token is not accepted), invalid,
// unavailable, timeout.
Result<Identity> enrol(const Config& config, const std::string& enrolment_token);

}  // namespace monitron::agent
