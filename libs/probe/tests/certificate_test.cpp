// Certificates: what is told of them, each fault by itself, and bytes of those who mean harm.

#include "probe/certificate_report.hpp"
#include "tls_server.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <rapidcheck/gtest.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::chrono_literals;

namespace {

const Keys& authority() {
  static const Keys kKeys = make_keys("Test CA", -800, 400);
  return kKeys;
}

EngineSettings::Wishes wishes() {
  EngineSettings::Wishes wishes;
  wishes.ca_file = write_file("certificate_ca.pem", authority().certificate_pem);
  return wishes;
}

std::function<void(int)> serving(TlsManner manner) {
  return [manner = std::move(manner)](int fd) {
    serve_tls(fd, manner, [](const std::string&) { return std::string(); });
  };
}

domain::ProbeOutcome look_at(TlsManner manner, const domain::TlsSettings& settings = {}) {
  const Target target(serving(std::move(manner)));
  auto check = check_of(CheckKind::tls, "127.0.0.1:" + std::to_string(target.port()));
  check.use<domain::TlsSettings>() = settings;
  return run_once(check, wishes());
}

std::string problems_of(const domain::ProbeOutcome& outcome) {
  const auto found = outcome.details.find("certificate_problems");
  return found == outcome.details.end() ? "" : found->second;
}

std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509) *)> chain_of(const Keys& keys) {
  STACK_OF(X509)* chain = sk_X509_new_null();
  BIO* bio =
      BIO_new_mem_buf(keys.certificate_pem.data(), static_cast<int>(keys.certificate_pem.size()));
  sk_X509_push(chain, PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  return {chain, [](STACK_OF(X509) * all) { sk_X509_pop_free(all, X509_free); }};
}

}  // namespace

// M-121, M-122, M-123, M-127.
TEST(Certificates, TheWholeChainIsTold) {
  const Keys middle = make_keys("Middle CA", -100, 50, &authority(), true);
  const auto outcome = look_at({make_keys("127.0.0.1", -1, 90, &middle), {middle}});
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  const auto chain = nlohmann::json::parse(outcome.details.at("certificate_chain"));
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0]["subject"], "CN=127.0.0.1");
  EXPECT_EQ(chain[0]["issuer"], "CN=Middle CA");
  EXPECT_EQ(chain[0]["names"][0], "127.0.0.1");
  EXPECT_EQ(chain[0]["key"], "EC prime256v1, 256 bits");
  EXPECT_EQ(chain[0]["signature"], "ecdsa-with-SHA256");
  EXPECT_EQ(chain[0]["sha256"].get<std::string>().size(), 64U);
  EXPECT_EQ(chain[0]["serial"], outcome.details.at("certificate_serial"));
  EXPECT_EQ(chain[1]["subject"], "CN=Middle CA");
  EXPECT_EQ(chain[1]["issuer"], "CN=Test CA");
  EXPECT_NEAR(value_of(outcome, "probe_ssl_expiry_days"), 50, 0.1) << "the chain's first";
  const double earliest = value_of(outcome, "probe_ssl_earliest_cert_expiry");
  EXPECT_NEAR(value_of(outcome, "probe_ssl_leaf_cert_expiry") - earliest, 40 * 86'400.0, 10);
  EXPECT_EQ(value_of(outcome, "probe_ssl_last_chain_expiry_timestamp_seconds"), earliest);
  EXPECT_EQ(outcome.details.at("tls_version"), "TLSv1.3");
  EXPECT_NE(outcome.details.at("tls_cipher"), "");
}

