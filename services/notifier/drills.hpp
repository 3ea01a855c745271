#pragma once
// Runs drills: begins those that are due or asked for, publishes that they fire and then that they
// are over, and looks what became of them. Where a drill stands is stored; whoever decides about
// alerts goes on with it, so that it ends with a verdict whoever dies meanwhile.

#include "db/pool.hpp"
#include "mq/publisher.hpp"
#include "notifier/drill_beat.hpp"
#include "service/runtime.hpp"
#include "store/drills.hpp"

#include <functional>

namespace monitron::notifier {

class Drills {
 public:
  struct Config {
    bool has_alertmanager = true;
    std::function<bool()> leading;             // whether this notifier decides
    std::function<Instant()> sends_looked_at;  // of Sends
  };
  // All outlive it. It works on the runtime's workers, every second.
  Drills(Config config, db::Pool& database, mq::Publisher& publisher, service::Runtime& runtime);

 private:
  void work();
  std::optional<store::Drill> begin(pqxx::work& tx, Instant now);
  domain::DrillFindings look(pqxx::work& tx, const store::Drill& drill, Instant now) const;
  void note_end(const store::Drill& drill);
  void publish_outcome(const std::optional<domain::DrillVerdict>& last);

  const Config config_;
  db::Pool& database_;
  mq::Publisher& publisher_;
  const Clock& clock_;
  std::map<domain::DrillVerdict, service::Counter> ended_;
  std::optional<SteadyInstant> outcome_told_;
};

}  // namespace monitron::notifier
