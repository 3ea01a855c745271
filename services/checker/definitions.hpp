#pragma once
// Keeps a location's schedule as the database has it: all definitions page by page at the start and
// as a rare safety net, and in between, at once and alone, those that have changed. Threads: one,
// which may wait for the database.

#include "base/result.hpp"
#include "db/pool.hpp"
#include "domain/check.hpp"
#include "store/check_definitions.hpp"
#include "store/check_schedule.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace monitron::checker {

// What was read: these are to run; of `ids`, or between `after` and `last`, no others.
struct DefinitionsRead {
  std::vector<store::ScheduledCheck> rows;
  std::shared_ptr<const contracts::CheckTypes> types;  // those that users have defined
  std::vector<Uuid> ids;                               // asked for by id; empty: a page
  Uuid after;
  std::optional<Uuid> last;  // absent: to the end
};

class Definitions {
 public:
  using Take = std::function<void(DefinitionsRead)>;
  Definitions(db::Pool& database, std::string location, Take take);

  // Learns what has changed since the last look.
  Result<void> look();
  // Reads some of that, or the next page of all if it is time for that; little enough that a lease
  // can be renewed in between.
  Result<void> read_some();
  bool more() const;  // read_some() has something to do now
  bool complete() const { return complete_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  Result<void> read_types();
  Result<void> read_changed();
  Result<void> read_page();
  void prune();
  void read_all_again();

  db::Pool& database_;
  std::string location_;
  Take take_;
  std::shared_ptr<const contracts::CheckTypes> types_ =
      std::make_shared<const contracts::CheckTypes>();
  std::string snapshot_;  // of the last look; empty: none yet
  Time looked_{};         // when that was
  // To be read, the last ones first.
  std::vector<Uuid> changed_;
  Uuid after_;  // where the next page begins
  Time next_full_{};
  bool paging_ = false;
  bool complete_ = false;  // all were read once
};

}  // namespace monitron::checker
