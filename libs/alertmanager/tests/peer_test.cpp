#include "alertmanager/peer.hpp"

#include <gtest/gtest.h>

namespace monitron::alertmanager {
namespace {

// M-199, X-01.
TEST(AlertmanagerPeers, OlderPathsAreMapped) {
  for (const char* url : {"http://a:9093", "http://a:9093/", "http://a:9093/api/v1/alerts",
                          "http://a:9093/api/v2/alerts", "http://a:9093/api/v2/alerts/"}) {
    const auto read = parse_peers({url});
    ASSERT_TRUE(read) << url;
    EXPECT_EQ(read->peers, std::vector{Peer{.url = "http://a:9093"}}) << url;
    EXPECT_EQ(read->old_path, std::string(url).find("v1") != std::string::npos) << url;
  }
  EXPECT_EQ(parse_peers({"https://a/am/api/v1/alerts"})->peers.at(0).url, "https://a/am");
}

// X-04.
TEST(AlertmanagerPeers, EachIsOneOnce) {
  const auto read = parse_peers({"http://a:1", "http://b:1/api/v1/alerts", "http://a:1/"});
  ASSERT_TRUE(read);
  ASSERT_EQ(read->peers.size(), 2U);
  EXPECT_EQ(read->peers[1].url, "http://b:1");
}

TEST(AlertmanagerPeers, WhatOpensThemIsNoPartOfTheirName) {
  const auto read = parse_peers({"http://us:p%40ss%2Fw+rd@a:9093/x"});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->peers.at(0),
            (Peer{.url = "http://a:9093/x", .user = "us", .password = "p@ss/w+rd"}));
}

TEST(AlertmanagerPeers, WhatIsNoAddressIsRefusedWithoutBeingShown) {
  for (const char* url : {"a:9093", "ftp://us:secret@a", "http://us:secret@", "http://a/?x=1"}) {
    const auto read = parse_peers({url});
    ASSERT_FALSE(read) << url;
    EXPECT_EQ(read.error().fault, Fault::invalid);
    EXPECT_EQ(read.error().text.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace monitron::alertmanager
