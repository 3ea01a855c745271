#pragma once
// The silences of Alertmanager as they are now, for what does not go through it: letters and
// channels of ours. Asked of its peers every few seconds, and when one is made or ended by our API
// (NOTIFY silences_changed). While none of them answers, each that is known goes on until its own
// end.

#include "alertmanager/client.hpp"
#include "contracts/alert_changed.hpp"
#include "db/listener.hpp"
#include "promql/matcher.hpp"
#include "service/runtime.hpp"

#include <functional>
#include <mutex>
#include <optional>

namespace monitron::notifier {

// Why nobody is to be told that it fires, in words; nothing: somebody is.
using Silenced = std::function<std::optional<std::string>(const contracts::AlertChanged&)>;

class ActiveSilences {
 public:
  // Asks once before it returns, for some seconds at most. The runtime outlives it.
  ActiveSilences(std::vector<alertmanager::Client> peers, const std::string& database_url,
                 service::Runtime& runtime);

  // "silenced by Ann until 2026-01-02T03:04:05.000Z: new disks". Threads: any.
  std::optional<std::string> about(const contracts::AlertChanged& alert) const;

 private:
  struct Active {
    std::vector<promql::Matcher> matchers;
    Instant ends_at;
    std::string why;
  };
  void ask();

  const std::vector<alertmanager::Client> peers_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards active_
  std::vector<Active> active_;
  db::Listener changed_;
};

// "silenced by …", as the ledger has it.
std::string told_of(const alertmanager::Silence& silence);

}  // namespace monitron::notifier
