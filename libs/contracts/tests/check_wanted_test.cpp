#include "contracts/check_wanted.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace monitron::contracts {
namespace {

CheckWanted two() {
  return {"default",
          {*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057"),
           *Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8058")}};
}

TEST(CheckWanted, SurvivesTheWire) {
  EXPECT_EQ(decode_check_wanted(encode(two())).value(), two());
  const CheckWanted none{"here", {}};
  EXPECT_EQ(decode_check_wanted(encode(none)).value(), none);
}

TEST(CheckWanted, ReadsItsGoldenFileAndIgnoresNewMembers) {
  std::ifstream file(MONITRON_SOURCE_DIR "/tests/contract/golden/check.wanted.v1.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto read = decode_check_wanted(text.str());
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(*read, two());
}

TEST(CheckWanted, NamesTheMemberThatIsWrong) {
  EXPECT_EQ(decode_check_wanted(R"({"location":"x","checks":["7"]})").error().text,
            "check.wanted: checks[0]: is not a UUID");
  auto many = two();
  many.checks.resize(kMostWanted + 1);
  EXPECT_EQ(decode_check_wanted(encode(many)).error().text, "check.wanted: checks: are too many");
  EXPECT_FALSE(decode_check_wanted("[]"));
}

// Whatever a location is called, what is wanted there is no work of another one's workers.
TEST(CheckWanted, GoesToTheSchedulersOfItsLocation) {
  const auto message = to_message(two());
  const auto binding = wanted_binding("mine", "default");
  EXPECT_EQ(message.exchange, binding.exchange);
  EXPECT_EQ(message.routing_key, binding.routing_key);
  for (const auto& other : durable_topology({"default", "wanted.default"}).bindings) {
    EXPECT_FALSE(other.exchange == binding.exchange && other.routing_key == binding.routing_key);
  }
}

}  // namespace
}  // namespace monitron::contracts
