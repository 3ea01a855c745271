#include "probe/chain_judge.hpp"

#include "probe/address.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace monitron::probe {

namespace {

constexpr auto kPatience = std::chrono::hours(1);
constexpr std::size_t kMostChains = 4096;
constexpr int kMostCertificates = 10;
constexpr std::size_t kMostJson = 16'384;

std::string_view word_of(int error) {
  switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "self_signed";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return "unknown_issuer";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "bad_signature";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return "weak";
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_INVALID_PURPOSE:
      return "wrong_use";
    default:
      return "invalid";
  }
}

bool is_of_dates(int error) {
  return error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
}

int problems_index() {
  static const int kIndex = X509_STORE_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

// Says yes to everything and notes what was wrong, so that one fault does not hide the next.
int note_problem(int good, X509_STORE_CTX* store) {
  const int error = X509_STORE_CTX_get_error(store);
  if (good == 1 || is_of_dates(error)) return 1;
  auto* problems = static_cast<std::vector<CertificateProblem>*>(
      X509_STORE_CTX_get_ex_data(store, problems_index()));
  const std::string word(word_of(error));
  const auto same = [&](const CertificateProblem& known) { return known.word == word; };
  if (std::none_of(problems->begin(), problems->end(), same)) {
    problems->push_back(
        {word, "certificate: " + std::string(X509_verify_cert_error_string(error))});
  }
  return 1;
}

void verify(SSL_CTX* trust, STACK_OF(X509) * certificates, SentChain& chain) {
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> store(X509_STORE_CTX_new(),
                                                                              X509_STORE_CTX_free);
  X509_STORE_CTX_init(store.get(), SSL_CTX_get_cert_store(trust), sk_X509_value(certificates, 0),
                      certificates);
  X509_STORE_CTX_set_ex_data(store.get(), problems_index(), &chain.problems);
  X509_STORE_CTX_set_default(store.get(), "ssl_server");
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(store.get()),
                                   SSL_CTX_get_security_level(trust));
  X509_STORE_CTX_set_verify_cb(store.get(), note_problem);
  if (X509_verify_cert(store.get()) != 1 && chain.problems.empty()) {
    chain.problems.push_back({"invalid", "certificate: cannot be verified"});
  }
  STACK_OF(X509)* found = X509_STORE_CTX_get0_chain(store.get());
  for (int i = 0; i < std::min(sk_X509_num(found), kMostCertificates); ++i) {
    chain.verified.push_back(read_certificate(sk_X509_value(found, i)));
  }
  if (chain.verified.empty()) chain.verified.push_back(chain.certificates.front());
  ERR_clear_error();
}

std::string json_of(const std::vector<Certificate>& certificates) {
  auto list = nlohmann::ordered_json::array();
  std::size_t bytes = 0;
  for (const auto& one : certificates) {
    nlohmann::ordered_json entry{{"subject", one.subject},
                                 {"issuer", one.issuer},
                                 {"common_name", one.common_name},
                                 {"names", one.names},
                                 {"serial", one.serial},
                                 {"sha256", one.sha256},
                                 {"key", one.key},
                                 {"signature", one.signature},
                                 {"not_before", to_rfc3339(one.not_before)},
                                 {"not_after", to_rfc3339(one.not_after)}};
    bytes += entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).size() + 1;
    if (bytes > kMostJson) break;
    list.push_back(std::move(entry));
  }
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string key_of(STACK_OF(X509) * certificates) {
  std::string key;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    unsigned size = 0;
    X509_digest(sk_X509_value(certificates, i), EVP_sha256(), digest.data(), &size);
    key.append(reinterpret_cast<const char*>(digest.data()), size);
  }
  return key;
}

std::shared_ptr<const SentChain> judge(SSL_CTX* trust, STACK_OF(X509) * certificates) {
  auto chain = std::make_shared<SentChain>();
  for (int i = 0; i < std::min(sk_X509_num(certificates), kMostCertificates); ++i) {
    chain->certificates.push_back(read_certificate(sk_X509_value(certificates, i)));
  }
  chain->earliest_expiry =
      std::min_element(chain->certificates.begin(), chain->certificates.end(),
                       [](const auto& a, const auto& b) { return a.not_after < b.not_after; })
          ->not_after;
  verify(trust, certificates, *chain);
  chain->json = json_of(chain->certificates);
  return chain;
}

}  // namespace

std::shared_ptr<const SentChain> ChainJudge::look(SSL_CTX* trust, STACK_OF(X509) * certificates,
                                                  SteadyInstant now) {
  const std::string key = key_of(certificates);
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end() && now - found->second.made < kPatience) {
      return found->second.chain;
    }
  }
  auto chain = judge(trust, certificates);
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMostChains) entries_.clear();
  entries_[key] = {chain, now};
  return chain;
}

std::size_t ChainJudge::kept() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::string complain_about_name(X509* leaf, const std::string& name) {
  const bool good = Address::parse(name)
                        ? X509_check_ip_asc(leaf, name.c_str(), 0) == 1
                        : X509_check_host(leaf, name.data(), name.size(), 0, nullptr) == 1;
  ERR_clear_error();
  return good ? "" : "certificate is not for " + name;
}

}  // namespace monitron::probe
