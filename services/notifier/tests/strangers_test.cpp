// What a host sends before it is known here: it was just made, or it is nobody's.

#include "alert_scene.hpp"

namespace monitron::notifier {
namespace {

struct Strangers : testing::Test, AlertScene {
  store::WatchedInstance host = server("web-1");

  Strangers() {
    threshold("node_load1 > 4");
    definitions.instances.clear();
    define();
    second = 1;
    EXPECT_TRUE(sends(host.id, {{"node_load1", {}}}, {9}).empty());
  }
  // Whether it is known or not, all is defined again.
  Changes define_at(int when, bool known) {
    second = when;
    definitions.instances.clear();
    if (known) definitions.instances = {host};
    return define();
  }
};

// An instance is made, sends once, and becomes known here after that: what it sent counts.
TEST_F(Strangers, WhatOneSendsThatWasJustMadeIsLookedAt) {
  EXPECT_TRUE(define_at(5, false).empty());
  define_at(10, true);
  EXPECT_EQ(decided(), "fired ");
  EXPECT_TRUE(define_at(20, true).empty()) << "once";
}

TEST_F(Strangers, WhatNobodySendsIsForgotten) {
  define_at(40, false);
  EXPECT_TRUE(define_at(50, true).empty());
}

}  // namespace
}  // namespace monitron::notifier
