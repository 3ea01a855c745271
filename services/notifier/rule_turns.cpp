#include "notifier/rule_turns.hpp"

#include <algorithm>
#include <utility>

namespace monitron::notifier {

void RuleTurns::add(const Uuid& rule, SteadyInstant due) {
  entries_[rule].due = due;
  due_.emplace(due, rule);
}

void RuleTurns::remove(const Uuid& rule) {
  const auto known = entries_.find(rule);
  if (known == entries_.end()) return;
  const auto& entry = known->second;
  due_.erase({entry.due, rule});
  changed_.erase({entry.ran, rule});
  std::erase_if(ahead_, [&](const auto& one) { return one.second == rule; });
  entries_.erase(known);
}

bool RuleTurns::arrived(SteadyInstant now) {
  if (ask_at_) return false;
  ask_at_ = now + kJoin;
  return true;
}

bool RuleTurns::asks_who(SteadyInstant now) {
  if (!ask_at_ || *ask_at_ > now || credit(now) <= Span{0}) return false;
  ask_at_.reset();
  return true;
}

void RuleTurns::changed(std::span<const Uuid> rules, SteadyInstant now, SteadyInstant seen_at) {
  seen_at = std::min(seen_at, now + kAhead);
  for (const auto& rule : rules) {
    const auto known = entries_.find(rule);
    if (known == entries_.end()) continue;
    auto& entry = known->second;
    change(rule, entry);
    if (seen_at <= now) continue;
    entry.last = std::max(entry.last, seen_at);
    if (!std::exchange(entry.is_ahead, true)) ahead_.emplace(seen_at, rule);
  }
}

void RuleTurns::change(const Uuid& rule, Entry& entry) {
  if (entry.cpu > kDearest || std::exchange(entry.is_changed, true)) return;
  if (entry.turn == 0) changed_.emplace(entry.ran, rule);
}

// What was in the future when it arrived.
void RuleTurns::look_again(SteadyInstant now) {
  while (!ahead_.empty() && ahead_.begin()->first <= now) {
    const auto rule = ahead_.begin()->second;
    ahead_.erase(ahead_.begin());
    auto& entry = entries_.at(rule);
    change(rule, entry);
    entry.is_ahead = entry.last > now;
    if (entry.is_ahead) ahead_.emplace(entry.last, rule);
  }
}

RuleTurns::Span RuleTurns::credit(SteadyInstant now) {
  const auto since = std::min<Span>(now - credited_, std::chrono::seconds(10));
  credit_ = std::min(kDearest, credit_ + std::chrono::duration_cast<Span>(since * kShare));
  credited_ = now;
  return credit_;
}

SteadyInstant RuleTurns::has_credit(SteadyInstant now) {
  const auto missing = Span{1} - credit(now);
  if (missing <= Span{0}) return now;
  return now + std::chrono::duration_cast<Span>(missing / kShare) + Span{1};
}

void RuleTurns::spend(Span cpu, SteadyInstant now) { credit_ = credit(now) - cpu; }

std::optional<RuleTurns::Turn> RuleTurns::next(SteadyInstant now) {
  look_again(now);
  Turn turn;
  if (!due_.empty() && due_.begin()->first <= now) {
    turn.rule = due_.begin()->second;
  } else if (!changed_.empty() && credit(now) > Span{0}) {
    turn.rule = changed_.begin()->second;
    turn.on_change = true;
  } else {
    return std::nullopt;
  }
  auto& entry = entries_.at(turn.rule);
  turn.due = entry.due;
  due_.erase({entry.due, turn.rule});
  changed_.erase({entry.ran, turn.rule});
  entry.turn = turn.number = ++turns_;
  entry.is_changed = false;
  return turn;
}

SteadyInstant RuleTurns::when(SteadyInstant now) {
  auto at = now + std::chrono::hours(1);
  if (!due_.empty()) at = std::min(at, due_.begin()->first);
  if (!ahead_.empty()) at = std::min(at, ahead_.begin()->first);
  if (ask_at_) at = std::min(at, std::max(*ask_at_, has_credit(now)));
  if (!changed_.empty()) at = std::min(at, has_credit(now));
  return at;
}

void RuleTurns::done(const Turn& turn, SteadyInstant due, SteadyInstant now, Span cpu) {
  if (turn.on_change) spend(cpu, now);
  const auto known = entries_.find(turn.rule);
  if (known == entries_.end() || known->second.turn != turn.number) return;
  auto& entry = known->second;
  entry.due = due;
  entry.ran = now;
  entry.cpu = cpu;
  entry.turn = 0;
  due_.emplace(due, turn.rule);
  entry.is_changed = entry.is_changed && cpu <= kDearest;
  if (entry.is_changed) changed_.emplace(now, turn.rule);
}

}  // namespace monitron::notifier
