#include "auth/guessable.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"

#include <gtest/gtest.h>

namespace monitron::auth {
namespace {

TEST(Guessable, AreTheWaysInWhichPeopleMakeThemLong) {
  for (const auto* password :
       {// words and what is put behind them
        "password1234", "Password123!", "P@ssw0rd1234", "welcome12345", "changeme1234",
        "iloveyou1234", "administrator", "Summer2024!!", "monitron1234", "Monitron-2025",
        "letmein-please", "secret-server", "4dm1n1str4t0r", "Passwort2023", "root@database",
        // repeats
        "passwordpassword", "adminadminadmin", "letmeinletmein", "abcabcabcabc", "hunterhunter",
        "Hunter-Hunter", "xkqxkqxkqxkq", "x9!x9!x9!x9!", "aaaaaaaaaaaa", "яяяяяяяяяяяя",
        "horse7horse7",
        // sequences
        "abcdefghijkl", "zyxwvutsrqpo", "aabbccddeeff", "abcd1234efgh", "123abc456def",
        // walks
        "qwertyuiop12", "qwertyuiopas", "asdfghjklzxc", "1q2w3e4r5t6y", "q1w2e3r4t5y6",
        "1qaz2wsx3edc", "1QAZ@WSX3edc", "zaq12wsxcde3", "!@#$%^&*()_+", "qweasdzxc123",
        "qazwsxedcrfv", "azertyuiop12", "qwertzuiop12", "asdfasdfasdf", "1234qwerasdf",
        // digits
        "123456789012", "314159265358", "147258369147", "19700101000000", "07700900123456"}) {
    EXPECT_TRUE(is_guessable(password)) << password;
  }
}

TEST(Guessable, AreNotPhrasesAndWhatGeneratorsMake) {
  for (const auto* password :
       {"correct horse battery staple", "a fine long phrase", "a long enough phrase",
        "another long phrase", "open sesame and close it", "we were so poor then",
        "Tr0ub4dor&3 on a bike", "password of a purple walrus", "пароль из слов",
        "長いパスフレーズの例文です", "31415926535897932384626", "gatekeeper-jumps-7"}) {
    EXPECT_FALSE(is_guessable(password)) << password;
  }
  for (int i = 0; i < 2000; ++i) {
    const auto random = random_string(12);
    EXPECT_FALSE(is_guessable(to_base64url(random))) << to_base64url(random);
    EXPECT_FALSE(is_guessable(to_hex(random))) << to_hex(random);
  }
}

TEST(Guessable, OwnWordsCountAsWords) {
  const auto words = words_of("Griselda.Smith@big-farm.example");
  EXPECT_EQ(words, (std::vector<std::string>{"griselda", "smith", "farm", "example"}));
  EXPECT_TRUE(is_guessable("GriseldaSmith1", words));
  EXPECT_FALSE(is_guessable("GriseldaSmith1"));
  EXPECT_TRUE(is_guessable("farm-Gr1s3ld4!", words));
}

TEST(Guessable, LongOnesAreJudgedToo) {
  EXPECT_TRUE(is_guessable(std::string(1024, 'a')));
  EXPECT_TRUE(is_guessable(std::string(1023, 'a') + "x"));
  std::string walk;
  for (int i = 0; i < 511; ++i) walk += "1q";
  EXPECT_TRUE(is_guessable(walk + "x"));
  EXPECT_FALSE(is_guessable(to_hex(random_string(512))));
}

TEST(Guessable, CharactersAreNotBytes) {
  EXPECT_EQ(utf8_characters(""), 0u);
  EXPECT_EQ(utf8_characters("aя長🂡"), 4u);
}

}  // namespace
}  // namespace monitron::auth
