// Echo requests, replies and quotes as bytes, and the figures of a run.

#include "probe/icmp_packets.hpp"

#include "probe/icmp_figures.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::probe {

namespace {

std::string reply_of(std::string_view request, bool v6) {
  std::string reply(request);
  reply[0] = static_cast<char>(v6 ? 129 : 0);
  return reply;
}

}  // namespace

TEST(IcmpPackets, ARequestComesBackAsItsReply) {
  for (const bool v6 : {false, true}) {
    const Echo sent{7, 65'535, 0x1122334455667788U, 99};
    const std::string request(write_echo_request(sent, 56, v6));
    EXPECT_EQ(request.size(), 64U);
    EXPECT_FALSE(read_echo_reply(request, v6, false)) << "a request is no reply";
    const auto heard = read_echo_reply(reply_of(request, v6), v6, false);
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->id, 7);
    EXPECT_EQ(heard->sequence, 65'535);
    EXPECT_EQ(heard->nonce, sent.nonce);
    EXPECT_EQ(heard->index, 99);
  }
}

TEST(IcmpPackets, SizesBeyondTheLimitsAreBroughtWithinThem) {
  EXPECT_EQ(write_echo_request({}, 0, false).size(), kEchoHeader + kEchoMark);
  EXPECT_EQ(write_echo_request({}, 1'000'000, false).size(), kLargestEcho);
}

TEST(IcmpPackets, AShortQuoteKeepsTheSequenceAlone) {
  const std::string request(write_echo_request({9, 300, 5, 2}, 56, false));
  const auto brief = read_quoted_request(request.substr(0, 8), false);
  ASSERT_TRUE(brief);
  EXPECT_EQ(brief->sequence, 300);
  EXPECT_FALSE(brief->mark);
  const auto whole = read_quoted_request(request, false);
  ASSERT_TRUE(whole && whole->mark);
  EXPECT_EQ(whole->mark->first, 5U);
  EXPECT_EQ(whole->mark->second, 2);
  EXPECT_FALSE(read_quoted_request(request.substr(0, 7), false));
}

TEST(IcmpPackets, ErrorsHaveNames) {
  EXPECT_EQ(icmp_error_text(3, 1, false), "host unreachable");
  EXPECT_EQ(icmp_error_text(11, 0, false), "time to live exceeded on the way");
  EXPECT_EQ(icmp_error_text(3, 15, false), "destination unreachable");
  EXPECT_EQ(icmp_error_text(1, 3, true), "address unreachable");
  EXPECT_EQ(icmp_error_text(200, 1, true), "ICMP error 200/1");
}

RC_GTEST_PROP(IcmpPackets, HostileBytesAreReadOrRefused, (const std::string& bytes)) {
  for (const bool v6 : {false, true}) {
    (void)read_echo_reply(bytes, v6, false);
    (void)read_echo_reply(bytes, v6, true);
    (void)read_quoted_request(bytes, v6);
  }
}

//
TEST(IcmpFigures, AreThoseOfTheAnswers) {
  const std::int64_t rtts[] = {4'000'000, -1, 1'000'000, 3'000'000, 8'000'000};
  const auto figures = rtt_figures(rtts);
  ASSERT_TRUE(figures);
  EXPECT_DOUBLE_EQ(figures->min, 0.001);
  EXPECT_DOUBLE_EQ(figures->avg, 0.004);
  EXPECT_DOUBLE_EQ(figures->max, 0.008);
  EXPECT_DOUBLE_EQ(figures->median, 0.0035);
  EXPECT_NEAR(figures->stddev, std::sqrt(26.0 / 4) / 1000, 1e-12);
  EXPECT_NEAR(figures->jitter, 0.010 / 3, 1e-12);
  EXPECT_FALSE(rtt_figures(std::vector<std::int64_t>{-1, -1}));
}

RC_GTEST_PROP(IcmpFigures, StayWithinTheAnswers, ()) {
  const auto rtts = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::inRange<std::int64_t>(0, 60'000'000'000)));
  const auto figures = rtt_figures(rtts);
  RC_ASSERT(figures.has_value());
  RC_ASSERT(figures->min <= figures->median && figures->median <= figures->max);
  RC_ASSERT(figures->min <= figures->avg * (1 + 1e-12));
  RC_ASSERT(figures->avg <= figures->max * (1 + 1e-12));
  RC_ASSERT(figures->stddev >= 0 && figures->jitter <= figures->max - figures->min + 1e-12);
}

}  // namespace monitron::probe
