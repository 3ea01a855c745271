#include "notifier/webhook.hpp"

#include "notifier/notification_content.hpp"
#include "notifier/personal_rules.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace monitron::notifier {
namespace {

contracts::AlertChanged site_down() {
  contracts::AlertChanged alert;
  alert.incident_id = IncidentId{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057")};
  alert.rule_id = RuleId{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8058")};
  alert.rule_name = "Check down";
  alert.severity = "critical";
  alert.title = "shop is down";
  alert.text = "status 500";
  alert.labels = {{"check", "shop"}};
  alert.starts_at = alert.at = from_ms(1'700'000'000'000);
  return alert;
}

// M-033.
TEST(Webhook, SaysWhatHasChanged) {
  auto ended = site_down();
  ended.firing = false;
  ended.transition = 2;
  ended.value = std::numeric_limits<double>::quiet_NaN();
  ended.at = from_ms(1'700'000'060'000);
  const WebhookMessage message{"key", "digest", {site_down(), ended}};
  const auto body = nlohmann::json::parse(webhook_body(message, "https://m.example"));
  EXPECT_EQ(body["version"], 1);
  EXPECT_EQ(body["id"], "key");
  EXPECT_EQ(body["event"], "digest");
  ASSERT_EQ(body["alerts"].size(), 2U);
  EXPECT_EQ(body["alerts"][0]["state"], "firing");
  EXPECT_TRUE(body["alerts"][0]["resolved_at"].is_null());
  EXPECT_EQ(body["alerts"][0]["url"],
            "https://m.example/incidents/01890a5d-ac96-774b-bcce-b302099a8057");
  EXPECT_EQ(body["alerts"][1]["resolved_at"], "2023-11-14T22:14:20.000Z");
  EXPECT_TRUE(body["alerts"][1]["value"].is_null());
  EXPECT_EQ(webhook_body(message, "https://m.example"), webhook_body(message, "https://m.example"));
}

// S16: the value was made with `openssl dgst -sha256 -hmac`.
TEST(Webhook, IsSignedWithItsTime) {
  const auto signature = webhook_signature("secret", from_ms(1'700'000'000'999), "{}");
  EXPECT_EQ(signature,
            "t=1700000000,v1="
            "b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163");
  const auto request =
      webhook_request("https://h.example/x", {"key", "fired", {}}, "{}", signature);
  const decltype(request.headers) expected = {{"Content-Type", "application/json"},
                                              {"Idempotency-Key", "key"},
                                              {"X-Monitron-Event", "fired"},
                                              {"X-Monitron-Timestamp", "1700000000"},
                                              {"X-Monitron-Signature", signature}};
  EXPECT_EQ(request.headers, expected);
}

TEST(Webhook, AnswersMeanSentAgainOrNever) {
  const auto outcome = [](int status) {
    http::Response response;
    response.status = status;
    return verdict_of(response).outcome;
  };
  for (const int status : {200, 201, 204}) EXPECT_EQ(outcome(status), WebhookOutcome::sent);
  for (const int status : {408, 425, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(outcome(status), WebhookOutcome::retry) << status;
  }
  for (const int status : {301, 302, 307, 400, 401, 403, 404, 410, 413}) {
    EXPECT_EQ(outcome(status), WebhookOutcome::failed) << status;
  }
  EXPECT_EQ(verdict_of(fail(Fault::timeout, "x")).outcome, WebhookOutcome::unreachable);
  EXPECT_EQ(verdict_of(fail(Fault::unavailable, "x")).outcome, WebhookOutcome::unreachable);
  EXPECT_EQ(verdict_of(fail(Fault::denied, "x")).outcome, WebhookOutcome::failed);
}

TEST(Webhook, OfItsUrlOthersSeeTheHost) {
  EXPECT_EQ(without_path("https://h.example:8443/T0/B0/secret?x=y"), "https://h.example:8443");
  EXPECT_EQ(without_path("https://h.example"), "https://h.example");
}

// Many of one rule: what tells them apart is in each entry, by letter and webhook alike.
TEST(Digest, SaysInWhichLabelsThoseOfARuleDiffer) {
  std::vector<contracts::AlertChanged> alerts;
  for (const char* thing : {"21", "22"}) {
    auto& alert = alerts.emplace_back(site_down());
    alert.title = "many things";
    alert.rule_id = RuleId::make();
    alert.labels = {{"job", "factory"}, {"thing", thing}, {"check", std::string("c") + thing}};
    alert.labels["check_id"] = alert.rule_id.str();
    alert.rule_id = alerts.front().rule_id;
  }
  alerts[1].labels["only"] = "here";
  auto ended = alerts[1];
  ended.firing = false;
  alerts.push_back(ended);
  auto other = site_down();
  other.rule_id = RuleId::make();
  alerts.push_back(other);
  const auto body = nlohmann::json::parse(webhook_body({"key", "digest", alerts}, "https://m"));
  const auto differs = [&](int at) { return body["alerts"][at]["differing_labels"]; };
  EXPECT_EQ(differs(0), nlohmann::json({{"check", "c21"}, {"thing", "21"}}));
  EXPECT_EQ(differs(1), nlohmann::json({{"check", "c22"}, {"thing", "22"}, {"only", "here"}}));
  EXPECT_EQ(differs(2), differs(1));
  EXPECT_EQ(differs(3), nlohmann::json::object()) << "the only one of its rule";
  const auto letter = digest_letter(alerts, {"a@b.example", "key", ""}, "https://m.example");
  for (const auto& text : {letter.text, letter.html}) {
    EXPECT_NE(text.find("check=c22, only=here, thing=22"), std::string::npos) << text;
    EXPECT_EQ(text.find("factory"), std::string::npos) << text;
  }
  EXPECT_FALSE(
      nlohmann::json::parse(webhook_body({"key", "fired", {site_down()}}, "https://m"))["alerts"][0]
          .contains("differing_labels"));
}

TEST(Digest, HasTheWorstFirst) {
  std::vector<store::Notification> members;
  for (const char* severity : {"info", "critical", "warning", "critical"}) {
    auto alert = site_down();
    alert.severity = severity;
    alert.title = std::to_string(members.size());
    members.emplace_back().content = contracts::encode(alert);
  }
  store::Notification digest;
  digest.kind = "digest";
  digest.content = digest_content(members);
  std::string order;
  for (const auto& alert : alerts_of(digest)) order += alert.title;
  EXPECT_EQ(order, "1320");
}

// S3, S11: nothing that comes from outside is markup.
// S-03.
TEST(DigestLetter, ListsAllOfThemEscaped) {
  auto first = site_down();
  first.title = "<img src=x>";
  auto second = site_down();
  second.incident_id = IncidentId::make();
  auto over = second;
  over.firing = false;
  over.transition = 2;
  const auto letter =
      digest_letter({first, second, over}, {"a@b.example", "key", ""}, "https://m.example");
  EXPECT_EQ(letter.subject, "[DIGEST] 1 firing (1 critical), 1 resolved");
  EXPECT_EQ(letter.delivery_key, "key");
  EXPECT_NE(letter.text.find("FIRING critical: <img src=x>"), std::string::npos);
  EXPECT_NE(letter.text.find("RESOLVED critical: shop is down"), std::string::npos);
  EXPECT_EQ(letter.html.find("<img"), std::string::npos);
  EXPECT_NE(letter.html.find("&lt;img"), std::string::npos);
}

// C-042.
TEST(PersonalRules, AreTheRulesWithAnotherNumber) {
  store::Rule load, errors, state;
  load.id = Uuid::make();
  load.kind = "threshold";
  load.expr = "node_load1{job=\"a\"} > 4";
  errors.id = Uuid::make();
  errors.kind = "promql";
  errors.expr = "rate(errors_total[5m]) > 5";
  state.id = Uuid::make();
  state.kind = "check_state";
  domain::Subscription one;
  one.user_id = Uuid::make();
  one.rule_id = load.id;
  one.threshold = 2.5;
  auto same = one;
  auto other = one;
  other.rule_id = errors.id;
  other.threshold = 0.5;
  auto impossible = one;
  impossible.rule_id = state.id;
  auto none = one;
  none.threshold.reset();
  const auto made = personal_rules({load, errors, state}, {one, same, other, impossible, none});
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].expr, "node_load1{job=\"a\"} > 2.5");
  EXPECT_EQ(made[0].derived_from, load.id);
  EXPECT_EQ(made[0].audience, one.user_id);
  EXPECT_EQ(made[0].id, personal_rule_id(load.id, one.user_id));
  EXPECT_NE(made[0].id, made[1].id);
  EXPECT_EQ(made[1].expr, "rate(errors_total[5m]) > 0.5");
}

}  // namespace
}  // namespace monitron::notifier
