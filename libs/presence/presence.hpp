#pragma once
// Tells the suite that this program runs and whether it is ready: a row of program_instances,
// renewed every ten seconds, at once when readiness changes, and gone after a clean stop. GET
// /health is made of these rows.

#include "db/pool.hpp"
#include "service/runtime.hpp"
#include "store/program_instances.hpp"

#include <mutex>

namespace monitron::presence {

class Presence {
 public:
  // Registers itself with the runtime; both outlive it.
  Presence(service::Runtime& runtime, db::Pool& database, std::string program);

 private:
  void look();
  void note(bool ready);

  service::Runtime& runtime_;
  db::Pool& database_;
  const Uuid instance_ = Uuid::make();
  const std::string program_;
  bool noted_ready_ = false;
  SteadyInstant noted_at_{};
  std::mutex mutex_;  // no row is written after it was taken away
  bool gone_ = false;
};

}  // namespace monitron::presence
