#include "auth/password.hpp"

#include <ctime>
#include <gtest/gtest.h>

namespace monitron::auth {
namespace {

using std::chrono::milliseconds;

constexpr int kCheap = 4;

// M-130: bcrypt in its $2b$ form, and all bytes of a long password count.
TEST(Password, HashesWithBcryptAndVerifies) {
  const auto hash = hash_password("correct horse battery", kCheap).value();
  EXPECT_TRUE(hash.starts_with("$2b$04$"));
  EXPECT_TRUE(verify_password("correct horse battery", hash));
  EXPECT_FALSE(verify_password("correct horse batterz", hash));
  EXPECT_FALSE(verify_password("", hash));
  EXPECT_NE(hash, hash_password("correct horse battery", kCheap).value());
}

// S-17.
TEST(Password, CountsTheBytesThatBcryptWouldNot) {
  const std::string base(72, 'a');
  const auto hash = hash_password(base + "x", kCheap).value();
  EXPECT_FALSE(verify_password(base + "y", hash));
  const std::string with_nul("abc\0def-ghijkl", 14);
  EXPECT_FALSE(
      verify_password(std::string("abc\0xyz-ghijkl", 14), hash_password(with_nul, kCheap).value()));
}

TEST(Password, RefusesForeignHashesAndMatchesNoDummy) {
  for (const auto* stored : {"", "x", "$1$abc$def", "$2b$", "$2b$04$short", "*0", "password"}) {
    EXPECT_FALSE(verify_password("password", stored)) << stored;
  }
  EXPECT_FALSE(verify_password("", dummy_hash(kCheap)));
  EXPECT_EQ(dummy_hash(kCheap), dummy_hash(kCheap));
}

TEST(Password, IsHashedAnewWhenTheCostHasRisen) {
  const auto hash = hash_password("correct horse battery", kCheap).value();
  EXPECT_TRUE(needs_rehash(hash, kCheap + 1));
  EXPECT_FALSE(needs_rehash(hash, kCheap));
  EXPECT_FALSE(needs_rehash(hash, kCheap - 1)) << "never down";
  EXPECT_FALSE(needs_rehash("$2b$12$abc", 12));
  for (const auto* stored : {"", "$2b$", "$2b$x2$abc", "$2a$12$abc", "$1$abc$def", "$2b$-1$abc"}) {
    EXPECT_TRUE(needs_rehash(stored, kLeastCost)) << stored;
  }
}

TEST(Password, TheCostIsTheOneWhoseTimeIsNearest) {
  EXPECT_EQ(cost_for(milliseconds(58)), 12) << "232 ms; one more would be 464";
  EXPECT_EQ(cost_for(milliseconds(30)), 13) << "240 ms";
  EXPECT_EQ(cost_for(milliseconds(41)), 13) << "328 ms is nearer than 164";
  EXPECT_EQ(cost_for(milliseconds(48)), 12) << "192 ms is nearer than 384";
  EXPECT_EQ(cost_for(milliseconds(1)), kMostCost);
  EXPECT_EQ(cost_for(milliseconds(0)), kMostCost);
  EXPECT_EQ(cost_for(milliseconds(900)), kLeastCost);
  EXPECT_EQ(cost_for(milliseconds(58), milliseconds(100)), 11);
}

TEST(Password, TheCostIsMeasured) {
  EXPECT_EQ(measure_cost(std::chrono::nanoseconds(1)), kLeastCost);
  EXPECT_EQ(measure_cost(std::chrono::hours(1)), kMostCost);
  const auto cost = measure_cost();
  const auto before = std::clock();
  ASSERT_TRUE(hash_password("correct horse battery", cost));
  const auto seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  // Half of it and twice of it would be another cost; the rest is noise of a busy machine.
  EXPECT_TRUE(cost == kMostCost || seconds > 0.08) << cost << " " << seconds;
  EXPECT_TRUE(cost == kLeastCost || seconds < 0.8) << cost << " " << seconds;
}

TEST(Password, RulesNameWhatIsWrong) {
  EXPECT_TRUE(check_password_rules("a fine long phrase", "a@b.example"));
  EXPECT_TRUE(check_password_rules("пароль из слов", "a@b.example"));
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"short", "must be at least 12 characters long"},
      {"пароль", "must be at least 12 characters long"},
      {std::string(100'000, 'x'), "must be at most 1024 bytes long"},
      {"twelve bytes\xff", "must be valid UTF-8 without NUL"},
      {std::string("twelve bytes\0", 13), "must be valid UTF-8 without NUL"}};
  for (const auto& [password, text] : wrong) {
    const auto rules = check_password_rules(password, "");
    ASSERT_FALSE(rules) << password.substr(0, 20);
    EXPECT_EQ(rules.error(), (Error{Fault::invalid, text}));
  }
  const auto guessed = check_password_rules("PasswordPassword", "");
  ASSERT_FALSE(guessed);
  EXPECT_TRUE(guessed.error().text.starts_with("is too easy to guess"));
  EXPECT_FALSE(check_password_rules("someone@example.org", "Someone@example.org"));
  EXPECT_FALSE(check_password_rules("Griselda-2024!", "griselda@farm.example"));
  EXPECT_TRUE(check_password_rules("Griselda-2024!", "a@b.example"));
  EXPECT_FALSE(check_password_rules("Griselda-2024!", "a@b.example", "Griselda Farmer"));
}

}  // namespace
}  // namespace monitron::auth
