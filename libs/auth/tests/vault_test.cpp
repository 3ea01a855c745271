#include "auth/vault.hpp"

#include <gtest/gtest.h>

namespace monitron::auth {
namespace {

const Vault kVault("0123456789abcdef0123456789abcdef");

// S-16.
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

// S-16.
TEST(Vault, TheSameSecretIsNeverTheSameEnvelope) {
  EXPECT_NE(*kVault.seal("a", "c"), *kVault.seal("a", "c"));
  EXPECT_EQ(kVault.seal("s3cret", "c")->find("s3cret"), std::string::npos);
}

// S-16.
TEST(Vault, AnyAlteredByteIsNoticed) {
  const std::string sealed = *kVault.seal("s3cret", "c");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(kVault.open(altered, "c")) << i;
    EXPECT_FALSE(kVault.open(sealed.substr(0, i), "c")) << i;
  }
}

const std::string kOld(32, 'o'), kNew(32, 'n');

TEST(Vault, OlderKeysOpenAndTheFirstOneSeals) {
  const auto before = *Vault(kOld).seal("s3cret", "c");
  const Vault both(std::vector<std::string>{kNew, kOld});
  EXPECT_EQ(both.open(before, "c"), "s3cret");
  const auto now = *both.seal("s3cret", "c");
  EXPECT_EQ(Vault(kNew).open(now, "c"), "s3cret");
  EXPECT_FALSE(Vault(kOld).open(now, "c"));
}

// S-16.
TEST(Vault, SealsAnewWhatOlderKeysSealed) {
  const Vault both(std::vector<std::string>{kNew, kOld});
  const auto old = *Vault(kOld).seal("s3cret", "c");
  const auto today = *both.seal("t", "c");
  const auto lost = *Vault(std::string(32, 'x')).seal("lost", "c");
  const auto text =
      R"({"a":")" + old + R"(","b":[")" + today + R"(","sealed:1:","plain",")" + lost + R"("]})";
  const auto done = both.reseal(text, "c");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->sealed, 1);
  EXPECT_EQ(done->unreadable, 2);  // the one of no key, and what only begins like an envelope
  const auto start = done->text.find("sealed:1:");
  const auto fresh = done->text.substr(start, done->text.find('"', start) - start);
  EXPECT_EQ(Vault(kNew).open(fresh, "c"), "s3cret");
  auto back = done->text;
  EXPECT_EQ(back.replace(start, fresh.size(), old), text) << "nothing else has changed";
  const auto again = both.reseal(done->text, "c");
  EXPECT_EQ(again->sealed, 0);
  EXPECT_EQ(again->text, done->text);
}

TEST(Vault, AnotherKeyIsNamedAsTheReason) {
  const Vault other("another key of thirty-two bytes.");
  const auto opened = other.open(*kVault.seal("s3cret", "c"), "c");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text, "a secret was sealed with another ENCRYPTION_KEY");
}

}  // namespace
}  // namespace monitron::auth
