#include "contracts/check_definition.hpp"
#include "contracts/check_results.hpp"
#include "contracts/check_slice.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace monitron::contracts {

namespace {

const Uuid kId = *Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057");

domain::CheckDefinition web_check() {
  domain::CheckDefinition check;
  check.id = CheckId{kId};
  check.name = "web";
  check.instance_id = InstanceId{kId};
  check.target = "https://example.org/";
  check.timeout = std::chrono::milliseconds(2500);
  check.labels = {{"env", "prod"}};
  check.use<domain::HttpSettings>().headers = {{"accept", "text/html"}};
  check.use<domain::HttpSettings>().expected_status = {"204"};
  return check;
}

CheckResults sample_results() {
  domain::ProbeOutcome outcome;
  outcome.status = domain::CheckStatus::down;
  outcome.reason = "status 500, expected 204";
  outcome.duration = std::chrono::microseconds(12'345);
  outcome.phases.connect = std::chrono::microseconds(345);
  outcome.values = {{"probe_http_status_code", {}, 500},
                    {"probe_icmp_rtt_seconds", {{"stat", "min"}}, 0.5}};
  outcome.details = {{"response_head", "HTTP/1.1 500"}};
  CheckResults results{"worker-1", {}};
  results.results.push_back(domain::make_result(web_check(), "default", from_ms(1'700'000'000'123),
                                                from_ms(1'700'000'000'125), outcome));
  results.results.back().test_id = kId;
  return results;
}

std::string golden(const std::string& name) {
  std::ifstream file(std::string(MONITRON_SOURCE_DIR) + "/tests/contract/golden/" + name,
                     std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST(CheckSlice, SurvivesTheWire) {
  const CheckSlice slice{"default", from_ms(1000), 2, 7, {{from_ms(1234), web_check()}}};
  EXPECT_EQ(decode_check_slice(encode(slice)).value(), slice);
}

TEST(CheckSlice, ReadsItsGoldenFileAndIgnoresNewMembers) {
  const auto slice = decode_check_slice(golden("check.slice.v1.json"));
  ASSERT_TRUE(slice) << slice.error().text;
  EXPECT_EQ(*slice, (CheckSlice{"default",
                                from_ms(1'700'000'000'000),
                                0,
                                7,
                                {{from_ms(1'700'000'000'123), web_check()}}}));
}

TEST(CheckSlice, NamesTheMemberThatIsWrong) {
  const auto slice = decode_check_slice(R"({"jobs":[{"slot_ms":1,"check":{"id":3}}]})");
  ASSERT_FALSE(slice);
  EXPECT_EQ(slice.error().text, "check.slice: jobs[0].check.id: is not a string");
  EXPECT_EQ(decode_check_slice("[]").error().fault, Fault::invalid);
}

TEST(CheckTest, AScriptSurvivesTheWire) {
  auto check = web_check();
  check.use<domain::ScriptSettings>();
  check.target = "db1";
  check.use<domain::HttpSettings>() = {};
  check.use<domain::ScriptSettings>() = {"check_disk", {"-w", "10%", "-p", "/a b"}};
  const CheckTest test{kId, check};
  EXPECT_EQ(decode_check_test(encode(test)).value(), test);
}

TEST(CheckTest, SurvivesTheWire) {
  const CheckTest test{kId, web_check()};
  EXPECT_EQ(decode_check_test(encode(test)).value(), test);
}

TEST(CheckResults, SurviveTheWire) {
  EXPECT_EQ(decode_check_results(encode(sample_results())).value(), sample_results());
}

TEST(CheckResults, WarningsAndWishesAgainstFlapDetectionSurviveTheWire) {
  auto results = sample_results();
  results.results[0].outcome.status = domain::CheckStatus::up;
  results.results[0].outcome.warning = true;
  results.results[0].flap_detection = false;
  EXPECT_EQ(decode_check_results(encode(results)).value(), results);
  auto check = web_check();
  check.flap_detection = false;
  EXPECT_EQ(check_from_json(check_to_json(check), "").value(), check);
}

// What a checker measures of itself travels with them; nobody else's samples do.
TEST(CheckResults, CarryReportsOfTheSuiteAlone) {
  Batch report;
  report.id = {kSuite, kId.bytes, 0};
  report.blocks.push_back({pack_dictionary({{"monitron_checker_checks", {{"location", "a"}}}}),
                           1,
                           {{1'700'000'000'000, {7}}},
                           {}});
  report.metadata = {{"monitron_checker_checks", "gauge", "Checks of this location.", ""}};
  CheckResults results{"worker-1", {}, {}, {report}};
  EXPECT_EQ(decode_check_results(encode(results)).value(), results);
  results.reports[0].id.source = SourceId{kId};
  EXPECT_FALSE(decode_check_results(encode(results)));
}

TEST(CheckResults, ReadTheirGoldenFile) {
  const std::string bytes = golden("check.results.v1.pb");
  ASSERT_FALSE(bytes.empty());
  EXPECT_EQ(decode_check_results(bytes).value(), sample_results());
}

TEST(CheckResults, ACutOffMessageIsRefusedAndDoesNotThrow) {
  const std::string whole = encode(sample_results());
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const auto decoded = decode_check_results(std::string_view(whole).substr(0, length));
    EXPECT_TRUE(!decoded || decoded->results.empty());
  }
}

}  // namespace monitron::contracts
