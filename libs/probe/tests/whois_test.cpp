// WHOIS and RDAP as texts: many registries' ways to write the same, and what hostile bytes do.
// M-120. The texts are in the forms that registries use; the names are nobody's.

#include "probe/whois.hpp"

#include "probe/rdap.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::probe {

namespace {

std::string day_of(std::string_view text) {
  const auto date = parse_whois_date(text);
  return date ? to_rfc3339(*date).substr(0, 10) : "none";
}

const std::string kRdap = R"({"objectClassName":"domain","ldhName":"EXAMPLE.TEST",
 "status":["client transfer prohibited","redemption period"],
 "events":[{"eventAction":"registration","eventDate":"2001-01-01T00:00:00Z"},
           {"eventAction":"registrar expiration","eventDate":"2028-01-01T00:00:00Z"},
           {"eventAction":"expiration","eventDate":"2027-08-13T04:00:00Z"}],
 "entities":[{"objectClassName":"entity","roles":["abuse"],"handle":"1"},
   {"objectClassName":"entity","handle":"99","roles":["registrar"],
    "vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Names Ltd"]]]}]})";

}  // namespace

TEST(Whois, DatesOfManyRegistriesAreRead) {
  for (const char* text : {"2027-08-13T04:00:00Z",
                           "2027-08-13T04:00:00.0Z",
                           "2027-08-13",
                           "2027-08-13 23:59:59",
                           "2027-08-13 12:00:00 (UTC+8)",
                           "2027/08/13",
                           "2027/08/13 12:00:00 (JST)",
                           "2027.08.13 12:00:00",
                           "2027. 08. 13.",
                           "20270813",
                           "2027-Aug-13.",
                           "13.08.2027",
                           "13.8.2027 10:00:00",
                           "13-Aug-2027",
                           "13-Aug-2027 23:59:59 UTC",
                           "13-08-2027",
                           "13/08/2027",
                           "13/08/2027 23:59:59",
                           "13 August 2027",
                           "August 13 2027",
                           "Fri Aug 13 23:59:59 GMT 2027",
                           "2027-08-13 10:00:00+03",
                           "2027-08-13T21:00:00+0000",
                           "2027-08-13 (YYYY-MM-DD)"}) {
    EXPECT_EQ(day_of(text), "2027-08-13") << text;
  }
  EXPECT_EQ(to_rfc3339(*parse_whois_date("2027-08-13T01:00:00+03:00")), "2027-08-12T22:00:00.000Z");
  for (const char* text : {"", "soon", "13/13/2027", "2027", "08-13", "2027-08-13-1", "2027-02-3x9",
                           "9999999999", "01.01.27", "2027-08-13 10:00:00+99"}) {
    EXPECT_EQ(day_of(text), "none") << text;
  }
}

TEST(Whois, LinesOfManyRegistriesAreRead) {
  for (const char* line :
       {"   Registry Expiry Date: 2027-08-13T04:00:00Z", "expires:       2027-08-13",
        "expires............: 13.8.2027 10:00:00", "[Expires on]                    2027/08/13",
        "paid-till:     2027-08-13T21:00:00Z", "renewal date:          2027.08.13 12:00:00",
        "Expiry date:  13-Aug-2027", "Expiration Time: 2027-08-13 12:00:00",
        "Record expires on 2027-08-13 (YYYY-MM-DD)", "Valid Until:                  2027-08-13",
        "Expires on..............: 2027-Aug-13.", "expire:       13.08.2027",
        "Expiration Date\t\t: 2027. 08. 13.", "Expire Date:        2027-08-13\r",
        "Registrar Registration Expiration Date: 2027-08-13T04:00:00Z",
        "Domain expires:             13-Aug-2027"}) {
    const auto answer = parse_whois("Domain: example.test\n" + std::string(line) + "\nend\n");
    ASSERT_TRUE(answer.registration.expires) << line;
    EXPECT_EQ(to_rfc3339(*answer.registration.expires).substr(0, 10), "2027-08-13") << line;
  }
}

TEST(Whois, TheRegistrysDateComesBeforeTheRegistrars) {
  const auto answer = parse_whois(
      "Registrar Registration Expiration Date: 2029-01-01\nRegistry Expiry Date: 2027-08-13\n"
      "Registrar: Names Ltd\nDomain Status: clientHold https://icann.org/epp#clientHold\n"
      "Domain Status: ok\nRegistrar WHOIS Server: whois.names.test\n");
  EXPECT_EQ(to_rfc3339(*answer.registration.expires).substr(0, 10), "2027-08-13");
  EXPECT_EQ(answer.registration.registrar, "Names Ltd");
  EXPECT_EQ(answer.registration.statuses, (std::vector<std::string>{"clientHold", "ok"}));
  EXPECT_EQ(answer.referral, "whois.names.test");
}

TEST(Whois, AValueMayStandOnTheNextLine) {
  const auto answer = parse_whois(
      "    Registrar:\n        Names Ltd [Tag = NAMES]\n    Expiry date:  13-Aug-2027\n");
  EXPECT_EQ(answer.registration.registrar, "Names Ltd [Tag = NAMES]");
}

TEST(Whois, AMissingDateIsMissing) {
  const auto answer = parse_whois(
      "Domain: example.test\nStatus: connect\nChanged: 2027-08-13\nExpires: see the registrar\n"
      "% The registration data expires quickly; 2027-08-13.\n");
  EXPECT_FALSE(answer.registration.expires);
  EXPECT_FALSE(answer.not_registered);
  EXPECT_FALSE(answer.refused);
}

