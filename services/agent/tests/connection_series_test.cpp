// Connections as series.

#include "agent/connection_series.hpp"

#include <gtest/gtest.h>
#include <set>

namespace monitron::agent {
namespace {

host::IpAddress address(std::size_t number) {
  host::IpAddress ip{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 0}};
  ip.bytes[13] = static_cast<std::uint8_t>(number >> 16);
  ip.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  ip.bytes[15] = static_cast<std::uint8_t>(number);
  return ip;
}

// As much of everything as a host could have, each connection by another process, on another port,
// with another network.
host::ConnectionRound crowded() {
  constexpr std::size_t kMany = 5000;
  static std::vector<host::Owner> owners(kMany);
  host::ConnectionTable table;
  const SteadyInstant start{};
  table.begin_round(start);
  for (std::size_t i = 0; i < kMany; ++i) {
    owners[i].process = "process-" + std::to_string(i);
    table.see_listening({.state = host::TcpState::listening,
                         .local = {address(1), static_cast<std::uint16_t>(i + 1)}},
                        &owners[i]);
  }
  const auto connection = [&](std::size_t i) {
    return host::TcpSocket{.cookie = i + 1,
                           .state = host::TcpState::established,
                           .local = {address(1), static_cast<std::uint16_t>(i / 4 + 1)},
                           .remote = {address(256 * i), 50'000},
                           .figures = host::TcpFigures{.bytes_acked = 1, .rtt_us = 10}};
  };
  for (std::size_t i = 0; i < kMany; ++i) table.see(connection(i), &owners[i]);
  table.end_round();
  for (std::size_t i = 0; i < kMany; ++i) {
    table.ended(connection(i), start + std::chrono::seconds(1));
  }
  return {.edges = table.edges(), .listeners = table.listeners(), .states = table.states()};
}

TEST(ConnectionSeries, AreNeverMoreThanADictionaryHolds) {
  const Labels own{{"host", "db-1"}};
  Measurements out(own);
  add_connections(crowded(), out);
  EXPECT_LE(out.all().size(), contracts::Limits{}.series);
  EXPECT_GT(out.all().size(), 15'000u) << "a crowd";
  std::set<contracts::Series> different;
  std::map<std::string, double> left_out;
  double closed = 0;
  for (const auto& one : out.all()) {
    EXPECT_TRUE(different.insert(one.series).second) << one.series.name;
    if (one.series.name == "connection_closed_total") closed += one.value;
    if (one.series.name != "monitron_agent_connections_left_out") continue;
    for (const auto& [label, value] : one.series.labels) {
      if (label == "kind") left_out[value] = one.value;
    }
  }
  EXPECT_EQ(closed, 5000) << "counted, each";
  EXPECT_EQ(left_out.at("listener"), 4500);
  EXPECT_EQ(left_out.at("process"), 3000);
}

}  // namespace
}  // namespace monitron::agent
