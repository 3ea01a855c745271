#pragma once
// Whether what Alertmanager notified its receivers of was sent. Its webhook says of which receiver
// it is, and comes by itself: another way of the same receiver (slack, email …) may have failed
// meanwhile. Each peer counts that, so they are asked again and again: what fails is noted in the
// incidents that the peer took shortly before, counted, and published, for a rule to be about it.

#include "alertmanager/client.hpp"
#include "db/pool.hpp"
#include "mq/publisher.hpp"
#include "service/runtime.hpp"
#include "store/sends.hpp"

#include <atomic>
#include <functional>
#include <set>
#include <vector>

namespace monitron::notifier {

class Sends {
 public:
  struct Config {
    std::vector<alertmanager::Client> peers;
    std::function<bool()> leading;  // whether this notifier decides
    std::chrono::seconds every{15};
  };
  // All outlive it. It works on the runtime's workers.
  Sends(Config config, db::Pool& database, mq::Publisher& publisher, service::Runtime& runtime);

  // By PostgreSQL's clock: what failed before it is noted, as far as peers tell. Threads: any.
  Instant looked_at() const { return looked_at_; }

 private:
  void look();
  Result<void> note(const std::string& peer, const alertmanager::SendCountsByIntegration& counts);
  void note_in_incidents(pqxx::work& tx, const std::string& peer, const store::FailedSends& failed);
  void note_unread(const std::string& peer, const Error* problem);
  void publish(const std::vector<store::Sending>& all);

  const Config config_;
  db::Pool& database_;
  mq::Publisher& publisher_;
  service::Metrics& metrics_;
  const Clock& clock_;
  std::atomic<Instant> looked_at_{Instant{}};
  std::set<std::string> unread_;  // peers whose counts cannot be read
  std::vector<store::Sending> published_;
  SteadyInstant published_at_;
};

}  // namespace monitron::notifier
