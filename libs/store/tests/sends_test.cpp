#include "store/sends.hpp"

#include "fixture.hpp"
#include "store/deliveries.hpp"

namespace monitron::store {
namespace {

class SendsOfPeers : public StoreTest {
 protected:
  // "slack 2, …": what has failed since the look before.
  std::string look(const std::vector<CountedSends>& counted, const std::string& peer = "am-1") {
    std::string text;
    const auto failed =
        in_transaction([&](pqxx::work& tx) { return note_sends(tx, peer, counted); });
    EXPECT_TRUE(failed) << failed.error().text;
    for (const auto& one : *failed) {
      text += one.integration + " " + std::to_string(static_cast<int>(one.count)) + ", ";
    }
    return text;
  }
  std::vector<Sending> state() {
    return *in_transaction([](pqxx::work& tx) { return sending(tx); });
  }
  Uuid told(const std::string& peer, const std::string& ago) {
    Delivery row{.incident_id = Uuid::make(),
                 .transition = 1,
                 .channel = DeliveryChannel::alertmanager,
                 .target = peer,
                 .state = DeliveryState::accepted};
    row.key = row.incident_id->str();
    EXPECT_TRUE(in_transaction([&](pqxx::work& tx) { note_delivery(tx, row); }));
    run("UPDATE deliveries SET at = now() - interval '" + ago + "' WHERE delivery_key = '" +
        row.key + "'");
    return *row.incident_id;
  }
};

TEST_F(SendsOfPeers, WhatFailedIsWhatGrewSinceTheLookBefore) {
  EXPECT_EQ(look({{"slack", 9, 5}}), "") << "nobody knows since when";
  EXPECT_EQ(look({{"slack", 9, 5}}), "");
  EXPECT_EQ(look({{"slack", 12, 7}}), "slack 2, ");
  EXPECT_EQ(look({{"slack", 1, 1}}), "slack 1, ") << "it was started anew";
  EXPECT_EQ(look({{"slack", 1, 1}, {"email", 3, 3}}), "email 3, ") << "used for the first time";
  EXPECT_EQ(look({{"slack", 1, 1}}, "am-2"), "");
}

TEST_F(SendsOfPeers, FailUntilSomethingIsSentAndAWhileHasPassed) {
  look({{"slack", 0, 0}, {"email", 0, 0}});
  EXPECT_TRUE(state().empty());
  look({{"slack", 1, 1}, {"email", 1, 0}});
  EXPECT_EQ(state(), (std::vector<Sending>{{"slack", true}}));
  const auto pass = [&](const std::string& time) {
    run("UPDATE alertmanager_sends SET failed_at = failed_at - interval '" + time + "'");
  };
  pass("11 min");
  EXPECT_EQ(state(), (std::vector<Sending>{{"slack", true}})) << "nothing was sent since";
  look({{"slack", 2, 1}, {"email", 1, 0}});
  EXPECT_EQ(state(), (std::vector<Sending>{{"slack", false}}));
  look({{"slack", 4, 2}, {"email", 1, 0}});
  EXPECT_EQ(state(), (std::vector<Sending>{{"slack", true}})) << "one of two";
  pass("7 h");
  EXPECT_EQ(state(), (std::vector<Sending>{{"slack", false}}));
}

TEST_F(SendsOfPeers, AreNotedInWhatThePeerTookShortlyBefore) {
  const auto recent = told("am-1", "14 min");
  told("am-1", "16 min");
  told("am-2", "1 min");
  const auto note = [&] {
    return *in_transaction([](pqxx::work& tx) {
      return note_unsent(tx, "am-1", {"slack", 2, from_ms(0)});
    });
  };
  EXPECT_EQ(note(), std::vector<Uuid>{recent});
  EXPECT_TRUE(note().empty()) << "once";
  const auto rows = *in_transaction([&](pqxx::work& tx) { return deliveries_of(tx, recent); });
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].state, DeliveryState::failed);
  EXPECT_EQ(rows[1].detail,
            "could not send by slack: 2 failed since 1970-01-01T00:00:00.000Z; of "
            "which alerts it does not say");
}

}  // namespace
}  // namespace monitron::store
