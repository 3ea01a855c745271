// What an HTTP check asks with and what it asserts, against real listeners.

#include "target.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using domain::HttpSettings;

namespace {

std::string url(int port, const std::string& path = "/") {
  return "http://127.0.0.1:" + std::to_string(port) + path;
}

std::string ok(const std::string& headers, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

// A check of one server that always answers the same.
class HttpRules : public testing::Test {
 protected:
  domain::ProbeOutcome run(const std::string& text) {
    const Target target([&](int fd) {
      seen_ = read_head(fd);
      write_all(fd, text);
    });
    check_.target = url(target.port());
    return run_once(check_);
  }
  std::string complaint(const std::string& text) {
    const auto outcome = run(text);
    EXPECT_EQ(outcome.status == CheckStatus::up, outcome.reason.empty());
    return outcome.reason;
  }
  HttpSettings& settings() { return check_.use<HttpSettings>(); }

  domain::CheckDefinition check_ = check_of(CheckKind::http, "");
  std::string seen_;
};

}  // namespace

// M-107.
TEST_F(HttpRules, EveryMethodIsSent) {
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"}) {
    settings().method = method;
    EXPECT_EQ(complaint(method == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
                                         : ok("", "hello")),
              "");
    EXPECT_TRUE(seen_.starts_with(method + " / HTTP/1.1\r\n")) << seen_;
  }
}

// M-110.
TEST_F(HttpRules, CredentialsAreSentAndNeverShown) {
  settings().username = "anna";
  settings().password.text = "open sesame";
  settings().secret_headers = {{"X-Key", {"very secret"}}};
  const auto outcome = run("HTTP/1.1 500 No\r\nX-Echo: very secret\r\n\r\nopen sesame very secret");
  EXPECT_NE(seen_.find("Authorization: Basic YW5uYTpvcGVuIHNlc2FtZQ==\r\n"), std::string::npos);
  EXPECT_NE(seen_.find("X-Key: very secret\r\n"), std::string::npos);
  EXPECT_EQ(outcome.details.at("response_body"), "*** ***");
  EXPECT_EQ(outcome.details.at("response_head"), "HTTP/1.1 500 No\nX-Echo: ***");
  settings() = {};
  settings().bearer_token.text = "token1";
  settings().headers = {
      {"Connection", "upgrade"}, {"User-Agent", "mine"}, {"Host", "other.example"}};
  EXPECT_EQ(complaint(ok("", "")), "");
  EXPECT_NE(seen_.find("Authorization: Bearer token1\r\n"), std::string::npos);
  EXPECT_NE(seen_.find("User-Agent: mine\r\n"), std::string::npos);
  EXPECT_NE(seen_.find("Host: other.example\r\n"), std::string::npos);
  EXPECT_EQ(seen_.find("upgrade"), std::string::npos);
  EXPECT_EQ(seen_.find("Host: 127"), std::string::npos);
}

TEST_F(HttpRules, NoCredentialLeavesItsOrigin) {
  std::string elsewhere;
  const Target second([&](int fd) {
    elsewhere = read_head(fd);
    write_all(fd, ok("", ""));
  });
  settings().bearer_token.text = "token1";
  settings().secret_headers = {{"X-Key", {"secret2"}}};
  settings().headers = {{"Cookie", "secret3"}, {"X-Plain", "open"}};
  EXPECT_EQ(complaint("HTTP/1.1 307 There\r\nLocation: " + url(second.port(), "/b") +
                      "\r\nContent-Length: 0\r\n\r\n"),
            "");
  EXPECT_TRUE(elsewhere.starts_with("GET /b "));
  EXPECT_NE(elsewhere.find("X-Plain: open"), std::string::npos);
  EXPECT_EQ(elsewhere.find("secret"), std::string::npos) << elsewhere;
  EXPECT_EQ(elsewhere.find("token1"), std::string::npos);
}

TEST_F(HttpRules, ALoopOfRedirectsEndsAtItsLimit) {
  settings().max_redirects = 3;
  const Target target(answering("HTTP/1.1 302 Again\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"));
  check_.target = url(target.port());
  const auto outcome = run_once(check_);
  EXPECT_EQ(outcome.reason, "more than 3 redirects");
  EXPECT_EQ(target.accepted(), 4);
  EXPECT_EQ(value_of(outcome, "probe_http_redirects"), 3);
}

