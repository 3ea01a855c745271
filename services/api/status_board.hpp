#pragma once
// What the public asks for, kept: however many ask, PostgreSQL is asked once in kFresh for each
// page and once in kHistoryFresh for its history, by one of them; others get what there was
// meanwhile. When PostgreSQL is away they get it for kKept, with the time of it. Published pages
// alone are known: an address that is none costs nothing. Threads: any.

#include "api/maintenance.hpp"
#include "api/public_status.hpp"
#include "store/overview.hpp"

#include <map>
#include <mutex>

namespace monitron::api {

class StatusBoard {
 public:
  static constexpr std::chrono::seconds kFresh{2};
  static constexpr std::chrono::seconds kWhileRead{30};  // what others get meanwhile is no older
  static constexpr std::chrono::minutes kHistoryFresh{10};
  static constexpr std::chrono::minutes kKept{60};
  static constexpr int kShownDays = 14;              // of what is over
  static constexpr std::size_t kMostMeasured = 500;  // checks of a page whose history is read

  explicit StatusBoard(Context& context) : context_(context) {}

  // Faults: not_found, unavailable.
  Outcome<std::shared_ptr<const PublicStatus>> find(const std::string& slug);

 private:
  using Shown = std::shared_ptr<const PublicStatus>;
  using Days = std::vector<PublicDay>;
  struct History {
    std::map<std::string, Days> days{};  // by the component's id
    int version = 0;                     // of the page
    Instant read_at{};
  };
  struct Board {
    std::map<std::string, Shown> pages{};
    Instant read_at{};
  };

  std::shared_ptr<const Board> current(Instant now);
  std::optional<Board> read(Instant now);
  PublicStatus read_page(pqxx::work& tx, const store::StatusPage& page,
                         const std::vector<store::Standing>& standings,
                         const MaintenanceNow& maintenance, Instant now, bool& its_turn);
  // The history of one page is read at a time, so that the states of all of them are soon known;
  // until its turn comes, a new one shows days of which nothing is known.
  const History& history_of(pqxx::work& tx, const store::StatusPage& page,
                            const std::vector<store::Standing>& standings, Instant now,
                            bool& its_turn);

  Context& context_;
  std::mutex reading_;                   // one reads; guards the next
  std::map<Uuid, History> histories_{};  // of published pages
  std::mutex mutex_;                     // guards what follows
  std::shared_ptr<const Board> board_{};
};

}  // namespace monitron::api
