#pragma once
// Feeds every Alertmanager peer by state, as Prometheus does: at once on a change, and all of it
// every minute, because Alertmanager keeps alerts in memory only; what ended is told for 15
// minutes. An alert that is no longer told of ends by itself after four minutes. Each peer is told
// by a thread of its own: one that is slow or away delays no other.

#include "alertmanager/client.hpp"
#include "db/pool.hpp"
#include "notifier/peer_feed.hpp"
#include "service/metrics.hpp"
#include "store/deliveries.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace monitron::notifier {

using KnownAlerts = std::map<Uuid, contracts::AlertChanged>;  // by incident
// What holds now, stored or not: of what was `known` as firing only that goes on which is still
// `firing`, and what began since is added.
KnownAlerts brought_up_to_date(KnownAlerts known,
                               const std::vector<contracts::AlertChanged>& firing, Instant now);

struct AlertmanagerConfig {
  std::vector<alertmanager::Client> peers;
  std::string public_url;           // of the web UI, for links
  std::chrono::seconds resend{60};  // pause between tellings of all that is known
  bool watchdog = true;             // tell of an alert that fires as long as we decide
};

class Alertmanager {
 public:
  struct Decided {
    // What fires as far as is decided here, stored or not; nothing when it is decided elsewhere.
    std::function<std::optional<std::vector<contracts::AlertChanged>>()> firing;
    // The number of this notifier's leadership; nothing: it may be that another one decides.
    std::function<std::optional<std::uint64_t>()> term;
    // Whether this notifier decides, and hears what it decides from.
    std::function<bool()> able;
  };
  Alertmanager(AlertmanagerConfig config, db::Pool& database, service::Metrics& metrics,
               const Clock& clock, Decided decided);
  ~Alertmanager();

  // Every peer is told soon of what was decided here; only who decides tells, so that no older
  // word comes after a newer one. What is lost with this program, who decides next tells.
  void tell(const contracts::AlertChanged& alert);
  // With the next tick: something was decided and cannot be stored now. Threads: any.
  void tell_all_soon() { soon_ = true; }
  // To be called each second: while `leading`, at its begin and then after each pause, all peers
  // are told all that is known.
  void tick(bool leading);
  // Writes into the ledger which peers have taken what; to be called each second.
  void note_accepted();

 private:
  void tell_everything(std::uint64_t term);
  // Whether it is news to Alertmanager, which knows those of the same labels as one alert: the end
  // of one of which another one still fires is none.
  bool keep(const contracts::AlertChanged& alert);
  bool note_some_accepted();
  void accepted(const std::string& peer, std::span<const contracts::AlertChanged> alerts);

  const AlertmanagerConfig config_;
  db::Pool& database_;
  const Clock& clock_;
  const Decided decided_;
  SteadyInstant told_all_;       // tick()'s
  std::uint64_t told_term_ = 0;  // of which leadership; 0: of none
  std::atomic<bool> soon_{false};
  const Instant started_;
  std::mutex mutex_;  // guards what follows
  KnownAlerts known_;
  std::map<alertmanager::Labels, std::set<Uuid>> firing_;  // of known_, by what peers know them
  std::optional<KnownAlerts> told_meanwhile_;              // while all is looked up
  std::set<std::string> noted_;                            // keys of the ledger
  struct Accepted {
    store::Delivery delivery;
    SteadyInstant since;
  };
  std::vector<Accepted> to_be_noted_;
  std::vector<std::unique_ptr<PeerFeed>> feeds_;  // the last one: they use all of the above
};

}  // namespace monitron::notifier