// M-109.
TEST_F(HttpRules, ExpressionsLookIntoBodyAndHeaders) {
  settings().body_matches = "^v[0-9]+";
  EXPECT_EQ(complaint(ok("", "v12")), "");
  EXPECT_EQ(complaint(ok("", "x12")), "the body does not match /^v[0-9]+/");
  settings() = {};
  settings().body_not_matches = "(?i)error";
  const auto outcome = run(ok("", "an ERROR"));
  EXPECT_EQ(outcome.reason, "the body matches /(?i)error/");
  EXPECT_EQ(value_of(outcome, "probe_failed_due_to_regex"), 1);
  EXPECT_EQ(outcome.details.at("response_body"), "an ERROR");
  settings() = {};
  settings().header_matches = {{"x-version", "^2\\."}};
  EXPECT_EQ(complaint(ok("X-Version: 1.0\r\nX-Version: 2.1\r\n", "")), "");
  EXPECT_EQ(complaint(ok("X-Version: 1.0\r\n", "")),
            "header x-version is \"1.0\", expected /^2\\./");
  EXPECT_EQ(complaint(ok("", "")), "the answer has no header x-version");
}

// M-109.
TEST_F(HttpRules, AssertionsLookIntoJson) {
  settings().json = {{"$.state", "==", "ok"}, {"$.queue", "<", "10"}};
  EXPECT_EQ(complaint(ok("", R"({"state": "ok", "queue": 9})")), "");
  EXPECT_EQ(complaint(ok("", R"({"state": "ok", "queue": 11})")), "$.queue is 11, expected < 10");
  EXPECT_EQ(complaint(ok("", "<html>")), "the body is no JSON");
}

TEST_F(HttpRules, NumbersOfTheBodyBecomeSeries) {
  settings().extract = {{"queue_depth", "$.queue", "", {{"queue", "mail"}}},
                        {"app_ready", "$.ready", "", {}},
                        {"load", "", "load=([0-9.]+)", {}},
                        {"missing", "$.none", "", {}}};
  const auto outcome = run(ok("", R"({"queue": 42, "ready": true, "text": "load=1.5 "})"));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "queue_depth"), 42);
  EXPECT_EQ(value_of(outcome, "app_ready"), 1);
  EXPECT_EQ(value_of(outcome, "load"), 1.5);
  EXPECT_EQ(outcome.details.at("not_extracted"), "missing: $.none selects 0 values, expected one");
  for (const auto& value : outcome.values) {
    if (value.name != "queue_depth") continue;
    EXPECT_EQ(value.labels.at(0), (std::pair<std::string, std::string>{"queue", "mail"}));
  }
}

TEST_F(HttpRules, WhatIsBeyondTheLimitIsNotLookedAtAndThatIsSaid) {
  settings().max_body_bytes = 1024;
  settings().body_contains = "needle";
  const auto outcome = run(ok("", std::string(2000, 'x') + "needle"));
  EXPECT_EQ(outcome.reason,
            "the body does not contain \"needle\" (only its first 1024 bytes were read)");
  EXPECT_EQ(outcome.details.at("body_cut_at_bytes"), "1024");
  EXPECT_EQ(outcome.details.at("response_body"), std::string(1024, 'x'));
}

TEST_F(HttpRules, OnlyTextIsShownAndNeverHalfACharacter) {
  settings().expected_status = {"404"};
  std::string umlauts = "x";
  for (int i = 0; i < 3000; ++i) umlauts += "\xc3\xa4";
  EXPECT_EQ(run(ok("", umlauts)).details.at("response_body"), umlauts.substr(0, 4095));
  EXPECT_FALSE(run(ok("", "\xff\xfe binary")).details.contains("response_body"));
  EXPECT_EQ(run(ok("", "a\x1b[2Jb\r\nc")).details.at("response_body"), "a.[2Jb \nc");
}

TEST_F(HttpRules, TheDateOfTheLastChangeIsKept) {
  const auto outcome = run(ok("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n", ""));
  EXPECT_EQ(value_of(outcome, "probe_http_last_modified_timestamp_seconds"), 784111777);
}

}  // namespace monitron::probe
