#include "checker/wanted.hpp"

namespace monitron::checker {

void Wanted::add(const std::vector<Uuid>& checks) {
  for (const auto& check : checks) {
    if (waiting_.size() >= kMost) return;
    if (known_.insert(check).second) waiting_.push_back(check);
  }
}

std::vector<Uuid> Wanted::take(std::size_t most) {
  std::vector<Uuid> taken;
  for (; !waiting_.empty() && taken.size() < most; waiting_.pop_front()) {
    known_.erase(waiting_.front());
    taken.push_back(waiting_.front());
  }
  return taken;
}

void Wanted::clear() {
  waiting_.clear();
  known_.clear();
}

}  // namespace monitron::checker
