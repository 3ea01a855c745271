#include "auth/recovery_code.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace monitron::auth {
namespace {

TEST(RecoveryCodes, AreTenAndEachIsKnownByItsHash) {
  const auto codes = make_recovery_codes();
  std::set<std::string> texts;
  for (const auto& code : codes) {
    texts.insert(code.text);
    EXPECT_EQ(code.text.size(), 29u) << code.text;
    EXPECT_EQ(std::count(code.text.begin(), code.text.end(), '-'), 4);
    EXPECT_EQ(code.hash.size(), 64u);
    EXPECT_EQ(recovery_code_hash(code.text), code.hash);
  }
  EXPECT_EQ(texts.size(), kRecoveryCodes);
}

TEST(RecoveryCodes, AreReadAsPeopleTypeThem) {
  const auto hash = recovery_code_hash("OIBAA-AAAAA-AAAAA-AAAAA-AAA27").value();
  EXPECT_EQ(recovery_code_hash("oibaaaaaaaaaaaaaaaaaaaa27"), hash);
  EXPECT_EQ(recovery_code_hash(" 018aa aaaaa aaaaa-aaaaa-aaa27 "), hash);
  EXPECT_NE(recovery_code_hash("OIBAA-AAAAA-AAAAA-AAAAA-AAA26"), hash);
}

TEST(RecoveryCodes, NothingElseIsOne) {
  const std::vector<std::string> texts = {"",
                                          "OIBAA-AAAAA-AAAAA-AAAAA-AAA2",
                                          "OIBAA-AAAAA-AAAAA-AAAAA-AAA277",
                                          "OIBAA-AAAAA-AAAAA-AAAAA-AAA29",
                                          "OIBAA_AAAAA_AAAAA_AAAAA_AAA27",
                                          "OIBAA-AAAAA-AAAAA-AAAAA-AAA2\xc3",
                                          "OIBAA-AAAAA-AAAAA-AAAAA-AAA27" + std::string(100, ' '),
                                          std::string(1 << 20, 'A'),
                                          std::string(25, '\0')};
  for (const auto& text : texts) {
    const auto hash = recovery_code_hash(text);
    ASSERT_FALSE(hash) << text.substr(0, 40);
    EXPECT_EQ(hash.error().fault, Fault::denied);
  }
}

}  // namespace
}  // namespace monitron::auth
