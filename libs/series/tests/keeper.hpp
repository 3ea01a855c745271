#pragma once
// Moves what is stored to where it is at some time.

#include "series/caretaker.hpp"
#include "series/compactor.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::series {

// Compacts what is staged, then joins and rolls up what is due at `now`.
class Keeper {
 public:
  Keeper(const std::string& url, std::int64_t now_ms)
      : now_(from_ms(now_ms)),
        compactor_({.database_url = url, .application_name = "keeper", .rest = {}}),
        caretaker_(
            {.rewriting = {.database_url = url, .application_name = "keeper", .lock_tries = 400}}) {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection)
        .exec(
            "INSERT INTO leases VALUES ('ingest.compactor', 'keeper', 1, now() + '1 hour') "
            "ON CONFLICT DO NOTHING");
  }
  void keep() {
    compact();
    care();
  }
  void compact() {
    compactor_.hurry();
    for (bool worked = true; worked;) {
      const auto step = compactor_.step(1);
      ASSERT_TRUE(step) << step.error().text;
      worked = step->worked;
    }
  }
  // Whoever reads what was there before puts it off.
  void care() {
    for (bool worked = true; worked;) {
      const auto care = caretaker_.step(1, now_);
      worked = !care || care->worked;
      if (care) continue;
      ASSERT_EQ(care.error().fault, Fault::timeout) << care.error().text;
    }
  }

 private:
  Instant now_;
  Compactor compactor_;
  Caretaker caretaker_;
};

}  // namespace monitron::series
