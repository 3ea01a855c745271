#pragma once
// Verifies chains against a set of CAs. Signatures are costly and do not change, so the verdict on
// a chain is kept for an hour; dates and names are looked at each time. Threads: any.

#include "probe/certificate.hpp"

#include <mutex>
#include <unordered_map>

struct ssl_ctx_st;
struct stack_st_X509;

namespace monitron::probe {

class ChainJudge {
 public:
  // `certificates`: as sent, leaf first; at least one.
  std::shared_ptr<const SentChain> look(ssl_ctx_st* trust, stack_st_X509* certificates,
                                        SteadyInstant now);
  std::size_t kept() const;

 private:
  struct Entry {
    std::shared_ptr<const SentChain> chain;
    SteadyInstant made;
  };
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, Entry> entries_;
};

// Empty when `leaf` is for `name`, a host or an address; else what is wrong.
std::string complain_about_name(x509_st* leaf, const std::string& name);

// What a stapled OCSP answer says of the leaf. A revocation that is signed as it should be is a
// problem.
struct OcspWord {
  std::string text;  // "good, until 2026-11-21T…"; for people
  bool revoked = false;
};
OcspWord read_ocsp(std::string_view der, ssl_ctx_st* trust, stack_st_X509* certificates);

}  // namespace monitron::probe
