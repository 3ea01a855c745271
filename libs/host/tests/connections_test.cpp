// Sockets folded into edges. C-018, C-019, C-021, C-022, C-024.

#include "host/connections.hpp"

#include <gtest/gtest.h>

namespace monitron::host {
namespace {

using namespace std::chrono_literals;

IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}};
}
const IpAddress kHere = v4(10, 0, 0, 1);

TcpSocket socket(std::uint64_t cookie, std::uint16_t local, const IpAddress& peer,
                 std::uint16_t remote, TcpFigures figures = {.bytes_acked = 1, .rtt_us = 500}) {
  return {.cookie = cookie,
          .state = TcpState::established,
          .local = {kHere, local},
          .remote = {peer, remote},
          .figures = figures};
}
TcpSocket listening(std::uint16_t port) {
  return {.cookie = 1'000'000ULL + port,
          .state = TcpState::listening,
          .local = {kHere, port},
          .receive_queue = 3,
          .send_queue = 128};
}

class Connections : public testing::Test {
 protected:
  void round(const std::vector<TcpSocket>& sockets) {
    now_ += 10s;
    table_.begin_round(now_);
    for (const auto& one : sockets) table_.see_listening(one);
    for (const auto& one : sockets) table_.see(one);
    table_.end_round();
  }
  Edge edge(const std::string& peer, std::uint16_t port,
            Direction direction = Direction::outbound) {
    for (const auto& [key, one] : table_.edges()) {
      if (key.port == port && key.direction == direction && peer_of(key) == peer) return one;
    }
    ADD_FAILURE() << "no edge with " << peer << ":" << port;
    return {};
  }
  ConnectionTable table_;
  SteadyInstant now_{};
};

TEST_F(Connections, AreFoldedByServiceAndPeer) {
  const auto db = v4(10, 0, 0, 2);
  round({});
  round({listening(443), socket(1, 40001, db, 5432), socket(2, 40002, db, 5432),
         socket(3, 443, v4(10, 0, 9, 9), 51000), socket(4, 443, v4(10, 0, 9, 9), 51001)});
  EXPECT_EQ(table_.edges().size(), 2u);
  EXPECT_EQ(edge("10.0.0.2", 5432).open, 2u);
  EXPECT_EQ(edge("10.0.0.2", 5432).counts.opened, 2u);
  EXPECT_DOUBLE_EQ(edge("10.0.0.2", 5432).rtt_seconds, 0.0005);
  EXPECT_EQ(edge("10.0.9.9", 443, Direction::inbound).open, 2u);
  ASSERT_EQ(table_.listeners().size(), 1u);
  EXPECT_EQ(table_.listeners()[0].at.port, 443);
  EXPECT_EQ(table_.listeners()[0].waiting, 3u);
  EXPECT_EQ(table_.states().at(TcpState::established), 4u);
  EXPECT_EQ(table_.states().at(TcpState::listening), 1u);
}

// The kernel tells what is left of a connection that this side has closed, with its cookie.
TEST_F(Connections, WhatIsLeftOfOneThatEndedIsNotAnotherOne) {
  const auto peer = v4(10, 0, 0, 2);
  round({});
  const auto one = socket(1, 40001, peer, 80);
  round({one});
  table_.ended(one, now_ + 1s);
  auto left = one;
  left.state = TcpState::fin_wait_2;
  left.figures.reset();
  auto handshake = socket(2, 80, peer, 40002);
  handshake.state = TcpState::syn_received;
  handshake.figures.reset();
  round({left, handshake});
  round({});
  round({});
  const auto& counts = edge("10.0.0.2", 80).counts;
  EXPECT_EQ(counts.opened, 1u);
  EXPECT_EQ(counts.closed, 1u);
  EXPECT_EQ(table_.edges().size(), 1u) << "whoever has not finished a handshake is nobody";
}

