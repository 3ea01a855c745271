#pragma once
// The agent's settings: flags, or the environment (MONITRON_AGENT_<NAME>), or defaults. Nothing
// else in the agent reads either.

#include "agent/log_settings.hpp"
#include "agent/server_tls.hpp"
#include "agent/settings.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace monitron::agent {

struct Config {
  std::string server = "http://127.0.0.1:3000";
  std::string enrolment_token;
  std::string
      enrolment_token_file;  // read again until there is a token; <state-dir>/enrolment-token
  std::string state_dir;
  Settings settings;
  bool remote_configuration = true;
  // On all series of this agent; empty ones are left out. service, host, deployment, env, region
  // and what --label adds.
  std::map<std::string, std::string> labels;
  ServerTls tls;
  bool allow_plain_http = false;
  std::string log_level = "info";
  std::string probes_address;  // empty: no listener
  std::vector<ScrapeTarget> scrapes;
  LogSettings logs;
  std::uint64_t spool_bytes = 256u << 20;
  bool print = false;  // to stdout, in the place of sending it
  bool once = false;   // with `print`
};

// A text to print and the exit code to end with (--help, --version, --check-config).
struct Answered {
  std::string text;
  int exit_code = 0;
};

// Fault invalid: every mistake, one line each.
Result<std::variant<Config, Answered>> read_config(int argc, const char* const* argv);

// True when plain HTTP to this URL stays on this machine.
bool is_loopback_url(std::string_view url);

}  // namespace monitron::agent
