// The settings of Alertmanager that come with the suite.

#include "alertmanager/client.hpp"
#include "testkit/alertmanager_server.hpp"
#include "testkit/eventually.hpp"
#include "testkit/program.hpp"
#include "testkit/webhook_sink.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace monitron::alertmanager {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

const std::string kShipped = MONITRON_SOURCE_DIR "/docker/alertmanager.yml";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

std::string inhibition_of(const std::string& file) {
  const auto text = testkit::read_file(file);
  const auto from = text.find("inhibit_rules:");
  return text.substr(from, text.find("receivers:") - from);
}

class ShippedSettings : public testing::Test {
 protected:
  void fires(const Labels& labels) {
    const auto now = system_clock().now();
    ASSERT_TRUE(client_.post(
        std::vector{Alert{.labels = labels, .starts_at = now, .ends_at = now + 4min}}));
  }
  std::string state_of(const std::string& name) {
    const auto alerts = client_.alerts();
    if (!alerts) return "";
    for (const auto& alert : *alerts) {
      if (alert.labels.at("alertname") == name) return alert.state;
    }
    return "";
  }
  bool is_told(const std::string& name) {
    return eventually(20s, [&] { return sink_.told("firing", "alertname", name).size() == 1; });
  }
  bool is_muted(const std::string& name) {
    return eventually(10s, [&] { return state_of(name) == "suppressed"; }) &&
           sink_.told("firing", "alertname", name).empty();
  }
  static Labels service_down(const char* name, const char* host) {
    Labels labels = {
        {"alertname", name}, {"check_id", name}, {"kind", "http"}, {"severity", "critical"}};
    if (*host != '\0') labels["instance"] = host;
    return labels;
  }
  static Labels about_ping(const char* name) {
    return {{"alertname", name},
            {"check_id", "ping"},
            {"kind", "icmp"},
            {"instance", "db-1"},
            {"severity", "critical"}};
  }

  testkit::WebhookSink sink_;
  testkit::AlertmanagerServer server_{
      replaced(replaced(testkit::read_file(kShipped),
                        "http://gateway:3000/api/v1/alertmanager/notifications", sink_.url()),
               "group_interval: 10s", "group_interval: 1s")};
  Client client_{{.url = server_.url()}, {}};
};

// M-073: its agent alone may be away.
TEST_F(ShippedSettings, ASilentServerMutesItsWarningsAlone) {
  fires({{"alertname", "Instance is silent"}, {"instance", "db-1"}, {"severity", "critical"}});
  ASSERT_TRUE(is_told("Instance is silent"));
  fires({{"alertname", "Slow"}, {"instance", "db-1"}, {"check_id", "1"}, {"severity", "warning"}});
  fires(service_down("Critical on it", "db-1"));
  fires({{"alertname", "Of another"}, {"instance", "db-2"}, {"severity", "info"}});
  fires({{"alertname", "Of none"}, {"check_id", "3"}, {"severity", "warning"}});
  EXPECT_TRUE(is_told("Critical on it"));
  EXPECT_TRUE(is_told("Of another"));
  EXPECT_TRUE(is_told("Of none"));
  EXPECT_TRUE(is_muted("Slow"));
}

// M-073.
TEST_F(ShippedSettings, AServerWhosePingIsDownHidesItsServices) {
  fires(about_ping("Check down"));
  ASSERT_TRUE(is_told("Check down"));
  fires(service_down("On it", "db-1"));
  fires(service_down("On another", "db-2"));
  fires(service_down("On none", ""));
  EXPECT_TRUE(is_told("On another"));
  EXPECT_TRUE(is_told("On none"));
  EXPECT_TRUE(is_muted("On it"));
}

TEST_F(ShippedSettings, AServerThatAnswersPingsHidesNothing) {
  fires(about_ping("Packets are lost"));
  ASSERT_TRUE(is_told("Packets are lost"));
  fires(service_down("On it", "db-1"));
  EXPECT_TRUE(is_told("On it"));
}

