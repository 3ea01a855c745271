// What a failure shows of itself, and what the settings that all kinds share do.

#include "probe/tls_trusts.hpp"
#include "target.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::chrono_literals;

namespace {

std::string local(int port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

TEST(Failure, ShowsStageErrorAddressAndTheStateOfTheConnection) {
  std::string address;
  {
    const Target gone([](int) {});
    address = local(gone.port());
  }
  const auto outcome = run_once(check_of(CheckKind::tcp, address));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.details.at("address"), "127.0.0.1");
  EXPECT_EQ(outcome.details.at("stage"), "connecting to 127.0.0.1");
  EXPECT_EQ(outcome.details.at("error"), "connection refused");
  EXPECT_EQ(outcome.details.at("tcp").find("closed, rtt "), 0U) << outcome.details.at("tcp");
}

TEST(Failure, ShowsTheFirstKilobyteThatWasReceivedWithoutControlCharacters) {
  const Target babbler([](int fd) {
    read_head(fd);
    write_all(fd, "no\x1b[31mHTTP\x01 here\n" + std::string(4000, 'x'));
  });
  const auto outcome = run_once(check_of(CheckKind::http, "http://" + local(babbler.port()) + "/"));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  const auto& received = outcome.details.at("received");
  EXPECT_EQ(received.find("no.[31mHTTP. here\n"), 0U) << received;
  EXPECT_LE(received.size(), 1024U);
}

TEST(Failure, ASuccessShowsNothingOfThat) {
  const Target target([](int) {});
  const auto outcome = run_once(check_of(CheckKind::tcp, local(target.port())));
  EXPECT_EQ(outcome.status, CheckStatus::up);
  for (const char* name : {"stage", "error", "tcp", "received"}) {
    EXPECT_EQ(outcome.details.count(name), 0U) << name;
  }
}

// Egress by lists; what is denied wins.
TEST(AllowedNetworks, OnlyTheseAreReachedAndDeniedOnesNever) {
  const Target target([](int) {});
  const auto check = check_of(CheckKind::tcp, local(target.port()));
  EngineSettings::Wishes wishes;
  wishes.allowed_networks = {"10.0.0.0/8", "127.0.0.0/8"};
  EXPECT_EQ(run_once(check, wishes).status, CheckStatus::up);
  wishes.denied_networks = {"127.0.0.1/32"};
  auto outcome = run_once(check, wishes);
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_EQ(outcome.reason, "address 127.0.0.1 may not be checked");
  wishes.denied_networks.clear();
  wishes.allowed_networks = {"10.0.0.0/8"};
  outcome = run_once(check, wishes);
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_EQ(target.accepted(), 1);
  wishes.allowed_networks = {"10.0.0.0/33"};
  EXPECT_FALSE(EngineSettings::make(wishes));
}

TEST(IpVersion, ChoosesAmongTheAddressesOfAName) {
  const Target target([](int) {}, true);
  auto check = check_of(CheckKind::tcp, "localhost:" + std::to_string(target.port()));
  check.use<domain::TcpSettings>().ip_version = "6";
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("address"), "::1");
  check.use<domain::TcpSettings>().ip_version = "4";
  EXPECT_EQ(run_once(check).status, CheckStatus::down) << "nobody listens there";
  check.target = "[::1]:" + std::to_string(target.port());
  EXPECT_EQ(run_once(check).status, CheckStatus::unknown) << "a contradiction of ours";
}

TEST(TlsTrusts, EachSetOfOptionsIsMadeOnceAndTheLeastUsedIsForgotten) {
  TlsTrusts trusts(*TlsTrust::make(""));
  domain::TlsOptions options;
  const auto own = *trusts.of(options);
  const auto keys = make_keys("client", -1, 1);
  options.client_certificate = keys.certificate_pem;
  options.client_key.text = keys.key_pem;
  const auto first = *trusts.of(options);
  EXPECT_NE(first, own);
  EXPECT_EQ(*trusts.of(options), first);
  options.verify = false;
  EXPECT_EQ(*trusts.of(options), first) << "who does not verify needs no other";
  for (int i = 0; i < 64; ++i) {
    domain::TlsOptions other;
    other.ca_certificate = make_keys("ca" + std::to_string(i), -1, 1).certificate_pem;
    EXPECT_TRUE(trusts.of(other));
  }
  EXPECT_NE(*trusts.of(options), first);
}

TEST(TlsTrusts, ASessionKeepsItsOwnFromBeingForgotten) {
  TlsTrusts trusts(*TlsTrust::make(""));
  domain::TlsOptions options;
  options.min_version = "1.3";
  auto trust = *trusts.of(options);
  const std::weak_ptr<TlsTrust> watched = trust;
  auto session = std::make_unique<TlsClient>(std::move(trust), "example.test", false);
  for (int i = 0; i < 64; ++i) {
    domain::TlsOptions other;
    other.ca_certificate = make_keys("ca" + std::to_string(i), -1, 1).certificate_pem;
    EXPECT_TRUE(trusts.of(other));
  }
  EXPECT_FALSE(watched.expired());
  session.reset();
  EXPECT_TRUE(watched.expired());
}

TEST(TlsTrusts, WhatCannotBeReadIsSaid) {
  TlsTrusts trusts(*TlsTrust::make(""));
  domain::TlsOptions options;
  options.ca_certificate = "no certificate";
  EXPECT_EQ(trusts.of(options).error().text,
            "TLS: the certificate of the authority cannot be read");
  options = {};
  options.client_certificate = make_keys("client", -1, 1).certificate_pem;
  options.client_key.text = make_keys("other", -1, 1).key_pem;
  EXPECT_EQ(trusts.of(options).error().text, "TLS: the client's key cannot be read");
}

}  // namespace monitron::probe