TEST(Certificates, EachFaultIsNamedByItself) {
  const Keys stranger = make_keys("Stranger CA", -1, 400);
  const Keys old_middle = make_keys("Old CA", -100, -10, &authority(), true);
  struct Case {
    TlsManner manner;
    const char* words;
    double verified;
    double expired;
  };
  const std::vector<Case> cases{
      {{make_keys("127.0.0.1", -1, 90, &authority())}, "", 1, 0},
      {{make_keys("127.0.0.1", -100, -10, &authority())}, "expired", 1, 1},
      {{make_keys("127.0.0.1", 10, 90, &authority())}, "not_yet_valid", 1, 1},
      {{make_keys("127.0.0.1", -1, 90)}, "self_signed", 0, 0},
      {{make_keys("127.0.0.1", -1, 90, &stranger)}, "unknown_issuer", 0, 0},
      {{make_keys("127.0.0.1", -1, 90, &stranger), {stranger}}, "unknown_issuer", 0, 0},
      {{make_keys("good.example", -1, 90, &authority())}, "wrong_name", 0, 0},
      {{make_keys("good.example", -9, -2, &authority())}, "expired, wrong_name", 0, 1},
      {{make_keys("127.0.0.1", -1, 90, &old_middle), {old_middle}}, "expired", 1, 1},
  };
  for (const auto& one : cases) {
    const auto outcome = look_at(one.manner);
    const bool good = one.words == std::string();
    EXPECT_EQ(outcome.status, good ? CheckStatus::up : CheckStatus::down) << one.words;
    EXPECT_EQ(problems_of(outcome), one.words) << outcome.reason;
    EXPECT_EQ(outcome.reason.empty(), good) << one.words;
    EXPECT_EQ(value_of(outcome, "probe_ssl_verified"), one.verified) << one.words;
    EXPECT_EQ(value_of(outcome, "probe_ssl_expired"), one.expired) << one.words;
    EXPECT_EQ(outcome.details.count("certificate_chain"), 1U) << one.words;
    domain::TlsSettings lenient;
    lenient.tls.verify = false;
    const auto told = look_at(one.manner, lenient);
    EXPECT_EQ(told.status, CheckStatus::up) << one.words;
    EXPECT_EQ(problems_of(told), one.words);
  }
}

// M-127: the answer of the issuer, as the server staples it.
TEST(Certificates, StapledAnswersOfTheIssuerAreRead) {
  const Keys leaf = make_keys("127.0.0.1", -1, 90, &authority());
  const auto good = look_at({leaf, {}, false, make_ocsp(leaf, authority(), false)});
  EXPECT_EQ(good.status, CheckStatus::up) << good.reason;
  EXPECT_TRUE(good.details.at("certificate_ocsp").starts_with("good, until "));
  const auto revoked = look_at({leaf, {}, false, make_ocsp(leaf, authority(), true)});
  EXPECT_EQ(revoked.status, CheckStatus::down);
  EXPECT_EQ(problems_of(revoked), "revoked");
  // A stranger may say what he wants.
  const Keys stranger = make_keys("Test CA", -1, 400);
  const auto claimed = look_at({leaf, {}, false, make_ocsp(leaf, stranger, true)});
  EXPECT_EQ(claimed.status, CheckStatus::up) << claimed.reason;
  EXPECT_NE(claimed.details.at("certificate_ocsp").find("cannot be verified"), std::string::npos);
  const auto other = look_at({leaf, {}, false, make_ocsp(authority(), authority(), true)});
  EXPECT_EQ(other.details.at("certificate_ocsp"), "about another certificate");
  const auto garbage = look_at({leaf, {}, false, "garbage"});
  EXPECT_EQ(garbage.status, CheckStatus::up) << garbage.reason;
  EXPECT_EQ(garbage.details.at("certificate_ocsp"), "unreadable");
}

// M-030, M-125.
TEST(Certificates, WarningsComeInStepsThatTheCheckSets) {
  const auto mark_at = [](int days, std::vector<int> steps) {
    domain::TlsSettings settings;
    settings.warning_days = std::move(steps);
    const auto outcome = look_at({make_keys("127.0.0.1", -1, days, &authority())}, settings);
    EXPECT_EQ(outcome.status, CheckStatus::up);
    EXPECT_EQ(outcome.reason.find("expires in") != std::string::npos,
              value_of(outcome, "probe_ssl_expiry_warning_days") > 0);
    return value_of(outcome, "probe_ssl_expiry_warning_days");
  };
  EXPECT_EQ(mark_at(40, {30, 14, 7, 1}), 0);
  EXPECT_EQ(mark_at(20, {30, 14, 7, 1}), 30);
  EXPECT_EQ(mark_at(5, {30, 14, 7, 1}), 7);
  EXPECT_EQ(mark_at(40, {60}), 60);
  EXPECT_EQ(mark_at(2, {}), 0);
}

TEST(Certificates, OldProtocolsAreRefusedUnlessTheCheckAllowsThem) {
  TlsManner manner{make_keys("127.0.0.1", -1, 90, &authority())};
  manner.old_only = true;
  const auto refused = look_at(manner);
  EXPECT_EQ(refused.status, CheckStatus::down);
  EXPECT_NE(refused.reason.find("TLS"), std::string::npos) << refused.reason;
  domain::TlsSettings settings;
  settings.tls.min_version = "1.0";
  const auto allowed = look_at(manner, settings);
  EXPECT_EQ(allowed.status, CheckStatus::up) << allowed.reason;
  EXPECT_EQ(allowed.details.at("tls_version"), "TLSv1.1");
}

