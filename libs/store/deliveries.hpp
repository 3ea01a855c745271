#pragma once
// The ledger of what was told to whom about which incident, for 90 days. Written by the notifier
// alone. A row is written once and stays as it is: its key says what makes the delivery this one
// ("alert.<incident>.<transition>.<recipient>").

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/tx.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::store {

enum class DeliveryChannel {
  alertmanager,           // what a peer of Alertmanager took; `target` is the peer
  alertmanager_receiver,  // what a receiver of Alertmanager was sent, by its webhook
  email,
  webhook,
};
std::string_view to_string(DeliveryChannel channel);

enum class DeliveryState {
  accepted,    // taken for passing on; nobody was told yet
  delivered,   // the receiver was told
  sent,        // the server of the other side took it
  failed,      // given up, for the reason in `detail`
  suppressed,  // not told on purpose: silenced or inhibited, as `detail` says
};
std::string_view to_string(DeliveryState state);

struct Delivery {
  std::string key{};
  std::optional<Uuid> incident_id{};  // none: about something else, such as a report
  int transition = 0;                 // of the incident, as in alert.changed: 1 fired, 2 resolved
  DeliveryChannel channel = DeliveryChannel::email;
  std::string target{};  // a channel's name, an address, a receiver, a peer without its password
  DeliveryState state = DeliveryState::sent;
  std::string detail{};
  Instant at{};                      // by PostgreSQL's clock; set by it
  std::chrono::milliseconds ago{0};  // since then, when it is noted
};

enum class Claim { ours, busy, done };
// Once this is committed nobody else makes this delivery until it is freed, or for so long after it
// was renewed; done: it was made or given up. In the transaction that notes it, free it.
Claim claim_delivery(pqxx::work& tx, const std::string& key, std::chrono::seconds lease);
void renew_claims(pqxx::work& tx, const std::vector<std::string>& keys, std::chrono::seconds lease);
void free_delivery(pqxx::work& tx, const std::string& key);
// Whether it was the first with this key; a later one changes nothing.
bool note_delivery(pqxx::work& tx, const Delivery& delivery);
// Many at once; how many of them were not there.
int note_deliveries(pqxx::work& tx, const std::vector<Delivery>& deliveries);
// Of an incident, oldest first.
std::vector<Delivery> deliveries_of(pqxx::work& tx, const Uuid& incident);
// The same of several, by incident.
std::map<Uuid, std::vector<Delivery>> deliveries_of(pqxx::work& tx,
                                                    const std::vector<Uuid>& incidents);
// Who was told by Alertmanager that an incident fires and not, in the time given after its end (and
// within a day), that it is over, nor was that noted as failed. Not where it may be so: the alert
// was suppressed, or fired again meanwhile, which Alertmanager takes for the same alert.
struct MissingResolve {
  Uuid incident_id{};
  std::string title{};
  std::string receiver{};
  Instant resolved_at{};
};
std::vector<MissingResolve> missing_resolves(pqxx::work& tx, std::chrono::seconds within);
int drop_old_deliveries(pqxx::work& tx);  // more than 90 days: some, as drop_some()
int drop_old_claims(pqxx::work& tx);      // that nobody freed: some

}  // namespace monitron::store