TEST(Whois, NobodyHasTheName) {
  for (const char* text :
       {"No match for \"EXAMPLE.TEST\".\r\n", "%% NOT FOUND\n", "Domain not found.\n",
        "Domain: example.test\nStatus: free\n", "Status:\tAVAILABLE\n", "No Data Found\n",
        "No match!!\n", "The queried object does not exist: none\n"}) {
    EXPECT_TRUE(parse_whois(text).not_registered) << text;
  }
  EXPECT_FALSE(parse_whois("Domain: example.test\nStatus: NOT AVAILABLE\n").not_registered);
  EXPECT_TRUE(parse_whois("WHOIS LIMIT EXCEEDED - SEE WWW.EXAMPLE.TEST\n").refused);
}

TEST(Whois, ReferralsAreServersAlone) {
  EXPECT_EQ(parse_whois("refer:        whois.registry.test\n").referral, "whois.registry.test");
  EXPECT_EQ(parse_whois("whois: 127.0.0.1:4343\n").referral, "127.0.0.1:4343");
  EXPECT_EQ(parse_whois("ReferralServer: whois://whois.other.test:4321/\n").referral,
            "whois.other.test:4321");
  EXPECT_EQ(parse_whois("ReferralServer: https://elsewhere.test/\n").referral, "");
  EXPECT_EQ(parse_whois("Registrar WHOIS Server:\nRegistrar URL: http://a.test\n").referral, "");
}

TEST(Whois, SomeServersWantMoreThanTheName) {
  EXPECT_EQ(whois_query("whois.registry.test", "example.test"), "example.test");
  EXPECT_EQ(whois_query("whois.denic.de", "example.de"), "-T dn,ace example.de");
}

TEST(Rdap, ADomainHasItsExpiryRegistrarAndStatuses) {
  const auto found = parse_rdap_domain(kRdap, "example.test");
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_EQ(to_rfc3339(*found->expires), "2027-08-13T04:00:00.000Z");
  EXPECT_EQ(found->registrar, "Names Ltd");
  EXPECT_EQ(found->statuses,
            (std::vector<std::string>{"clientTransferProhibited", "redemptionPeriod"}));
  EXPECT_TRUE(is_alarming_status(found->statuses[1]));
  EXPECT_FALSE(is_alarming_status(found->statuses[0]));
  EXPECT_FALSE(parse_rdap_domain(kRdap, "other.test"));
  EXPECT_FALSE(parse_rdap_domain(R"({"objectClassName":"entity"})", "example.test"));
  EXPECT_FALSE(parse_rdap_domain("<html>", "example.test"));
  const auto dateless = parse_rdap_domain(
      R"({"objectClassName":"domain","events":[{"eventAction":"expiration"}]})", "example.test");
  ASSERT_TRUE(dateless);
  EXPECT_FALSE(dateless->expires);
}

TEST(Rdap, TheLongestSuffixThatIsListedNamesTheServer) {
  const auto servers = RdapServers::parse(
      R"({"version":"1.0","services":[[["test","a"],["http://one.test/","https://one.test/"]],
          [["Co.Test"],["https://two.test"]],["broken"],[[1],[2]]]})");
  ASSERT_TRUE(servers);
  EXPECT_EQ(servers->server_of("example.test"), "https://one.test/");
  EXPECT_EQ(servers->server_of("example.co.test."), "https://two.test");
  EXPECT_EQ(servers->server_of("example.none"), "");
  EXPECT_FALSE(RdapServers::parse("{}"));
  EXPECT_FALSE(RdapServers::parse("[1"));
  EXPECT_EQ(rdap_url("https://two.test", "a.test"), "https://two.test/domain/a.test");
}

RC_GTEST_PROP(Whois, AnyTextIsRead, (const std::string& text)) {
  const auto answer = parse_whois(text);
  RC_ASSERT(answer.registration.statuses.size() <= 20U);
  (void)parse_whois_date(text);
}

// Lines that look right until they do not.
RC_GTEST_PROP(Whois, SpoiltTextsAreRead, ()) {
  std::string text =
      "Domain Name: EXAMPLE.TEST\r\nRegistry Expiry Date: 2027-08-13T04:00:00Z\r\nRegistrar:\r\n"
      "  Names Ltd\r\nDomain Status: ok https://icann.org/epp#ok\r\nwhois: a.test\r\n";
  for (int i = *rc::gen::inRange(1, 10); i > 0; --i) {
    text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  }
  text.resize(*rc::gen::inRange<std::size_t>(0, text.size()));
  const auto answer = parse_whois(text);
  RC_ASSERT(answer.registration.registrar.size() <= 256U);
}

RC_GTEST_PROP(Rdap, SpoiltAnswersAreReadOrRefused, ()) {
  std::string text = kRdap;
  for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
    text[*rc::gen::inRange<std::size_t>(0, text.size())] =
        *rc::gen::elementOf(std::string("[]{}\",:0n\\\xff"));
  }
  const auto found = parse_rdap_domain(text, "example.test");
  RC_ASSERT(found.has_value() || found.error().fault == Fault::invalid);
  (void)RdapServers::parse(text);
}

TEST(Rdap, DeepAndLongAnswersTakeNoHarm) {
  EXPECT_FALSE(parse_rdap_domain(std::string(500'000, '['), "example.test"));
  const std::string deep = R"({"objectClassName":"domain","entities":)" +
                           std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_TRUE(parse_rdap_domain(deep, "example.test"));
  std::string lines;
  while (lines.size() < kWhoisLimit) lines += "status: a, b, c\n";
  EXPECT_EQ(parse_whois(lines).registration.statuses.size(), 20U);
}

}  // namespace monitron::probe
