// Pure: when guards are asked, and what their answer means.

#include "checker/own_network.hpp"

#include <gtest/gtest.h>

namespace monitron::checker {

using namespace std::chrono_literals;
using Verdict = OwnNetwork::Verdict;

namespace {

const SteadyInstant kStart{1h};

}  // namespace

TEST(OwnNetwork, WithoutGuardsEveryFailureIsBelieved) {
  OwnNetwork network(false);
  for (int i = 0; i < 30; ++i) network.saw(std::to_string(i), true);
  EXPECT_EQ(network.judge(true, kStart, kStart), Verdict::believe);
}

TEST(OwnNetwork, AFirstFailureAsksAndALastingOneOnlyWhenMostTargetsFail) {
  OwnNetwork network(true);
  EXPECT_EQ(network.judge(true, kStart, kStart), Verdict::ask);
  for (int i = 0; i < 20; ++i) network.saw(std::to_string(i), i < 10);
  EXPECT_EQ(network.judge(false, kStart, kStart), Verdict::believe) << "half is not more";
  network.saw("11", true);
  EXPECT_EQ(network.judge(false, kStart, kStart), Verdict::ask);
  network.saw("11", false);
  EXPECT_EQ(network.judge(false, kStart, kStart), Verdict::believe);
}

TEST(OwnNetwork, OnlyTheLastDifferentTargetsCount) {
  OwnNetwork network(true);
  for (int i = 0; i < 20; ++i) network.saw("bad " + std::to_string(i), true);
  for (int i = 0; i < 9; ++i) network.saw("good " + std::to_string(i), false);
  EXPECT_EQ(network.judge(false, kStart, kStart), Verdict::ask);
  for (int i = 0; i < 100; ++i) network.saw("bad 19", true);
  EXPECT_EQ(network.judge(false, kStart, kStart), Verdict::ask);
  network.saw("good 9", false);
  EXPECT_EQ(network.judge(false, kStart, kStart), Verdict::believe);
}

TEST(OwnNetwork, AnAnswerIsGoodForSecondsAndAnAbsenceForAllThatRanInIt) {
  OwnNetwork network(true);
  EXPECT_FALSE(network.heard(true, kStart)) << "no change";
  EXPECT_EQ(network.judge(true, kStart, kStart + 1s), Verdict::believe);
  EXPECT_EQ(network.judge(true, kStart, kStart + 5s), Verdict::ask);
  EXPECT_TRUE(network.heard(false, kStart + 6s));
  EXPECT_FALSE(network.up());
  EXPECT_EQ(network.judge(false, kStart + 6s + 1ms, kStart + 7s), Verdict::away);
  EXPECT_EQ(network.judge(false, kStart + 12s, kStart + 13s), Verdict::ask) << "until one answers";
  EXPECT_TRUE(network.heard(true, kStart + 14s));
  EXPECT_EQ(network.judge(true, kStart + 5s, kStart + 15s), Verdict::away) << "began in it";
  EXPECT_EQ(network.judge(true, kStart + 14s, kStart + 15s), Verdict::believe);
}

}  // namespace monitron::checker
