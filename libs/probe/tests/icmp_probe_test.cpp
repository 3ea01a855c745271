// ICMP against the loopback and against a network whose every answer the test makes.

#include "target.hpp"
#include "tun_network.hpp"

#include <atomic>
#include <gtest/gtest.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::chrono_literals;

namespace {

domain::CheckDefinition ping(const std::string& target, int count = 3) {
  auto check = check_of(CheckKind::icmp, target);
  auto& icmp = check.use<domain::IcmpSettings>();
  icmp.count = count;
  icmp.interval = 10ms;
  icmp.packet_timeout = 100ms;
  return check;
}

double packet_rtt(const domain::ProbeOutcome& outcome, int sequence) {
  for (const auto& value : outcome.values) {
    if (value.name == "probe_icmp_packet_rtt_seconds" &&
        value.labels.front().second == std::to_string(sequence)) {
      return value.value;
    }
  }
  return -1;
}

// Echo requests of a packet that a peer sees; all else (neighbours being looked for) is passed by.
bool is_request(std::string_view packet) {
  const bool v6 = static_cast<unsigned char>(packet[0]) >> 4 == 6;
  if (v6)
    return packet.size() > 48 && packet[6] == 58 && static_cast<unsigned char>(packet[40]) == 128;
  return packet.size() > 28 && packet[9] == 1 && packet[20] == 8;
}

// Runs the check in a network where the n-th request (from 1) is answered by `answer`.
using Answer = std::function<std::vector<std::string>(int number, std::string_view request)>;
domain::ProbeOutcome run_in(bool ping_sockets, const Answer& answer,
                            const domain::CheckDefinition& check) {
  domain::ProbeOutcome outcome;
  int number = 0;
  const Peer peer = [&](std::string_view packet) -> std::vector<std::string> {
    if (!is_request(packet)) return {};
    return answer(++number, packet);
  };
  if (!in_tun_network(ping_sockets, peer, [&] { outcome = run_once(check); })) {
    outcome.reason = "no network";
  }
  return outcome;
}

#define SKIP_WITHOUT_NETWORK(outcome) \
  if ((outcome).reason == "no network") GTEST_SKIP() << "networks may not be made here"

}  // namespace

// M-029, M-103, A-002, A-007.
TEST(IcmpProbe, LoopbackAnswersEveryPacket) {
  EXPECT_EQ(domain::IcmpSettings().count, 5);
  EXPECT_EQ(domain::IcmpSettings().packet_timeout, 2s);
  for (const char* target : {"127.0.0.1", "::1"}) {
    const auto outcome = run_once(ping(target, 5));
    if (outcome.reason.find("permitted") != std::string::npos) {
      EXPECT_EQ(outcome.status, CheckStatus::unknown);
      GTEST_SKIP() << outcome.reason;
    }
    EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
    EXPECT_EQ(value_of(outcome, "probe_icmp_packets_received"), 5);
    EXPECT_EQ(value_of(outcome, "probe_icmp_packet_loss_ratio"), 0);
    EXPECT_GT(value_of(outcome, "probe_icmp_rtt_seconds"), 0);
    EXPECT_EQ(value_of(outcome, "probe_icmp_duplicates"), 0);
    for (int i = 1; i <= 5; ++i) EXPECT_GT(packet_rtt(outcome, i), 0);
    EXPECT_LT(outcome.duration, 1s) << "ends with the last answer";
  }
}

// M-103, A-043, A-046: both kinds of socket, both families.
TEST(IcmpProbe, PingSocketsComeFirstAndRawOnesWhereTheyAreNotAllowed) {
  for (const bool ping_sockets : {true, false}) {
    for (const char* target : {"10.99.0.2", "fd99::2"}) {
      const bool v6 = std::string(target) == "fd99::2";
      std::atomic<int> ping_used{0};
      std::atomic<int> raw_used{0};
      const auto outcome = run_in(
          ping_sockets,
          [&](int, std::string_view request) {
            ping_used = sockets_in(v6 ? "icmp6" : "icmp");
            raw_used = sockets_in(v6 ? "raw6" : "raw");
            return std::vector{echo_reply_to(request)};
          },
          ping(target));
      SKIP_WITHOUT_NETWORK(outcome);
      EXPECT_EQ(outcome.status, CheckStatus::up) << target << ": " << outcome.reason;
      EXPECT_EQ(value_of(outcome, "probe_icmp_packets_received"), 3);
      EXPECT_EQ(ping_used, ping_sockets ? 1 : 0) << target;
      EXPECT_EQ(raw_used, ping_sockets ? 0 : 1) << target;
    }
  }
}

