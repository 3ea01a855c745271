#pragma once
// Small real servers for probes to look at, and one run of a check on a loop of its own.

#include "probe/engine.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace monitron::probe {

// Accepts on loopback, port 0, and hands each connection to `serve`, one after the other.
class Target {
 public:
  explicit Target(std::function<void(int fd)> serve, bool v6 = false);
  ~Target();
  int port() const { return port_; }
  int accepted() const { return accepted_; }

 private:
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

// Reads a request's head, then answers `text` and closes.
std::function<void(int)> answering(std::string text);
std::string read_head(int fd);
void write_all(int fd, std::string_view bytes);

// A certificate for `name`, self-signed or signed by a CA of the same kind.
struct Keys {
  std::string certificate_pem;
  std::string key_pem;
};
Keys make_keys(const std::string& name, int valid_from_days, int valid_to_days,
               const Keys* authority = nullptr, bool is_authority = false);
// TLS on the connection, then `text` after a request's head (or nothing).
std::function<void(int)> answering_tls(const Keys& keys, std::string text);
// The same as often as it is asked.
std::function<void(int)> answering_tls_often(const Keys& keys, std::string text);

std::string write_file(const std::string& name, const std::string& text);

domain::ProbeOutcome run_once(const domain::CheckDefinition& check,
                              const EngineSettings::Wishes& wishes = {});
domain::ProbeOutcome run_with(const EngineSettings& settings, const domain::CheckDefinition& check);
domain::CheckDefinition check_of(
    domain::CheckKind kind, std::string target,
    std::chrono::milliseconds timeout = std::chrono::milliseconds(3000));
double value_of(const domain::ProbeOutcome& outcome, const std::string& name);

}  // namespace monitron::probe
