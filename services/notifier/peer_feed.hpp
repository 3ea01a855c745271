#pragma once
// Tells one peer of Alertmanager, on a thread of its own. What is to be told is state, not a queue
// of messages: of one set of labels the latest, so that nothing piles up while the peer is away.

#include "alertmanager/client.hpp"
#include "contracts/alert_changed.hpp"
#include "service/metrics.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace monitron::notifier {

// By which it is known, routed and silenced there.
alertmanager::Labels labels_told(const contracts::AlertChanged& alert);
// As Alertmanager is told: names of labels as it takes them, an end four minutes ahead while it
// fires, the incident's id among the annotations, by which its notifications find their way back.
alertmanager::Alert told_alert(const contracts::AlertChanged& alert, Instant now,
                               const std::string& public_url);

// Alertmanager knows an alert by its labels alone: of several with the same ones (an incident that
// ended lately and its successor, rules of one name) it is told of one that fires, else of the
// latest. Were it told of both, the one that ended would end the other.
std::vector<contracts::AlertChanged> one_per_label_set(std::vector<contracts::AlertChanged> alerts);

class PeerFeed {
 public:
  struct Config {
    alertmanager::Client peer;
    std::string public_url;
    std::chrono::seconds life;  // what could not be told for so long is told by who decides, or
                                // holds no more
    // The leadership that holds now; nothing: it is not known whose it is.
    std::function<std::optional<std::uint64_t>()> term;
  };
  // What the peer has taken; on this feed's thread.
  using Accepted =
      std::function<void(const std::string& url, std::span<const contracts::AlertChanged> alerts)>;
  PeerFeed(Config config, service::Metrics& metrics, const Clock& clock, Accepted accepted);
  ~PeerFeed();  // what is being told ends within the client's timeout
  void stop();  // does not wait for that

  // Soon, while it is still this leadership. Threads: any.
  void tell(const contracts::AlertChanged& alert, std::uint64_t term);
  // All there is: what else waited holds no more. Threads: any.
  void tell_all(const std::vector<contracts::AlertChanged>& alerts, std::uint64_t term);

 private:
  using Alerts = std::span<const contracts::AlertChanged>;
  struct Waiting {
    contracts::AlertChanged alert;
    SteadyInstant since;
    std::uint64_t term = 0;
  };
  void run();
  std::vector<contracts::AlertChanged> next_ones();
  void put_back(std::vector<contracts::AlertChanged> alerts);
  Result<void> push(Alerts alerts);

  const Config config_;
  const Clock& clock_;
  const Accepted accepted_;
  service::Counter pushed_, failed_;
  service::Gauge waits_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::map<alertmanager::Labels, Waiting> waiting_;  // by the labels told
  SteadyInstant batch_since_;                        // of what is being told
  std::uint64_t batch_term_ = 0;                     // as well
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace monitron::notifier
