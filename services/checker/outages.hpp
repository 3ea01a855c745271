#pragma once
// The times in which pings may have been turned away: the broker or ingest was not there, or nobody
// was there to see whether they were; and those that our clock left out. Pure. Threads: one.

#include "store/heartbeats.hpp"

#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace monitron::checker {

class Outages {
 public:
  using Outage = store::PingOutage;

  // What others have noted before, or we in another life; the oldest first.
  void restore(const std::vector<Outage>& before);
  std::vector<Outage> all() const { return {outages_.begin(), outages_.end()}; }
  // When somebody has looked last before us. Until we are connected for the first time nobody did;
  // some seconds of that are what a takeover takes.
  void looked_before(Instant last);
  // `losses`: how often the connection was lost until now; `what`: if not connected, why.
  void note(bool connected, std::uint64_t losses, Instant now,
            const char* what = "the broker was away");
  // Whether the clock was set since the last look: then what it left out is an outage.
  bool jumped(Instant now, std::chrono::steady_clock::time_point steady);

  // Why something of [from, to] may have been turned away; "": nothing was.
  std::string excuse(Instant from, Instant to) const;

 private:
  static constexpr std::size_t kKept = 100;

  void add(const Outage& outage);
  void add_begin();
  void join_oldest();

  std::deque<Outage> outages_;
  std::optional<Instant> last_before_;
  std::optional<Instant> noted_;
  std::optional<std::pair<Instant, std::chrono::steady_clock::time_point>> looked_;
  std::uint64_t losses_ = 0;
  std::optional<Instant> begun_;  // connected for the first time
  bool away_ = false;
};

}  // namespace monitron::checker
