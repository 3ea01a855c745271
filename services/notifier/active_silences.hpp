#pragma once
// The silences of Alertmanager as they are now, for what does not go through it: letters and
// channels of ours, and lists of alerts. Asked of its peers every few seconds, and when one is
// made, changed or ended by our API (NOTIFY silences_changed). While none of them answers, each
// that is known goes on until its own end. The notifier that decides tells peers that were away
// what was made, changed or ended here meanwhile.

#include "alertmanager/cover.hpp"
#include "alertmanager/silences.hpp"
#include "contracts/alert_changed.hpp"
#include "db/listener.hpp"
#include "db/pool.hpp"
#include "service/runtime.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

namespace monitron::notifier {

// Why nobody is to be told that it fires, in words; nothing: somebody is.
using Silenced = std::function<std::optional<std::string>(const contracts::AlertChanged&)>;

class ActiveSilences {
 public:
  struct Config {
    std::vector<alertmanager::Client> peers;
    std::string database_url;
    std::function<bool()> leading;  // whether this notifier decides
  };
  // Asks once before it returns, for some seconds at most. All of them outlive it.
  ActiveSilences(Config config, db::Pool& database, service::Runtime& runtime);

  // "silenced by Ann until 2026-01-02T03:04:05.000Z: new disks". Threads: any.
  std::optional<std::string> about(const contracts::AlertChanged& alert) const;

 private:
  void ask();
  void look();
  void keep(const std::vector<alertmanager::PeerAnswer>& answers);
  void settle(const std::vector<alertmanager::PeerAnswer>& answers);

  const Config config_;
  const alertmanager::Silences silences_;
  db::Pool& database_;
  const Clock& clock_;
  std::atomic<bool> asked_{false};
  std::mutex asking_;         // one asks
  mutable std::mutex mutex_;  // guards what follows
  alertmanager::Cover cover_;
  std::optional<std::string> known_;  // the same as text; nothing: no peer has answered yet
  db::Listener changed_;
};

// "silenced by …", as the ledger has it.
std::string told_of(const alertmanager::Silence& silence);

}  // namespace monitron::notifier
