#include "probe/outgoing.hpp"

#include <gtest/gtest.h>

namespace monitron::probe {
namespace {

bool reaches(const char* address, const std::vector<std::string>& allowed = {}) {
  return Outgoing::make(allowed)->may_reach(*Address::parse(address));
}

// S1.
TEST(Outgoing, ReachesNeitherThisMachineNorTheNetworksAroundIt) {
  for (const char* address : {"127.0.0.1",
                              "127.255.0.1",
                              "0.0.0.0",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.100.100.200",
                              "100.64.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "240.0.0.1",
                              "198.18.0.1",
                              "::1",
                              "::",
                              "fe80::1",
                              "fd00:ec2::254",
                              "fc00::1",
                              "ff02::1",
                              "::ffff:127.0.0.1",
                              "::ffff:169.254.169.254",
                              "::ffff:a00:1",
                              "64:ff9b::a9fe:a9fe",
                              "64:ff9b::7f00:1",
                              "2002:7f00:1::",
                              "2002:a9fe:a9fe::"}) {
    EXPECT_FALSE(reaches(address)) << address;
  }
  for (const char* address : {"93.184.216.34", "172.32.0.1", "11.0.0.1", "100.128.0.1",
                              "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"}) {
    EXPECT_TRUE(reaches(address)) << address;
  }
}

TEST(Outgoing, ReachesWhatTheOperatorLists) {
  EXPECT_TRUE(reaches("10.1.2.3", {"10.1.0.0/16"}));
  EXPECT_FALSE(reaches("10.2.2.3", {"10.1.0.0/16"}));
  EXPECT_TRUE(reaches("::1", {"::1/128"}));
  EXPECT_FALSE(Outgoing::make({"10.1.0.0/99"}));
}

// S-01.
TEST(Outgoing, UrlsAreHttpWithoutCredentialsAndWithoutForbiddenAddresses) {
  const auto outgoing = *Outgoing::make({});
  for (const char* url : {"http://hooks.example/a?b=c", "https://93.184.216.34:8443/"}) {
    EXPECT_TRUE(outgoing.check_url(url)) << url;
  }
  for (const char* url :
       {"ftp://hooks.example/", "file:///etc/passwd", "gopher://x/", "//hooks.example/", "hooks",
        "http://", "https://us:er@hooks.example/", "http://127.0.0.1/", "http://[::1]/",
        "http://[::ffff:a9fe:a9fe]/latest", "http://169.254.169.254/latest/meta-data",
        "http://hooks.example\r\nX: y/", "javascript:alert(1)"}) {
    EXPECT_FALSE(outgoing.check_url(url)) << url;
  }
}

}  // namespace
}  // namespace monitron::probe