TEST_F(ShippedSettings, ThingsThatNoLabelOfOursNamesAreNotTheSame) {
  const auto queue = [](const char* name, const char* severity) {
    return Labels{{"alertname", "QueueLong"}, {"queue", name}, {"severity", severity}};
  };
  fires(queue("orders", "critical"));
  ASSERT_TRUE(eventually(20s, [&] { return !sink_.told("firing", "queue", "orders").empty(); }));
  fires(queue("letters", "warning"));
  EXPECT_TRUE(eventually(20s, [&] { return !sink_.told("firing", "queue", "letters").empty(); }));
}

// M-073.
TEST_F(ShippedSettings, CriticalMutesWarningsOfTheSame) {
  fires({{"alertname", "Down"}, {"check_id", "1"}, {"severity", "critical"}});
  ASSERT_TRUE(is_told("Down"));
  fires({{"alertname", "Slow"}, {"check_id", "1"}, {"severity", "warning"}});
  fires({{"alertname", "Elsewhere"}, {"check_id", "2"}, {"severity", "warning"}});
  EXPECT_TRUE(is_told("Elsewhere"));
  EXPECT_TRUE(is_muted("Slow"));
}

// M-070: one notification for what belongs together, one each for what does not.
TEST_F(ShippedSettings, AlertsOfOneServiceComeTogether) {
  const auto down = [](const char* check, const char* env) {
    const auto now = system_clock().now();
    return Alert{.labels = {{"alertname", "Check down"},
                            {"check_id", check},
                            {"env", env},
                            {"service", "shop"},
                            {"severity", "critical"}},
                 .starts_at = now,
                 .ends_at = now + 4min};
  };
  ASSERT_TRUE(client_.post(
      std::vector{down("1", "prod"), down("2", "prod"), down("3", "prod"), down("4", "test")}));
  ASSERT_TRUE(eventually(20s, [&] {
    return sink_.told("firing", "env", "prod").size() == 1 &&
           sink_.told("firing", "env", "test").size() == 1;
  }));
  EXPECT_EQ(sink_.told("firing", "env", "prod")[0]["alerts"].size(), 3U);
}

TEST_F(ShippedSettings, TheWatchdogPagesNobody) {
  fires({{"alertname", "Watchdog"}, {"severity", "info"}});
  fires({{"alertname", "Another"}, {"severity", "info"}});
  EXPECT_TRUE(is_told("Another"));
  EXPECT_TRUE(sink_.told("firing", "alertname", "Watchdog").empty());
}

// M-071: with amtool, which also knows which receiver labels lead to.
TEST(ShippedExamples, AreRightAndRouteBySeverity) {
  const auto amtool = [](const std::string& words) {
    return std::system(("amtool " + words + " >/dev/null 2>&1").c_str());
  };
  if (amtool("--version") != 0) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "amtool is missing";
    GTEST_SKIP() << "amtool comes with prometheus-alertmanager";
  }
  EXPECT_EQ(amtool("check-config " + kShipped), 0);
  EXPECT_NE(amtool("check-config " MONITRON_SOURCE_DIR "/compose.yaml"), 0);
  const std::pair<const char*, std::pair<const char*, const char*>> examples[] = {
      {"email", {"operators", "on-call"}},
      {"slack", {"slack", "slack-critical"}},
      {"pagerduty", {"mail", "pagerduty"}},
      {"telegram", {"telegram", "telegram-loud"}}};
  for (const auto& [name, receivers] : examples) {
    const auto file = std::string(MONITRON_SOURCE_DIR "/docs/alertmanager/") + name + ".yml";
    EXPECT_EQ(amtool("check-config " + file), 0) << name;
    EXPECT_EQ(inhibition_of(file), inhibition_of(kShipped)) << name;
    const auto leads_to = [&](const std::string& labels, const std::string& receiver) {
      return amtool("config routes test --config.file=" + file + " --verify.receivers=" + receiver +
                    " " + labels) == 0;
    };
    EXPECT_TRUE(leads_to("severity=critical", receivers.second)) << name;
    EXPECT_TRUE(leads_to("severity=warning", receivers.first)) << name;
    EXPECT_TRUE(leads_to("alertname=Watchdog severity=info", "nobody")) << name;
    EXPECT_TRUE(leads_to("alertname=MonitronDrill severity=info", "drills")) << name;
    EXPECT_FALSE(leads_to("severity=critical", "nobody")) << name;
  }
}

}  // namespace
}  // namespace monitron::alertmanager
