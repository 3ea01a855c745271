#pragma once
// Where the suite is and who asks: MONITRON_URL and MONITRON_TOKEN, else what `monitron login` kept
// in $XDG_CONFIG_HOME/monitron/login.json (or ~/.config), mode 0600.

#include "base/result.hpp"

#include <string>

namespace monitron::cli {

struct Login {
  std::string url = "http://127.0.0.1:3000";
  std::string token;          // Bearer
  std::string refresh_token;  // empty with a token from the environment
};

std::string login_path();
// Faults: invalid (the file is damaged). Without file or variables: the default URL, no token.
Result<Login> load_login();
Result<void> save_login(const Login& login);
Result<void> forget_login();

}  // namespace monitron::cli
