#include "auth/vault.hpp"

#include <gtest/gtest.h>

namespace monitron::auth {
namespace {

const Vault kVault("0123456789abcdef0123456789abcdef");

TEST(Vault, OpensWhatItSealedInTheSameContextAlone) {
  for (const std::size_t size : {0, 6, 70'000}) {
    const std::string plain(size, 'x');
    const auto sealed = kVault.seal(plain, "check:1");
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(Vault::is_envelope(*sealed));
    EXPECT_EQ(kVault.open(*sealed, "check:1"), plain);
    EXPECT_FALSE(kVault.open(*sealed, "check:2"));
  }
}

TEST(Vault, TheSameSecretIsNeverTheSameEnvelope) {
  EXPECT_NE(*kVault.seal("a", "c"), *kVault.seal("a", "c"));
  EXPECT_EQ(kVault.seal("s3cret", "c")->find("s3cret"), std::string::npos);
}

TEST(Vault, AnyAlteredByteIsNoticed) {
  const std::string sealed = *kVault.seal("s3cret", "c");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(kVault.open(altered, "c")) << i;
    EXPECT_FALSE(kVault.open(sealed.substr(0, i), "c")) << i;
  }
}

TEST(Vault, AnotherKeyIsNamedAsTheReason) {
  const Vault other("another key of thirty-two bytes.");
  const auto opened = other.open(*kVault.seal("s3cret", "c"), "c");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text, "a secret was sealed with another ENCRYPTION_KEY");
}

}  // namespace
}  // namespace monitron::auth
