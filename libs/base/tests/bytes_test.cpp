#include "base/bytes.hpp"

#include <array>
#include <gtest/gtest.h>

namespace monitron {

TEST(Bytes, HexRoundTripsAndRefusesOtherText) {
  const std::string bytes("\x00\x7f\xff", 3);
  EXPECT_EQ(to_hex(bytes), "007fff");
  EXPECT_EQ(from_hex("007FfF").value(), bytes);
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_FALSE(from_hex("abc"));
}

TEST(Bytes, Base64MatchesRfc4648Vectors) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(from_base64url(to_base64url("\xff\xfe\xfd")).value(), "\xff\xfe\xfd");
  EXPECT_FALSE(from_base64url("a+b"));
  EXPECT_FALSE(from_base64url("abcde"));
  EXPECT_EQ(from_base64url("Zg").value(), "f");
  EXPECT_FALSE(from_base64url("Zh")) << "bits that no byte takes";
}

TEST(Bytes, Base32MatchesRfc4648VectorsWithoutTheirPadding) {
  const std::array expected = {"", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"};
  for (std::size_t size = 0; size < expected.size(); ++size) {
    EXPECT_EQ(to_base32(std::string_view("foobar").substr(0, size)), expected[size]);
  }
  EXPECT_EQ(to_base32(std::string(5, '\xff')), "77777777");
}

TEST(Bytes, PercentEncodingIsDecodedOnce) {
  EXPECT_EQ(percent_decode("a%20%2541+").value(), "a %41+");
  EXPECT_EQ(percent_decode("").value(), "");
  for (const char* text : {"%", "%4", "a%zz", "%4g", "100%"}) {
    EXPECT_FALSE(percent_decode(text)) << text;
  }
}

TEST(Bytes, PercentEncodingLeavesOnlyWhatIsNeverReserved) {
  EXPECT_EQ(percent_encode("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(percent_encode(std::string_view("\0 /:?&=+%#\xff", 11)),
            "%00%20%2F%3A%3F%26%3D%2B%25%23%FF");
}

TEST(Bytes, DigestsMatchPublishedVectors) {
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231 test case 2.
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
}

TEST(Bytes, Utf8IsCheckedStrictly) {
  EXPECT_TRUE(is_valid_utf8("naïve – 監視 🚀"));
  EXPECT_FALSE(is_valid_utf8("\xc0\xaf"));          // overlong
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(is_valid_utf8("\xe2\x82"));          // cut off
  EXPECT_FALSE(is_valid_utf8(std::string("a\0b", 3)));
}

}  // namespace monitron
