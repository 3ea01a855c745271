#pragma once
// RDAP: which server knows a domain (RFC 9224) and what it says of it (RFC 9083). Pure; anyone may
// have sent the bytes.

#include "base/result.hpp"
#include "probe/registration.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace monitron::probe {

class RdapServers {
 public:
  // IANA's list. Fault: invalid.
  static Result<RdapServers> parse(std::string_view json);
  // The base URL of the longest suffix of `domain` that is listed; empty: none is.
  std::string server_of(std::string_view domain) const;

 private:
  std::unordered_map<std::string, std::string> by_suffix_;
};

std::string rdap_url(std::string_view server, std::string_view domain);

// Fault: invalid, also when the answer is about another domain.
Result<Registration> parse_rdap_domain(std::string_view json, std::string_view domain);

// Where registrations are asked for, and the list of RDAP servers: one for all loops of a program.
// Threads: any.
class Registries {
 public:
  Registries(std::string bootstrap_url, std::string whois_root)
      : bootstrap_url_(std::move(bootstrap_url)), whois_root_(std::move(whois_root)) {}

  const std::string& bootstrap_url() const { return bootstrap_url_; }
  const std::string& whois_root() const { return whois_root_; }

  struct Known {
    std::shared_ptr<const RdapServers> servers;  // null: never read
    bool fresh = false;                          // read within a day
  };
  Known known() const;
  void learn(RdapServers servers);

 private:
  const std::string bootstrap_url_;
  const std::string whois_root_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const RdapServers> servers_;
  SteadyInstant read_at_;
};

}  // namespace monitron::probe
