#pragma once
// The settings of TLS that checks have in common, each made once. The least used are forgotten.
// Threads: any.

#include "domain/check_settings.hpp"
#include "probe/tls_client.hpp"

#include <list>
#include <mutex>
#include <unordered_map>

namespace monitron::probe {

class TlsTrusts {
 public:
  explicit TlsTrusts(std::shared_ptr<TlsTrust> own) : own_(std::move(own)) {}

  // For CAs, client certificate and least version of `options`; without any, the checker's own.
  // Fault: invalid, for a certificate or key that cannot be read.
  Result<std::shared_ptr<TlsTrust>> of(const domain::TlsOptions& options);

 private:
  static constexpr std::size_t kMost = 64;
  struct Entry {
    std::string key;
    std::shared_ptr<TlsTrust> trust;
  };

  std::shared_ptr<TlsTrust> own_;
  std::mutex mutex_;          // guards what follows
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace monitron::probe
