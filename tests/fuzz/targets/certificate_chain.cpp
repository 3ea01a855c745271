// Certificates one after the other, and what a stapled OCSP answer says of the first.

#include "fuzz.hpp"
#include "probe/certificate_report.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

namespace monitron::fuzz {
namespace {

struct Freed {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using Stack = std::unique_ptr<STACK_OF(X509), Freed>;

const probe::TlsTrust& trust() {
  static const auto kTrust = probe::TlsTrust::bare().value();
  return *kTrust;
}

// The certificates at the head of `bytes`, which are taken off.
Stack read_chain(std::string_view& bytes) {
  Stack stack(sk_X509_new_null());
  while (!bytes.empty() && sk_X509_num(stack.get()) < 8) {
    const auto* begin = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto* at = begin;
    X509* one = d2i_X509(nullptr, &at, static_cast<long>(bytes.size()));
    if (one == nullptr) break;
    sk_X509_push(stack.get(), one);
    bytes.remove_prefix(static_cast<std::size_t>(at - begin));
  }
  ERR_clear_error();
  return stack;
}

void must_report(const probe::PeerCertificate& peer) {
  domain::ProbeOutcome outcome;
  probe::report_certificate(peer, outcome);
  for (const auto& [name, text] : outcome.details) must(text.size() < 200'000, name + " is long");
  must(outcome.values.size() <= 10, "series without measure");
}

}  // namespace
}  // namespace monitron::fuzz

MONITRON_FUZZ(certificate_chain) {
  using namespace monitron;
  using namespace monitron::fuzz;
  auto rest = bytes;
  const auto stack = read_chain(rest);
  if (sk_X509_num(stack.get()) == 0) return;
  probe::ChainJudge judge;
  probe::PeerCertificate peer;
  peer.sent = judge.look(trust().context(), stack.get(), SteadyInstant{});
  must(peer.sent && !peer.sent->certificates.empty(), "a chain of nothing");
  // It is answered from what was kept, the same.
  must(judge.look(trust().context(), stack.get(), SteadyInstant{}) == peer.sent, "looked at twice");
  const auto word = probe::read_ocsp(rest, trust().context(), stack.get());
  must(!word.revoked, "believed without trust");
  peer.ocsp = word.text;
  peer.problems = peer.sent->problems;
  must(!peer.problems.empty(), "trusted by nobody's word");
  (void)probe::complain_about_name(sk_X509_value(stack.get(), 0), "example.org");
  (void)probe::complain_about_name(sk_X509_value(stack.get(), 0), "192.0.2.1");
  probe::judge_dates(peer, from_ms(1'800'000'000'000));
  must_report(peer);
}
