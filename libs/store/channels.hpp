#pragma once
// Where people want to be told of alerts, and of which. Written by api; the notifier reads them.
// Each change of subscriptions wakes whoever listens on the channel "rules_changed": thresholds of
// one's own are rules.

#include "base/clock.hpp"
#include "domain/subscription.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Channel {
  Uuid id{};
  Uuid user_id{};
  std::string name{};
  std::string kind{};    // email, webhook
  std::string target{};  // address or URL
  std::string secret{};  // of a webhook, sealed for secret_context()
  bool enabled = true;
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

// What the envelope of a channel's secret is bound to.
std::string channel_secret_context(const Uuid& channel);

std::optional<Channel> find_channel(pqxx::work& tx, const Uuid& id);
// Of one user, or of all.
const Listing& channel_listing();
Page<Channel> list_channels(pqxx::work& tx, const PageQuery& query,
                            const std::optional<Uuid>& user);
int count_channels(pqxx::work& tx, const Uuid& user);
Channel insert_channel(pqxx::work& tx, const Channel& channel);
std::optional<Channel> update_channel(pqxx::work& tx, const Channel& channel);
bool delete_channel(pqxx::work& tx, const Uuid& id);    // with its subscriptions
int tests_lately(pqxx::work& tx, const Uuid& channel);  // in ten minutes
// Asks for a trial message; its id.
Uuid insert_channel_test(pqxx::work& tx, const Uuid& channel);

struct Subscription : domain::Subscription {
  bool enabled = true;
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::optional<Subscription> find_subscription(pqxx::work& tx, const Uuid& id);
const Listing& subscription_listing();
Page<Subscription> list_subscriptions(pqxx::work& tx, const PageQuery& query,
                                      const std::optional<Uuid>& user);
int count_subscriptions(pqxx::work& tx, const Uuid& user);
// Whether the user has another threshold of the own for the rule.
bool has_other_threshold(pqxx::work& tx, const Subscription& subscription);
Subscription insert_subscription(pqxx::work& tx, const Subscription& subscription);
std::optional<Subscription> update_subscription(pqxx::work& tx, const Subscription& subscription);
bool delete_subscription(pqxx::work& tx, const Uuid& id);

// Those that count: enabled, of an enabled channel, of somebody who may see alerts.
std::vector<domain::Subscription> active_subscriptions(pqxx::work& tx);

}  // namespace monitron::store
