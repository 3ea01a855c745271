#include "checker/own_network.hpp"

namespace monitron::checker {

void OwnNetwork::saw(const std::string& target, bool failed) {
  if (!guarded_) return;
  if (const auto known = by_name_.find(target); known != by_name_.end()) {
    failing_ -= known->second->failed ? 1 : 0;
    targets_.erase(known->second);
    by_name_.erase(known);
  } else if (targets_.size() == kTargets) {
    failing_ -= targets_.back().failed ? 1 : 0;
    by_name_.erase(targets_.back().name);
    targets_.pop_back();
  }
  targets_.push_front({target, failed});
  by_name_[target] = targets_.begin();
  failing_ += failed ? 1 : 0;
}

OwnNetwork::Verdict OwnNetwork::judge(bool fresh, SteadyInstant begun, SteadyInstant now) const {
  if (!guarded_) return Verdict::believe;
  // A run that began while it was away failed by that, even if it is back now.
  if (begun <= away_at_) return Verdict::away;
  const bool known = heard_at_ != SteadyInstant{} && now - heard_at_ < kGood;
  if (known) return up_ ? Verdict::believe : Verdict::away;
  return !up_ || fresh || most_fail() ? Verdict::ask : Verdict::believe;
}

bool OwnNetwork::heard(bool up, SteadyInstant now) {
  heard_at_ = now;
  if (!up) away_at_ = now;
  return std::exchange(up_, up) != up;
}

}  // namespace monitron::checker
