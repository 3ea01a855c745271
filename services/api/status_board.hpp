#pragma once
// What the public is shown, kept in memory: whoever asks costs PostgreSQL nothing, and waits for
// nothing. It is read anew every two seconds while somebody asks, once a minute while nobody does.
// When PostgreSQL is away the last one is shown for kKept, with the time of it.
// Threads: look() and measure() by one at a time each, all else by any.

#include "api/maintenance.hpp"
#include "api/status_history.hpp"
#include "http/router.hpp"

#include <memory>

namespace monitron::api {

class StatusBoard {
 public:
  static constexpr std::chrono::seconds kUnknown{4};  // an address that is none: one may be new
  static constexpr std::chrono::seconds kQuiet{60};
  static constexpr std::chrono::minutes kKept{60};
  static constexpr int kShownDays = 14;  // of what is over

  StatusBoard(db::Pool& database, const Clock& clock)
      : database_(database), clock_(clock), history_(database, clock) {}

  // To be called every two seconds: reads what is shown, if it is time.
  void look();
  // To be called every few seconds: measures the days of a page whose turn it is.
  void measure() { history_.measure(); }
  void stop() { history_.stop(); }

  struct Shown {
    PublicStatus status{};
    std::string json{};
  };
  // Faults: not_found, unavailable.
  Outcome<std::shared_ptr<const Shown>> find(const std::string& slug);

 private:
  struct Board {
    std::map<std::string, std::shared_ptr<const Shown>> pages{};  // by slug
    Instant read_at{};
  };
  Board read(pqxx::work& tx, Instant now) const;
  PublicStatus read_page(const store::StatusPage& page,
                         const std::vector<store::Standing>& standings,
                         const MaintenanceNow& maintenance, Instant now) const;

  db::Pool& database_;
  const Clock& clock_;
  StatusHistory history_;
  std::atomic<bool> wanted_ = true;
  Instant looked_at_{};
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Board> board_{};
};

void add_public_status_routes(http::Router& router, StatusBoard& board);

}  // namespace monitron::api