TEST(Certificates, OwnAuthoritiesAndClientCertificatesAreUsed) {
  const Keys own = make_keys("Own CA", -1, 400);
  domain::TlsSettings settings;
  settings.tls.ca_certificate = own.certificate_pem;
  const auto outcome = look_at({make_keys("127.0.0.1", -1, 90, &own)}, settings);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  const auto others = look_at({make_keys("127.0.0.1", -1, 90, &authority())}, settings);
  EXPECT_EQ(problems_of(others), "unknown_issuer");

  TlsManner strict{make_keys("127.0.0.1", -1, 90, &own)};
  strict.client_ca_pem = own.certificate_pem;
  const Keys client = make_keys("client.example", -1, 90, &own);
  settings.tls.client_certificate = client.certificate_pem;
  settings.tls.client_key.text = client.key_pem;
  const Target target(serving(strict));
  auto check = check_of(CheckKind::tcp, "127.0.0.1:" + std::to_string(target.port()));
  check.use<domain::TcpSettings>() = {{{"x", ""}}, "none", true, "any", settings.tls};
  EXPECT_EQ(run_once(check, wishes()).status, CheckStatus::up);
}

TEST(Certificates, AHostOfIpv6AloneIsLookedAt) {
  const Target target(serving({make_keys("::1", -1, 90, &authority())}), true);
  auto check = check_of(CheckKind::tls, "[::1]:" + std::to_string(target.port()));
  const auto outcome = run_once(check, wishes());
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_ip_protocol"), 6);
}

TEST(Certificates, VerdictsAreKeptAnHourAndDatesAreLookedAtEachTime) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> trust(SSL_CTX_new(TLS_client_method()),
                                                                SSL_CTX_free);
  const auto ca = chain_of(authority());
  X509_STORE_add_cert(SSL_CTX_get_cert_store(trust.get()), sk_X509_value(ca.get(), 0));
  const auto chain = chain_of(make_keys("127.0.0.1", -1, 90, &authority()));
  ChainJudge judge;
  const SteadyInstant now = std::chrono::steady_clock::now();
  const auto first = judge.look(trust.get(), chain.get(), now);
  EXPECT_TRUE(first->problems.empty());
  EXPECT_EQ(first->verified.size(), 2U);
  EXPECT_EQ(judge.look(trust.get(), chain.get(), now + 59min), first);
  EXPECT_NE(judge.look(trust.get(), chain.get(), now + 61min), first);
  EXPECT_EQ(judge.kept(), 1U);
  PeerCertificate later;
  later.sent = first;
  judge_dates(later, first->certificates[0].not_after + 1s);
  EXPECT_TRUE(later.expired);
  PeerCertificate before;
  before.sent = first;
  judge_dates(before, first->certificates[0].not_before - 1s);
  EXPECT_TRUE(before.not_yet_valid);
  EXPECT_FALSE(before.expired);
}

RC_GTEST_PROP(Certificates, DamagedOnesAreReadOrRefused, ()) {
  static const std::string kGood = der_of(make_keys("some.example", -1, 90, &authority()));
  std::string der = kGood;
  const auto hits = *rc::gen::container<std::vector<std::pair<std::size_t, char>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, der.size()), rc::gen::arbitrary<char>()));
  for (const auto& [at, byte] : hits) der[at] = byte;
  der.resize(*rc::gen::inRange<std::size_t>(0, der.size() + 1));
  if (const auto read = parse_certificate(der)) {
    RC_ASSERT(read->names.size() <= 100U);
    RC_ASSERT(read->subject.size() <= 1024U);
  }
}

RC_GTEST_PROP(Certificates, DamagedAnswersOfIssuersAreReadOrRefused, ()) {
  static const Keys kLeaf = make_keys("some.example", -1, 90, &authority());
  static const std::string kGood = make_ocsp(kLeaf, authority(), true);
  static const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> kTrust(
      SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  std::string der = kGood;
  const auto hits = *rc::gen::container<std::vector<std::pair<std::size_t, char>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, der.size()), rc::gen::arbitrary<char>()));
  for (const auto& [at, byte] : hits) der[at] = byte;
  der.resize(*rc::gen::inRange<std::size_t>(0, der.size() + 1));
  const auto chain = chain_of(kLeaf);
  RC_ASSERT(!read_ocsp(der, kTrust.get(), chain.get()).revoked);  // nobody is trusted here
}

}  // namespace monitron::probe
