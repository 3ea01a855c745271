#include "checker/outages.hpp"

#include <algorithm>
#include <utility>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

constexpr auto kTakeover = 10s;
constexpr auto kJump = 5s;

}  // namespace

void Outages::looked_before(Instant last) {
  last_before_ = last;
  if (begun_) add_begin();
}

bool Outages::jumped(Instant now, std::chrono::steady_clock::time_point steady) {
  const auto before = std::exchange(looked_, std::pair(now, steady));
  if (!before || std::chrono::abs((now - before->first) - (steady - before->second)) <= kJump) {
    return false;
  }
  const Outage outage{std::min(before->first, now), now, "our clock was set"};
  // The one that goes on stays the latest.
  if (!away_) add(outage);
  noted_ = now;
  return true;
}

void Outages::note(bool connected, std::uint64_t losses, Instant now, const char* what) {
  if (!noted_) last_before_ = last_before_.value_or(now);
  const auto before = noted_.value_or(now);
  noted_ = now;
  if (!begun_) {
    if (!connected && losses == 0) return;
    begun_ = before;
    add_begin();
  }
  const bool lost = std::exchange(losses_, losses) != losses;
  if ((lost || !connected) && !away_) add({before, now, what});
  // The moment of its return is in it.
  if (away_ || lost || !connected) outages_.back().to = now;
  away_ = !connected;
}

void Outages::add_begin() {
  if (*begun_ - *last_before_ > kTakeover) add({*last_before_, *begun_, "nobody watched"});
}

void Outages::add(const Outage& outage) {
  outages_.push_back(outage);
  join_oldest();
}

// Of too many the two oldest become one: rather excuse too much than too little.
void Outages::join_oldest() {
  while (outages_.size() > kKept) {
    outages_[1].from = std::min(outages_[0].from, outages_[1].from);
    outages_[1].to = std::max(outages_[0].to, outages_[1].to);
    outages_.pop_front();
  }
}

void Outages::restore(const std::vector<Outage>& before) {
  // Ours are later, and the one that goes on stays the latest.
  std::vector<Outage> others;
  for (const auto& one : before) {
    const auto same = [&](const Outage& own) {
      return own.from == one.from && own.what == one.what;
    };
    if (std::none_of(outages_.begin(), outages_.end(), same)) others.push_back(one);
  }
  outages_.insert(outages_.begin(), others.begin(), others.end());
  join_oldest();
}

std::string Outages::excuse(Instant from, Instant to) const {
  const auto found = std::find_if(outages_.rbegin(), outages_.rend(), [&](const auto& outage) {
    return outage.from <= to && outage.to >= from;
  });
  if (found == outages_.rend()) return "";
  return found->what + " from " + to_text(found->from) + " to " + to_text(found->to) +
         ": pings may have been turned away";
}

}  // namespace monitron::checker