// SO_LINGER of 0: the kernel has forgotten the peer and all figures.
TEST_F(Connections, OneThatThisSideCutsOffIsResetAndClosed) {
  const auto peer = v4(10, 0, 0, 2);
  round({listening(443)});
  round({listening(443), socket(1, 443, peer, 50'000)});
  round({listening(443), socket(1, 443, peer, 50'000)});
  (void)table_.take_log();
  TcpSocket ended{.cookie = 1, .local = {kHere, 443}, .figures = TcpFigures{}};
  table_.ended(ended, now_ + 1s);
  const auto counts = edge("10.0.0.2", 443, Direction::inbound).counts;
  EXPECT_EQ(counts.failed[static_cast<std::size_t>(Failure::reset)], 1u);
  EXPECT_EQ(counts.closed, 1u);
  const auto log = table_.take_log();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].failure, Failure::reset);
  EXPECT_EQ(log[0].remote.port, 50'000);
}

// C-038: what it is called stays, or its counters would begin anew.
TEST_F(Connections, AreCalledBySomeoneWhoListensAsLongAsTheyAre) {
  const Owner database{.process = "postgres"};
  const auto client = v4(10, 0, 0, 9), later = v4(10, 0, 0, 10);
  round({listening(7000), socket(1, 7000, client, 50'000)});
  now_ += 10s;
  table_.begin_round(now_);
  table_.see_listening(listening(7000), &database);
  table_.see(socket(1, 7000, client, 50'000));
  table_.see(socket(2, 7000, later, 50'000));
  table_.see(socket(3, 40'000, later, 5432));
  table_.end_round();
  EXPECT_EQ(edge("10.0.0.9", 7000, Direction::inbound).service_type, "");
  EXPECT_EQ(edge("10.0.0.10", 7000, Direction::inbound).service_type, "postgresql");
  EXPECT_EQ(edge("10.0.0.10", 5432).service_type, "postgresql");
}

TEST_F(Connections, WhatEndsBeforeTheFirstRoundIsNobodys) {
  table_.ended(socket(1, 443, v4(10, 0, 0, 2), 50'000), now_ + 1h);
  round({listening(443)});
  EXPECT_TRUE(table_.edges().empty());
  EXPECT_TRUE(table_.take_log().empty());
}

// Not all were told: those that were not are counted no second time.
TEST_F(Connections, ARoundThatFailsChangesNothing) {
  const auto peer = v4(10, 0, 0, 2);
  round({});
  const auto one = socket(1, 40001, peer, 80, {.bytes_sent = 500, .bytes_acked = 501, .rtt_us = 1});
  round({listening(22), one});
  for (int i = 0; i < 5; ++i) {
    table_.begin_round(now_ += 10s);
    table_.abandon_round();
  }
  table_.ended(socket(2, 22, peer, 50'000), now_);
  round({listening(22), one});
  const auto& counts = edge("10.0.0.2", 80).counts;
  EXPECT_EQ(counts.opened, 1u);
  EXPECT_EQ(counts.closed, 0u);
  EXPECT_EQ(counts.bytes_sent, 500u);
  EXPECT_EQ(edge("10.0.0.2", 22, Direction::inbound).counts.closed, 1u) << "who listens is known";
}

// C-014
TEST_F(Connections, AreLoggedOnceAndAgainWithTheirEnd) {
  const auto peer = v4(10, 0, 0, 2);
  const Instant wall = from_ms(1'700'000'000'000);
  const Owner web{.process = "nginx"};
  table_.begin_round(now_ += 10s, wall);
  table_.see_listening(listening(443));
  table_.see(socket(1, 443, peer, 50'000), &web);
  table_.see(socket(2, 40'000, v4(127, 0, 0, 1), 80), &web);
  table_.end_round();
  auto log = table_.take_log();
  ASSERT_EQ(log.size(), 1u) << "what stays within the host is not logged";
  EXPECT_EQ(log[0].cookie, 1u);
  EXPECT_EQ(log[0].opened, wall);
  EXPECT_FALSE(log[0].ended.has_value());
  EXPECT_EQ(log[0].direction, Direction::inbound);
  EXPECT_EQ(log[0].local.port, 443);
  EXPECT_EQ(log[0].remote.port, 50'000);
  EXPECT_EQ(log[0].owner, &web);
  table_.begin_round(now_ += 10s, wall + 10s);
  table_.see(socket(1, 443, peer, 50'000), &web);
  table_.end_round();
  EXPECT_TRUE(table_.take_log().empty()) << "it was told";
  table_.ended(socket(1, 443, peer, 50'000,
                      {.bytes_sent = 9, .bytes_acked = 11, .bytes_received = 5, .rtt_us = 1}),
               now_ + 3s);
  log = table_.take_log();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].opened, wall) << "the same as before";
  EXPECT_EQ(log[0].ended, wall + 13s);
  EXPECT_FALSE(log[0].failure.has_value());
  EXPECT_EQ(log[0].bytes_sent, 9u);
  EXPECT_EQ(log[0].bytes_received, 5u);
  EXPECT_EQ(log[0].owner, &web) << "as it was known while it was open";
}

// Nobody has seen it before its end.
TEST_F(Connections, AttemptsThatFailedAreLogged) {
  table_.begin_round(now_, from_ms(50'000));
  table_.end_round();
  table_.ended(socket(7, 40'000, v4(10, 0, 0, 2), 22, {.segments_sent = 1, .segments_received = 1}),
               now_ + 2s);
  const auto log = table_.take_log();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].failure, Failure::refused);
  EXPECT_EQ(log[0].opened, from_ms(52'000));
  EXPECT_EQ(log[0].ended, from_ms(52'000));
}

TEST_F(Connections, TheLogIsBoundedAndWhatIsLeftOutIsCounted) {
  table_ = ConnectionTable({.logged = 2});
  const auto peer = v4(10, 0, 0, 2);
  const std::vector<TcpSocket> open{socket(1, 40'001, peer, 80), socket(2, 40'002, peer, 80),
                                    socket(3, 40'003, peer, 80)};
  round(open);
  EXPECT_TRUE(table_.take_log().empty()) << "whose they are is looked up first";
  round(open);
  EXPECT_EQ(table_.take_log().size(), 2u);
  round(open);
  EXPECT_EQ(table_.take_log().size(), 1u) << "the third has waited for its turn";
  for (const auto& one : open) table_.ended(one, now_);
  EXPECT_EQ(table_.take_log().size(), 2u);
  EXPECT_EQ(table_.unlogged(), 1u);
}

// C-023
TEST_F(Connections, AListenerThatIsGoneIsToldOfAsDown) {
  const auto up = [&](std::uint16_t port) -> std::optional<bool> {
    for (const auto& one : table_.listeners()) {
      if (one.at.port == port) return one.up;
    }
    return std::nullopt;
  };
  round({listening(443)});
  round({listening(443), listening(8080)});
  EXPECT_EQ(up(443), true);
  EXPECT_EQ(up(8080), true);
  round({});
  EXPECT_EQ(up(443), false) << "within a round";
  EXPECT_EQ(up(8080), std::nullopt) << "it was there for a moment";
  now_ += 23h;
  round({});
  EXPECT_EQ(up(443), false);
  round({listening(443)});
  EXPECT_EQ(up(443), true);
  round({});
  now_ += 25h;
  round({});
  EXPECT_EQ(up(443), std::nullopt) << "nobody missed it for a day";
}

TEST_F(Connections, ListenersThatAreGoneAreBounded) {
  table_ = ConnectionTable({.ended_listeners = 2});
  round({listening(1), listening(2), listening(3), listening(4)});
  round({listening(4)});
  EXPECT_EQ(table_.listeners().size(), 3u);
}

TEST_F(Connections, ProcessesThatHaveThemAreCounted) {
  const Owner web{.process = "nginx"}, job{.process = "cron"};
  table_.begin_round(now_);
  table_.see_listening(listening(443), &web);
  auto shared = listening(443);
  shared.cookie = 5;
  table_.see_listening(shared, &job);
  const auto peer = v4(10, 0, 0, 2);
  table_.see(socket(1, 40001, peer, 5432), &web);
  table_.see(socket(2, 40002, peer, 5432), &web);
  table_.see(socket(3, 40003, peer, 5432), &job);
  table_.see(socket(4, 40004, peer, 5432));
  table_.end_round();
  const std::map<const Owner*, std::uint64_t> open_by{{&web, 2}, {&job, 1}};
  EXPECT_EQ(edge("10.0.0.2", 5432).open_by, open_by);
  EXPECT_EQ(edge("10.0.0.2", 5432).open, 4u);
  ASSERT_EQ(table_.listeners().size(), 1u) << "a port that is shared is one listener";
  EXPECT_EQ(table_.listeners()[0].owner, &web);
  EXPECT_EQ(table_.listeners()[0].waiting, 6u);
  round({});
  const std::map<const Owner*, std::uint64_t> none_any_more{{&web, 0}, {&job, 0}};
  EXPECT_EQ(edge("10.0.0.2", 5432).open_by, none_any_more);
  round({});
  EXPECT_TRUE(edge("10.0.0.2", 5432).open_by.empty());
}

// After a start counters begin at zero: a rate takes that for what it is.
TEST_F(Connections, WhatWasDoneBeforeTheFirstRoundCountsForNobody) {
  const auto peer = v4(10, 0, 0, 2);
  const TcpFigures before{.bytes_sent = 5000, .bytes_acked = 5001, .rtt_us = 1};
  round({socket(1, 40001, peer, 80, before)});
  EXPECT_EQ(edge("10.0.0.2", 80).open, 1u);
  EXPECT_EQ(edge("10.0.0.2", 80).counts.opened, 0u);
  EXPECT_EQ(edge("10.0.0.2", 80).counts.bytes_sent, 0u);
  auto ended = socket(1, 40001, peer, 80,
                      {.bytes_sent = 5003, .bytes_acked = 5005, .bytes_received = 1, .rtt_us = 1});
  table_.ended(ended, now_ + 1s);
  EXPECT_EQ(edge("10.0.0.2", 80).counts.bytes_sent, 3u);
  EXPECT_EQ(edge("10.0.0.2", 80).counts.closed, 1u);
}

TEST_F(Connections, WhatWentOverThemIsCountedOnce) {
  const auto peer = v4(10, 0, 0, 2);
  round({});
  round({socket(1, 40001, peer, 80, {.bytes_sent = 100, .bytes_acked = 101, .rtt_us = 1})});
  round({socket(1, 40001, peer, 80,
                {.bytes_sent = 350,
                 .bytes_resent = 50,
                 .bytes_acked = 301,
                 .bytes_received = 7,
                 .segments_sent = 9,
                 .segments_resent = 1,
                 .rtt_us = 1,
                 .busy_us = 5})});
  table_.ended(socket(1, 40001, peer, 80,
                      {.bytes_sent = 360,
                       .bytes_resent = 50,
                       .bytes_acked = 312,
                       .bytes_received = 7,
                       .segments_sent = 10,
                       .segments_resent = 1,
                       .rtt_us = 1,
                       .busy_us = 6}),
               now_ + 2s);
  round({});
  const auto counts = edge("10.0.0.2", 80).counts;
  EXPECT_EQ(counts.bytes_sent, 310u) << "each byte once";
  EXPECT_EQ(counts.bytes_received, 7u);
  EXPECT_EQ(counts.segments_sent, 10u);
  EXPECT_EQ(counts.segments_resent, 1u);
  EXPECT_EQ(counts.busy_us, 6u);
  EXPECT_EQ(counts.opened, 1u);
  EXPECT_EQ(counts.closed, 1u);
  EXPECT_EQ(counts.failed, (decltype(counts.failed){}));
  EXPECT_DOUBLE_EQ(counts.duration_seconds, 12);
  EXPECT_EQ(counts.durations[3], 1u) << "up to a minute";
  EXPECT_EQ(edge("10.0.0.2", 80).open, 0u);
}

TEST_F(Connections, ThoseThatNoRoundSawAreCounted) {
  round({listening(80)});
  const TcpFigures done{.bytes_sent = 10, .bytes_acked = 11, .bytes_received = 4, .rtt_us = 9};
  for (std::uint64_t i = 1; i <= 5; ++i) {
    table_.ended(socket(i, 80, v4(10, 1, 1, 1), 50'000, done), now_ + 4s);
  }
  const auto counts = edge("10.1.1.1", 80, Direction::inbound).counts;
  EXPECT_EQ(counts.opened, 5u);
  EXPECT_EQ(counts.closed, 5u);
  EXPECT_EQ(counts.bytes_sent, 50u);
  EXPECT_EQ(counts.durations[2], 5u);
  EXPECT_DOUBLE_EQ(counts.duration_seconds, 10) << "half of four seconds each";
}

TEST_F(Connections, ThatCameToNothingAreToldByCause) {
  round({});
  const auto peer = v4(10, 0, 0, 3);
  const auto ends = [&](std::uint64_t cookie, TcpFigures figures) {
    table_.ended(socket(cookie, 40000, peer, 9, figures), now_);
  };
  ends(1, {.segments_sent = 1, .segments_received = 1});
  ends(2, {.segments_sent = 3, .segments_resent = 2});
  ends(3, {.segments_sent = 1});
  ends(4, {.bytes_sent = 3, .bytes_acked = 4, .rtt_us = 7});
  ends(5, {.bytes_sent = 3, .bytes_acked = 5, .rtt_us = 7});
  ends(6, {});
  const auto counts = edge("10.0.0.3", 9).counts;
  EXPECT_EQ(counts.failed, (std::array<std::uint64_t, 4>{1, 1, 1, 1}));
  EXPECT_EQ(counts.opened, 2u) << "one of them ended well, one was reset";
  EXPECT_EQ(counts.closed, 2u);
}

// The kernel forgets whom a connect() was for that blocked and failed.
TEST_F(Connections, ThatWereSeenToWaitForNothingTimedOut) {
  auto waits = socket(1, 40001, v4(10, 0, 0, 2), 80, {.segments_sent = 1});
  waits.state = TcpState::syn_sent;
  round({waits});
  waits.remote = {};
  waits.figures = TcpFigures{};
  table_.ended(waits, now_ + 1s);
  round({});
  EXPECT_EQ(edge("10.0.0.2", 80).counts.failed, (std::array<std::uint64_t, 4>{0, 1, 0, 0}));
  EXPECT_EQ(edge("10.0.0.2", 80).connecting, 0u);
}

TEST_F(Connections, WhoseEndWasNotToldAreClosedARoundLater) {
  const auto peer = v4(10, 0, 0, 2);
  round({socket(1, 40001, peer, 80)});
  round({});
  EXPECT_EQ(edge("10.0.0.2", 80).counts.closed, 0u) << "it may still be told";
  round({});
  EXPECT_EQ(edge("10.0.0.2", 80).counts.closed, 1u);
}

TEST_F(Connections, ThatAreBegunAreNotOpen) {
  auto one = socket(1, 40001, v4(10, 0, 0, 2), 80, {.segments_sent = 1});
  one.state = TcpState::syn_sent;
  round({one});
  EXPECT_EQ(edge("10.0.0.2", 80).connecting, 1u);
  EXPECT_EQ(edge("10.0.0.2", 80).open, 0u);
  EXPECT_EQ(edge("10.0.0.2", 80).counts.opened, 0u);
  one.state = TcpState::time_wait;
  round({one});
  EXPECT_EQ(table_.states().at(TcpState::time_wait), 1u);
}

TEST_F(Connections, ManyPeersAreCountedByPrefix) {
  table_ = ConnectionTable({.edges = 3, .prefixes = 2});
  std::vector<TcpSocket> sockets = {listening(80)};
  const auto from = [&](const IpAddress& peer) {
    sockets.push_back(socket(sockets.size(), 80, peer, 50'000));
  };
  for (std::uint8_t i = 1; i <= 3; ++i) from(v4(10, 0, 0, i));
  for (std::uint8_t i = 1; i <= 5; ++i) from(v4(10, 0, 1, i));
  IpAddress v6{{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9}};
  from(v6);
  for (std::uint8_t i = 1; i <= 4; ++i) from(v4(10, 0, static_cast<std::uint8_t>(i + 1), 1));
  round(sockets);
  const auto open = [&](const char* peer) { return edge(peer, 80, Direction::inbound).open; };
  EXPECT_EQ(table_.edges().size(), 6u);
  EXPECT_EQ(open("10.0.0.2"), 1u);
  EXPECT_EQ(open("10.0.1.0/24"), 5u);
  EXPECT_EQ(open("2001:db8:0:1::/64"), 1u);
  EXPECT_EQ(open("*"), 4u) << "counted, not dropped";
}

TEST_F(Connections, ManyPortsAreCountedInOne) {
  table_ = ConnectionTable({.edges = 1, .prefixes = 1});
  std::vector<TcpSocket> sockets;
  for (std::uint16_t port = 1; port <= 100; ++port) {
    sockets.push_back(socket(port, 40'000, v4(10, 0, 0, 1), port));
  }
  round(sockets);
  EXPECT_LE(table_.edges().size(), 4u);
  EXPECT_GE(edge("*", 0).open, 97u);
}

TEST_F(Connections, EdgesOnWhichNothingHappensAreForgotten) {
  table_ = ConnectionTable({.edges = 1, .prefixes = 1, .keep = 1min});
  round({socket(1, 40001, v4(10, 0, 0, 2), 80)});
  table_.ended(socket(1, 40001, v4(10, 0, 0, 2), 80), now_);
  for (int i = 0; i < 7; ++i) round({});
  EXPECT_TRUE(table_.edges().empty());
  round({socket(2, 40001, v4(10, 0, 0, 3), 80)});
  EXPECT_EQ(edge("10.0.0.3", 80).open, 1u) << "there is room again";
  for (int i = 0; i < 20; ++i) round({socket(2, 40001, v4(10, 0, 0, 3), 80)});
  EXPECT_EQ(edge("10.0.0.3", 80).open, 1u) << "it is open";
}

// A stranger is told apart although the table is full of those who came by a while ago (C-012).
TEST_F(Connections, WhoIsIdleLongestMakesRoomForANewPeer) {
  table_ = ConnectionTable({.edges = 2, .prefixes = 1});
  const auto first = socket(1, 40001, v4(10, 0, 0, 1), 80);
  const auto second = socket(2, 40002, v4(10, 0, 0, 2), 80);
  round({first, second});
  table_.ended(first, now_ + 1s);
  round({second});
  table_.ended(second, now_ + 1s);
  const auto third = socket(3, 40003, v4(10, 0, 0, 3), 80);
  const auto fourth = socket(4, 40004, v4(10, 0, 0, 4), 80);
  table_.ended(third, now_ + 2s);
  table_.ended(fourth, now_ + 3s);
  round({});
  EXPECT_EQ(edge("10.0.0.2", 80).counts.closed, 1u) << "its end had not been told yet";
  EXPECT_EQ(edge("10.0.0.3", 80).counts.closed, 1u);
  EXPECT_EQ(edge("10.0.0.0/24", 80).counts.closed, 1u);
  round({fourth});
  EXPECT_EQ(edge("10.0.0.4", 80).open, 1u);
  EXPECT_EQ(edge("10.0.0.3", 80).counts.closed, 1u) << "the one before it was idle longer";
  EXPECT_EQ(table_.edges().size(), 3u);
}

TEST_F(Connections, WhoIsStillThereMakesNoRoom) {
  table_ = ConnectionTable({.edges = 1, .prefixes = 1});
  const auto first = socket(1, 40001, v4(10, 0, 0, 1), 80);
  for (int i = 0; i < 200; ++i) round({first});
  round({first, socket(2, 40002, v4(10, 0, 0, 2), 80)});
  EXPECT_EQ(edge("10.0.0.1", 80).open, 1u);
  EXPECT_EQ(edge("10.0.0.0/24", 80).open, 1u);
}

TEST_F(Connections, AFloodOfPeersIsFoldedAllTheSame) {
  table_ = ConnectionTable({.edges = 10, .prefixes = 1, .keep = 15min, .replaced = 5});
  std::set<std::string> peers;
  std::uint64_t cookie = 0;
  for (int i = 0; i < 180; ++i) {  // half an hour
    for (int j = 0; j < 20; ++j) {
      const auto peer = v4(10, 0, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j));
      table_.ended(socket(++cookie, 80, peer, 50'000), now_ + 1s);
    }
    round({});
    for (const auto& [key, one] : table_.edges()) {
      if (key.prefix == 128) peers.insert(peer_of(key));
    }
    ASSERT_LE(table_.edges().size(), 13u);
  }
  EXPECT_GE(peers.size(), 20u);
  EXPECT_LE(peers.size(), 10u + 5u + 2 * 10u);
}

}  // namespace
}  // namespace monitron::host
