#include "base/ip_network.hpp"

#include <gtest/gtest.h>

namespace monitron {
namespace {

bool is_in(std::string_view whole, std::string_view part) {
  const auto network = parse_ip_network(whole);
  const auto one = parse_ip_network(part);
  EXPECT_TRUE(network) << whole;
  EXPECT_TRUE(one) << part;
  return network && one && includes(*network, *one);
}

TEST(IpNetworks, HoldTheAddressesOfTheirBits) {
  EXPECT_TRUE(is_in("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(is_in("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(is_in("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(is_in("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(is_in("10.0.0.7", "10.0.0.7"));
  EXPECT_FALSE(is_in("10.0.0.7", "10.0.0.6"));
  EXPECT_TRUE(is_in("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(is_in("0.0.0.0/0", "2001:db8::1"));
  EXPECT_FALSE(is_in("::/0", "8.8.8.8"));
  EXPECT_TRUE(is_in("::/0", "2001:db8::1"));
  EXPECT_TRUE(is_in("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(is_in("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(is_in("10.0.0.0/8", "::ffff:10.1.2.3"));
}

TEST(IpNetworks, HoldNetworksThatAreWhollyInThem) {
  EXPECT_TRUE(is_in("10.0.0.0/8", "10.1.2.0/24"));
  EXPECT_TRUE(is_in("10.1.2.0/24", "10.1.2.0/24"));
  EXPECT_FALSE(is_in("10.1.2.0/25", "10.1.2.0/24"));
}

TEST(IpNetworks, AreCutOffBehindTheirBits) {
  EXPECT_EQ(parse_ip_network("10.9.8.7/8"), parse_ip_network("10.0.0.0/8"));
}

TEST(IpNetworks, WhatIsNoneIsNotTaken) {
  for (const auto* text : {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/9",
                           "10.0.0/8", "10.0.0.0 /8", "10.0.0.0/8 ", "::/129", "*", "db-1",
                           "10.0.0.0/0x8", "1.2.3.4.5", "::ffff:10.0.0.0/130"}) {
    EXPECT_FALSE(parse_ip_network(text)) << text;
  }
}

}  // namespace
}  // namespace monitron
