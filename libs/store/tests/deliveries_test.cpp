#include "store/deliveries.hpp"

#include "fixture.hpp"

namespace monitron::store {
namespace {

using namespace std::chrono_literals;

class Deliveries : public StoreTest {};

TEST_F(Deliveries, ARowIsWrittenOnceAndStaysAsItIs) {
  Delivery delivery;
  delivery.key = "alertmanager.x.1.http://am:9093";
  delivery.incident_id = Uuid::make();
  delivery.transition = 1;
  delivery.channel = DeliveryChannel::alertmanager;
  delivery.target = "http://am:9093";
  delivery.state = DeliveryState::accepted;
  const auto note = [&](pqxx::work& tx) { return note_delivery(tx, delivery); };
  EXPECT_TRUE(*in_transaction(note));
  delivery.detail = "again";
  EXPECT_FALSE(*in_transaction(note)) << "told again each minute, it is noted once";

  const auto rows =
      *in_transaction([&](pqxx::work& tx) { return deliveries_of(tx, *delivery.incident_id); });
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].key, delivery.key);
  EXPECT_EQ(rows[0].channel, DeliveryChannel::alertmanager);
  EXPECT_EQ(rows[0].state, DeliveryState::accepted);
  EXPECT_EQ(rows[0].transition, 1);
  EXPECT_EQ(rows[0].detail, "");
  EXPECT_GT(rows[0].at, Instant{});
}

TEST_F(Deliveries, OneClaimsItUntilItIsNoted) {
  const auto claim = [&](std::chrono::seconds lease = 60s) {
    return *in_transaction([&](pqxx::work& tx) { return claim_delivery(tx, "letter", lease); });
  };
  EXPECT_EQ(claim(), Claim::ours);
  EXPECT_EQ(claim(), Claim::busy);
  ASSERT_TRUE(in_transaction([](pqxx::work& tx) { free_delivery(tx, "letter"); }));
  EXPECT_EQ(claim(0s), Claim::ours) << "it was not made";
  ASSERT_TRUE(in_transaction([](pqxx::work& tx) { renew_claims(tx, {"letter"}, 60s); }));
  EXPECT_EQ(claim(), Claim::busy) << "it is renewed";
  ASSERT_TRUE(in_transaction([](pqxx::work& tx) { renew_claims(tx, {"letter"}, 0s); }));
  EXPECT_EQ(claim(), Claim::ours) << "the one before is taken for dead";
  ASSERT_TRUE(in_transaction([](pqxx::work& tx) {
    note_delivery(tx, {.key = "letter", .target = "ops@example.com"});
    free_delivery(tx, "letter");
  }));
  EXPECT_EQ(claim(), Claim::done);
  EXPECT_EQ(claim(), Claim::done);
}

// M-074. What Alertmanager knows as one alert is over when the last incident of it is.
TEST_F(Deliveries, NobodyMissesTheEndOfWhatGoesOnByAnotherName) {
  const auto ended = Uuid::make(), alike = Uuid::make();
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) {
    const auto open = [&](const Uuid& id, const std::string& resolved) {
      tx.exec0(
          "INSERT INTO incidents (id, alert_id, rule_id, rule_name, title, text, severity, "
          "labels, annotations, value, opened_at, resolved_at) VALUES ('" +
          id.str() + "', '" + Uuid::make().str() + "', '" + Uuid::make().str() +
          "', 'Check down', 'shop is down', '', 'critical', '{\"check\": \"shop\"}', '{}', 0, "
          "now() - interval '1 h', " +
          resolved + ")");
    };
    open(ended, "now() - interval '10 min'");
    open(alike, "NULL");
    note_delivery(tx, {.key = "receiver",
                       .incident_id = ended,
                       .transition = 1,
                       .channel = DeliveryChannel::alertmanager_receiver,
                       .target = "on-call",
                       .state = DeliveryState::delivered});
  }));
  const auto missing = [](pqxx::work& tx) {
    return missing_resolves(tx, std::chrono::seconds(60)).size();
  };
  EXPECT_EQ(*in_transaction(missing), 0U);
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) {
    tx.exec0("UPDATE incidents SET labels = '{\"check\": \"mail\"}' WHERE id = '" + alike.str() +
             "'");
  }));
  EXPECT_EQ(*in_transaction(missing), 1U);
}

// A ledger of before: letters alone, of incidents by their keys.
TEST_F(Deliveries, LettersOfBeforeKeepTheirPlace) {
  const auto incident = Uuid::make();
  auto migrations = db::built_in_migrations();
  std::size_t later = 0;
  for (const auto& migration : migrations) later += migration.version >= 35 ? 1 : 0;
  ASSERT_TRUE(db::migrate_down(url_, migrations, static_cast<int>(later)));
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) {
    tx.exec_params0(
        "INSERT INTO deliveries (delivery_key, recipient, state, detail) VALUES "
        "($1, 'ops@example.com', 'sent', '<x>'), ('report.1.a@b', 'a@b', 'failed', 'full'), "
        "('alert.nonsense', 'a@b', 'sent', '')",
        "alert." + incident.str() + ".2.ops@example.com");
  }));
  ASSERT_TRUE(db::migrate_up(url_, migrations));
  const auto rows = *in_transaction([&](pqxx::work& tx) { return deliveries_of(tx, incident); });
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].transition, 2);
  EXPECT_EQ(rows[0].channel, DeliveryChannel::email);
  EXPECT_EQ(rows[0].target, "ops@example.com");
  EXPECT_EQ(*in_transaction([](pqxx::work& tx) { return claim_delivery(tx, "report.1.a@b", 60s); }),
            Claim::done);
}

}  // namespace
}  // namespace monitron::store
