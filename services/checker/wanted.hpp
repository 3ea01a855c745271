#pragma once
// Checks that somebody waits for, in the order of their asking, each once: so many may be asked for
// at a moment that they are run little by little. Pure. Threads: one at a time.

#include "base/ids.hpp"

#include <deque>
#include <unordered_set>
#include <vector>

namespace monitron::checker {

class Wanted {
 public:
  // Those that wait at most; what is asked for beyond them is dropped: its slot comes, or whoever
  // waits for it asks again.
  static constexpr std::size_t kMost = 10'000;

  void add(const std::vector<Uuid>& checks);
  std::vector<Uuid> take(std::size_t most);
  void clear();

 private:
  std::deque<Uuid> waiting_;
  std::unordered_set<Uuid> known_;  // the same
};

}  // namespace monitron::checker