// which packets were lost stays known.
TEST(IcmpProbe, LostPacketsHaveNoTimeAndTheRunEndsWithTheirPatience) {
  auto check = ping("10.99.0.2", 5);
  const Answer answer = [](int number, std::string_view request) {
    return number == 2 || number == 3 ? std::vector<std::string>()
                                      : std::vector{echo_reply_to(request)};
  };
  const auto outcome = run_in(false, answer, check);
  SKIP_WITHOUT_NETWORK(outcome);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.reason, "2 of 5 packets were lost");
  EXPECT_NEAR(value_of(outcome, "probe_icmp_packet_loss_ratio"), 0.4, 1e-9);
  EXPECT_GT(packet_rtt(outcome, 1), 0);
  EXPECT_EQ(packet_rtt(outcome, 2), -1);
  EXPECT_EQ(packet_rtt(outcome, 3), -1);
  EXPECT_GT(packet_rtt(outcome, 5), 0);
  EXPECT_GE(outcome.duration, 110ms);
  EXPECT_LT(outcome.duration, 1s);

  check.use<domain::IcmpSettings>().max_loss_percent = 39;
  EXPECT_EQ(run_in(false, answer, check).status, CheckStatus::down);
  check.use<domain::IcmpSettings>().max_loss_percent = 40;
  EXPECT_EQ(run_in(false, answer, check).status, CheckStatus::up);
}

//
TEST(IcmpProbe, SilenceIsDownWithEveryPacketLost) {
  const auto silent = [](int, std::string_view) { return std::vector<std::string>(); };
  const auto outcome = run_in(true, silent, ping("10.99.0.2"));
  SKIP_WITHOUT_NETWORK(outcome);
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "3 of 3 packets were lost");
  EXPECT_EQ(value_of(outcome, "probe_icmp_packet_loss_ratio"), 1);
  EXPECT_EQ(outcome.details.at("packet_rtt_ms"), "- - -");
}

TEST(IcmpProbe, DuplicatesAndLateAnswersAreCountedAndAreNoSuccess) {
  std::string first;
  const Answer answer = [&](int number, std::string_view request) {
    const std::string reply = echo_reply_to(request);
    if (number == 1) {
      first = reply;
      return std::vector<std::string>();
    }
    return std::vector{first, reply, reply};
  };
  auto check = ping("10.99.0.2", 2);
  check.use<domain::IcmpSettings>().interval = 80ms;
  check.use<domain::IcmpSettings>().packet_timeout = 40ms;
  const auto outcome = run_in(true, answer, check);
  SKIP_WITHOUT_NETWORK(outcome);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_icmp_packets_received"), 1);
  EXPECT_EQ(value_of(outcome, "probe_icmp_late_replies"), 1);
  EXPECT_EQ(packet_rtt(outcome, 1), -1);
  EXPECT_NE(outcome.reason.find("1 answers came too late"), std::string::npos) << outcome.reason;

  auto twice = ping("10.99.0.2", 2);
  const auto doubled = run_in(
      true,
      [](int, std::string_view request) {
        return std::vector{echo_reply_to(request), echo_reply_to(request)};
      },
      twice);
  EXPECT_EQ(value_of(doubled, "probe_icmp_packets_received"), 2);
  EXPECT_GE(value_of(doubled, "probe_icmp_duplicates"), 1);
}

TEST(IcmpProbe, RoutersWordsAreTheReasonAndEndTheWait) {
  struct Case {
    const char* target;
    int type;
    int code;
    std::size_t quoted;
    const char* text;
  };
  for (const bool ping_sockets : {true, false}) {
    for (const Case& one : {Case{"10.99.0.2", 3, 1, 64, "host unreachable, told by 10.99.0.254"},
                            Case{"10.99.0.2", 11, 0, 8, "time to live exceeded on the way"},
                            Case{"10.99.0.2", 3, 13, 64, "prohibited by a filter"},
                            Case{"fd99::2", 1, 3, 64, "address unreachable, told by fd99::fe"},
                            Case{"fd99::2", 3, 0, 64, "hop limit exceeded on the way"}}) {
      const auto outcome = run_in(
          ping_sockets,
          [&](int, std::string_view request) {
            return std::vector{icmp_error_to(request, one.type, one.code, one.quoted)};
          },
          ping(one.target));
      SKIP_WITHOUT_NETWORK(outcome);
      EXPECT_EQ(outcome.status, CheckStatus::down);
      EXPECT_NE(outcome.reason.find(one.text), std::string::npos) << outcome.reason;
      if (one.quoted > 8) {
        EXPECT_LT(outcome.duration, 100ms);
      }
    }
  }
}

TEST(IcmpProbe, ANetworkWithoutAWayIsTroubleOfOurs) {
  const auto silent = [](int, std::string_view) { return std::vector<std::string>(); };
  const auto outcome = run_in(true, silent, ping("192.0.2.1"));
  SKIP_WITHOUT_NETWORK(outcome);
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_NE(outcome.reason.find("cannot be sent"), std::string::npos) << outcome.reason;
}

}  // namespace monitron::probe
