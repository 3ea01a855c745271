// What ends when: certificates that checks were shown, domains that are checked (M-121 … M-127).

#include "series/writer.hpp"
#include "suite.hpp"

namespace monitron::api {
namespace {

using namespace std::chrono_literals;
using Details = std::map<std::string, std::string>;

class Certificates : public ApiTest {
 protected:
  domain::CheckDefinition check(const std::string& name, const char* kind,
                                const std::string& target) {
    const auto made = api().post("/api/v1/checks", api().admin(),
                                 {{"kind", kind},
                                  {"name", name},
                                  {"target", target},
                                  {"interval_seconds", 86400},
                                  {"labels", {{"about", name}}}});
    EXPECT_EQ(made.status, 201) << made.text;
    domain::CheckDefinition definition;
    definition.id = CheckId{*Uuid::parse(made.json.value("id", ""))};
    definition.name = name;
    definition.type = kind;
    definition.target = target;
    definition.interval = 24h;
    return definition;
  }
  // `later`: than now.
  void seen(const domain::CheckDefinition& check, Details details, std::chrono::seconds later = 0s,
            domain::CheckStatus status = domain::CheckStatus::up) {
    domain::ProbeOutcome outcome;
    outcome.status = status;
    outcome.details = std::move(details);
    const auto now = from_ms(to_ms(system_clock().now()) / 1000 * 1000) + later;
    series::Writer writer({.database_url = api().config.database_url, .application_name = "test"});
    const auto done =
        writer.write({.results = {domain::make_result(check, "default", now, now, outcome)}});
    ASSERT_TRUE(done) << done.error().text;
  }
  static std::string in_days(int days) {
    return to_rfc3339(system_clock().now() + std::chrono::hours(24 * days + 1));
  }
  static Details certificate(const std::string& sha256, int days,
                             const std::string& problems = "") {
    Details details{{"certificate_sha256", sha256},
                    {"certificate_subject", "CN=" + sha256 + ".certs.example"},
                    {"certificate_common_name", sha256 + ".certs.example"},
                    {"certificate_names", sha256 + ".certs.example, www.certs.example"},
                    {"certificate_issuer", "CN=Example CA"},
                    {"certificate_not_before", "2026-01-01T00:00:00Z"},
                    {"certificate_not_after", in_days(days)},
                    {"certificate_chain", R"([{"subject": "CN=leaf"}, {"subject": "CN=CA"}])"},
                    {"tls_version", "TLSv1.3"}};
    if (!problems.empty()) details["certificate_problems"] = problems;
    return details;
  }
  std::vector<std::string> list(const std::string& path, const char* member) {
    const auto page = api().get(path, api().viewer());
    EXPECT_EQ(page.status, 200) << page.text;
    std::vector<std::string> found;
    for (const auto& one : page.json["items"]) found.push_back(one[member].get<std::string>());
    return found;
  }
};

using Texts = std::vector<std::string>;

TEST_F(Certificates, AreListedBySoonestEnd) {
  const auto late = check("cert late", "tls", "late.certs.example:443");
  const auto soon = check("cert soon", "tls", "soon.certs.example:443");
  const auto gone = check("cert gone", "tls", "gone.certs.example:443");
  const std::string path = "/api/v1/certificates";
  EXPECT_TRUE(list(path + "?q=certs.example", "sha256").empty());
  seen(late, certificate("late", 300));
  seen(soon, certificate("soon", 5));
  seen(gone, certificate("gone", -3, "expired, self_signed"));
  const auto all = path + "?q=CERTS.example";
  EXPECT_EQ(list(all, "sha256"), (Texts{"gone", "soon", "late"}));
  EXPECT_EQ(list(all + "&sort=-not_after", "sha256"), (Texts{"late", "soon", "gone"}));
  EXPECT_EQ(list(all + "&expires_before=" + in_days(30), "sha256"), (Texts{"gone", "soon"}));
  EXPECT_EQ(list(all + "&trusted=false", "sha256"), (Texts{"gone"}));
  EXPECT_EQ(list(path + "?sha256=soon", "check"), (Texts{"cert soon"}));
  EXPECT_EQ(list(path + "?check_id=" + late.id.str(), "sha256"), (Texts{"late"}));
  EXPECT_EQ(list(path + "?label=about%3Dcert%20gone", "sha256"), (Texts{"gone"}));
  EXPECT_EQ(fields_of(api().get(path + "?expires_before=soon", api().viewer())),
            (Names{"expires_before"}));

  const auto first = api().get(all + "&limit=1", api().viewer()).json["items"][0];
  EXPECT_EQ(first["days_left"], -3);
  EXPECT_EQ(first["problems"], (Json{"expired", "self_signed"}));
  EXPECT_EQ(first["names"], (Json{"gone.certs.example", "www.certs.example"}));
  EXPECT_EQ(first["check_id"], gone.id.str());
  EXPECT_FALSE(first.contains("chain"));
  const auto one = api().get(path + "/" + first["id"].get<std::string>(), api().viewer()).json;
  EXPECT_EQ(one["chain"][1]["subject"], "CN=CA");
  EXPECT_EQ(one["issuer"], "CN=Example CA");
  EXPECT_EQ(api().get(path + "/" + Uuid::make().str(), api().viewer()).status, 404);
}

// Cursors reach as far as certificates do.
TEST_F(Certificates, AreWalkedToTheEndOfTime) {
  for (const auto* year : {"2050", "9998", "9999"}) {
    auto details = certificate(std::string("y") + year, 1);
    details["certificate_not_after"] = std::string(year) + "-12-31T23:59:59Z";
    seen(check(std::string("cert of ") + year, "tls", "far.certs.example:443"), details);
  }
  Texts found;
  std::string cursor;
  do {
    const auto page =
        api().get("/api/v1/certificates?q=cert%20of&limit=1" + cursor, api().viewer());
    ASSERT_EQ(page.status, 200) << page.text;
    for (const auto& one : page.json["items"]) found.push_back(one["sha256"].get<std::string>());
    const auto& next = page.json["next_cursor"];
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
  } while (!cursor.empty() && found.size() < 9);
  EXPECT_EQ(found, (Texts{"y2050", "y9998", "y9999"}));
}

// One that is renewed takes the place of the old one.
TEST_F(Certificates, AreThoseOfNow) {
  const auto renewed = check("cert renewed", "http", "https://renewed.certs.example/");
  seen(renewed, certificate("first", 1));
  const auto path = "/api/v1/certificates?check_id=" + renewed.id.str();
  const auto before = list(path, "id");
  seen(renewed, certificate("second", 90), 1s);
  EXPECT_EQ(list(path, "sha256"), (Texts{"second"}));
  EXPECT_EQ(list(path, "id"), before);
}

// Not those of what it watched before.
TEST_F(Certificates, AreThoseOfWhatTheCheckWatchesNow) {
  auto moved = check("cert moved", "http", "https://moved.certs.example/");
  const auto path = "/api/v1/certificates?check_id=" + moved.id.str();
  const auto watch = [&](const char* target) {
    const auto at = "/api/v1/checks/" + moved.id.str();
    const auto done = api().ask(http::Method::patch, at, api().admin(), {{"target", target}});
    ASSERT_EQ(done.status, 200) << done.text;
    moved.target = target;
  };
  const auto before = moved;
  seen(moved, certificate("before", 9));
  const auto id = list(path, "id");
  ASSERT_EQ(id.size(), 1u);
  watch("https://elsewhere.certs.example/");
  EXPECT_TRUE(list(path, "id").empty());
  EXPECT_EQ(api().get("/api/v1/certificates/" + id[0], api().viewer()).status, 404);
  seen(before, certificate("before", 9), 1s);  // was under way
  EXPECT_TRUE(list(path, "id").empty());
  seen(moved, certificate("after", 9), 2s);
  EXPECT_EQ(list(path, "sha256"), (Texts{"after"}));
  // The same certificate is another sight of it.
  watch("https://third.certs.example/");
  seen(moved, certificate("after", 9), 3s);
  EXPECT_EQ(list(path, "target"), (Texts{"https://third.certs.example/"}));
  // Who does not answer has not become another; who answers without TLS has.
  seen(moved, {}, 4s, domain::CheckStatus::down);
  EXPECT_EQ(list(path, "sha256"), (Texts{"after"}));
  seen(moved, {}, 5s);
  EXPECT_TRUE(list(path, "id").empty());
}

// Names may hold what separates them elsewhere.
TEST_F(Certificates, NamesAreThoseOfTheCertificate) {
  const auto odd = check("cert odd", "tls", "odd.certs.example:443");
  auto details = certificate("odd", 9);
  details["certificate_names"] = "a, b.certs.example, c.certs.example";
  details["certificate_chain"] = R"([{"names": ["a, b.certs.example", "c.certs.example"]}])";
  seen(odd, details);
  const auto one = api().get("/api/v1/certificates?check_id=" + odd.id.str(), api().viewer());
  EXPECT_EQ(one.json["items"][0]["names"], (Json{"a, b.certs.example", "c.certs.example"}));
}

// A registry that does not answer takes nothing back.
TEST_F(Certificates, ADomainEndsWhenItWasLastSaidToEnd) {
  auto known = check("registry away", "domain", "away.registry.example");
  seen(known, {{"expires", in_days(9)}, {"registrar", "Example"}, {"source", "rdap.example"}});
  const auto path = "/api/v1/domains/" + known.id.str();
  const auto first = api().get(path, api().viewer()).json;
  EXPECT_EQ(first["confirmed_at"], first["asked_at"]);
  seen(known, {{"source", "whois.example"}}, 60s, domain::CheckStatus::unknown);
  const auto second = api().get(path, api().viewer()).json;
  EXPECT_EQ(second["days_left"], 9);
  EXPECT_EQ(second["registrar"], "Example");
  EXPECT_EQ(second["source"], "rdap.example");
  EXPECT_EQ(second["confirmed_at"], first["asked_at"]);
  EXPECT_NE(second["asked_at"], first["asked_at"]);
  const auto soon = "/api/v1/domains?q=registry.example&expires_before=" + in_days(30);
  EXPECT_EQ(list(soon, "name"), (Texts{"registry away"}));
  api().ask(http::Method::patch, "/api/v1/checks/" + known.id.str(), api().admin(),
            {{"target", "other.registry.example"}});
  EXPECT_TRUE(api().get(path, api().viewer()).json["expires"].is_null());
}

TEST_F(Certificates, DomainsAreListedBySoonestEnd) {
  const std::string path = "/api/v1/domains";
  const auto soon = check("domain soon", "domain", "soon.domains.example");
  const auto late = check("domain late", "domain", "late.domains.example");
  check("domain new", "domain", "new.domains.example");
  seen(late, {{"expires", in_days(400)}, {"registrar", "Example Registrar"}});
  seen(soon, {{"expires", in_days(9)},
              {"domain_status", "client hold, server hold"},
              {"source", "rdap.example"}});
  const auto all = path + "?q=domains.example";
  EXPECT_EQ(list(all, "name"), (Texts{"domain soon", "domain late", "domain new"}));
  EXPECT_EQ(list(all + "&sort=-name", "name"), (Texts{"domain soon", "domain new", "domain late"}));
  EXPECT_EQ(list(all + "&expires_before=" + in_days(30), "name"), (Texts{"domain soon"}));
  const auto one = api().get(path + "/" + soon.id.str(), api().viewer()).json;
  EXPECT_EQ(one["days_left"], 9);
  EXPECT_EQ(one["status"], "up");
  EXPECT_EQ(one["registry_status"], (Json{"client hold", "server hold"}));
  const auto fresh = api().get(all + "&sort=-expires&limit=1", api().viewer()).json["items"][0];
  EXPECT_EQ(fresh["name"], "domain new");
  EXPECT_TRUE(fresh["expires"].is_null() && fresh["days_left"].is_null());
  EXPECT_TRUE(fresh["asked_at"].is_null());
  EXPECT_EQ(api().get(path + "/" + Uuid::make().str(), api().viewer()).status, 404);
}

}  // namespace
}  // namespace monitron::api
