#pragma once
// A small listener for probes: GET /livez, /readyz (?verbose) and /metrics, one request at a time,
// each with a deadline. Only started when an address is given.

#include "base/result.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace monitron::http {

// What the probes tell. Threads: any.
class ProbeStatus {
 public:
  struct Role {
    std::string name;
    bool ready = false;
    std::string detail;
  };
  // `metrics` makes the text when it is asked for, and is called on the listener's thread.
  void set(std::vector<Role> roles, std::function<std::string()> metrics);
  bool ready() const;
  std::string verbose() const;  // "<role> ok|not ready: <detail>" per line
  std::string metrics() const;  // Prometheus text

 private:
  mutable std::mutex mutex_;
  std::vector<Role> roles_;
  std::function<std::string()> metrics_;
};

class Probes {
 public:
  // `address` is host:port, the host an IPv4 address. Faults: invalid, unavailable (port taken).
  static Result<std::unique_ptr<Probes>> listen(const std::string& address,
                                                const ProbeStatus& status);
  ~Probes();
  int port() const { return port_; }

  Probes(int socket, int port, const ProbeStatus& status);

 private:
  void serve();
  void answer(int connection) const;
  int socket_;
  int port_;
  const ProbeStatus& status_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// The answer to the first line of a request, as it goes on the wire.
std::string probe_answer(std::string_view request_line, const ProbeStatus& status);

}  // namespace monitron::http
