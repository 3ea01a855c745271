#pragma once
// Which checks are asked to be run at once (check.wanted): those that somebody waits for, each when
// it begins to be waited for, and again after pauses that grow while it still is. Pure; belongs to
// one thread.

#include "base/clock.hpp"
#include "base/ids.hpp"

#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace monitron::notifier {

class Rechecks {
 public:
  // No check is asked for more often; each next pause is twice as long.
  static constexpr std::chrono::seconds kPause{10};
  static constexpr std::chrono::seconds kLongestPause{160};
  // At one look; the others are asked for with the next ones.
  static constexpr std::size_t kMost = 2000;

  // It is waited for once, whatever becomes of it.
  void want(const Uuid& check) { wanted_.insert(check); }
  // `awaited`: those that are waited for at this moment, the most urgent first.
  std::vector<Uuid> take(const std::vector<Uuid>& awaited, Instant now);

 private:
  struct Asked {
    Instant at;
    std::chrono::seconds pause{kPause};
  };
  bool ask(const Uuid& check, Instant now);

  std::unordered_map<Uuid, Asked> asked_;
  std::unordered_set<Uuid> wanted_;
};

}  // namespace monitron::notifier
