#include "mq/endpoint.hpp"

#include "mq/consumer.hpp"

#include <gtest/gtest.h>

namespace monitron::mq {
namespace {

TEST(Endpoint, ReadsAllParts) {
  const auto endpoint = parse_endpoint("amqps://us%40er:p%2Fw%3A@broker.example:5999/mon%2Fitron");
  ASSERT_TRUE(endpoint) << endpoint.error().text;
  EXPECT_TRUE(endpoint->tls);
  EXPECT_EQ(endpoint->user, "us@er");
  EXPECT_EQ(endpoint->password, "p/w:");
  EXPECT_EQ(endpoint->host, "broker.example");
  EXPECT_EQ(endpoint->port, 5999);
  EXPECT_EQ(endpoint->vhost, "mon/itron");
}

TEST(Endpoint, HasTheUsualDefaults) {
  const auto plain = parse_endpoint("amqp://guest:guest@localhost/");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->port, 5672);
  EXPECT_EQ(plain->vhost, "/");
  EXPECT_EQ(parse_endpoint("amqps://[::1]")->port, 5671);
  EXPECT_EQ(parse_endpoint("amqps://[::1]:1")->host, "::1");
}

TEST(Endpoint, NamesWhatIsWrong) {
  for (const auto& [url, word] : {std::pair{"http://a", "amqp"},
                                  {"amqp://h:x", "port"},
                                  {"amqp://h:70000", "port"},
                                  {"amqp://a%2@h", "user"},
                                  {"amqp://[::1", "host"},
                                  {"amqp://h/%zz", "vhost"}}) {
    const auto endpoint = parse_endpoint(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().fault, Fault::invalid);
    EXPECT_NE(endpoint.error().text.find(word), std::string::npos) << endpoint.error().text;
  }
}

TEST(Verdict, IsDecidedByTheFaultAlone) {
  EXPECT_EQ(verdict(Fault::unavailable), Verdict::retry);
  EXPECT_EQ(verdict(Fault::timeout), Verdict::retry);
  EXPECT_EQ(verdict(Fault::busy), Verdict::wait);
  EXPECT_EQ(verdict(Fault::conflict), Verdict::ack);
  EXPECT_EQ(verdict(Fault::not_found), Verdict::ack);
  for (const auto fault : {Fault::invalid, Fault::denied, Fault::bug}) {
    EXPECT_EQ(verdict(fault), Verdict::dead_letter);
  }
}

}  // namespace
}  // namespace monitron::mq
