#include "checker/schedule.hpp"

#include "contracts/check_definition.hpp"
#include "domain/check_slots.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace monitron::checker {

namespace {

using domain::CheckStatus;

// The results of a check that was run at once count as its first ones this long.
constexpr std::chrono::minutes kAfterAtOnce{5};
constexpr std::chrono::milliseconds kOneMs{1};

// What is asked of whom; not how the check is called, how often it runs and what follows from it.
std::uint64_t hash_of_question(const domain::CheckDefinition& check) {
  domain::CheckDefinition bare;
  bare.type = check.type;
  bare.settings = check.settings;
  bare.target = check.target;
  bare.timeout = check.timeout;
  return std::hash<std::string>{}(contracts::members_text(bare));
}

std::uint64_t line_of(std::int32_t interval, std::int64_t window) {
  return (static_cast<std::uint64_t>(interval) << 32U) | static_cast<std::uint64_t>(window);
}

std::int64_t windows_in(std::int32_t interval) {
  return std::chrono::milliseconds(std::chrono::seconds(interval)) / kWindow;
}

// The first slot after `slot` on its line.
Instant next_slot(const CheckId& id, std::chrono::seconds interval, Instant slot) {
  const std::int64_t span = std::chrono::milliseconds(interval).count();
  const std::int64_t phase = domain::phase_of(id, interval).count();
  const std::int64_t into = ((to_ms(slot) - phase) % span + span) % span;
  return slot + std::chrono::milliseconds(span - into);
}

bool waits_for_confirmation(const KnownState& state) {
  if (state.last == CheckStatus::down) return state.status != CheckStatus::down;
  return state.last == CheckStatus::up && state.status == CheckStatus::down;
}

}  // namespace

bool Schedule::put(const domain::CheckDefinition& check, const KnownState& state, Instant now) {
  const auto [place, fresh] = entries_.try_emplace(check.id.value);
  auto& entry = place->second;
  const auto interval = static_cast<std::int32_t>(check.interval.count());
  if (fresh || entry.interval != interval) {
    if (!fresh) leave_line(*place);
    entry.interval = interval;
    line_up(*place);
  }
  const std::string text = contracts::members_text(check);
  if (text != entry.view()) {
    entry.text = std::make_unique<char[]>(text.size());
    std::memcpy(entry.text.get(), text.data(), text.size());
    entry.text_size = static_cast<std::uint32_t>(text.size());
  }
  entry.retry = static_cast<std::int32_t>(check.retry_interval.count());
  const auto asks = hash_of_question(check);
  const bool news = fresh || entry.asks != asks;
  entry.asks = asks;
  note(*place, state, now);
  return news;
}

void Schedule::remove(const Uuid& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  leave_line(*found);
  entries_.erase(found);
  watched_.erase(id);
}

void Schedule::keep(const Uuid& after, const std::optional<Uuid>& last,
                    const std::vector<Uuid>& found) {
  auto entry = entries_.upper_bound(after);
  while (entry != entries_.end() && (!last || entry->first <= *last)) {
    const auto here = entry++;
    if (!std::binary_search(found.begin(), found.end(), here->first)) remove(here->first);
  }
}

void Schedule::run_at_once(const Uuid& id, Instant now) {
  if (entries_.contains(id)) watched_[id].at_once = now;
}

std::optional<DueCheck> Schedule::take_wanted(const Uuid& id, Instant now) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  const auto& entry = found->second;
  auto& watched = watched_[id];
  const bool just_now = now >= watched.at_once && now < watched.at_once + kQuickRetry;
  if (just_now) return std::nullopt;
  watched.at_once = now;
  if (next_slot(CheckId{id}, entry.every(), now) < now + kSoon) return std::nullopt;
  return DueCheck{now, entry.status, id, entry.view()};
}

std::vector<DueCheck> Schedule::due(Instant window) const {
  std::vector<DueCheck> list;
  for (const auto& [interval, count] : intervals_) {
    const auto windows = windows_in(interval);
    const auto number = (to_ms(window) / kWindow.count() % windows + windows) % windows;
    const auto line = lines_.find(line_of(interval, number));
    if (line == lines_.end()) continue;
    for (const Node* node : line->second) {
      const auto phase = domain::phase_of(CheckId{node->first}, node->second.every());
      list.push_back(
          {window + phase % kWindow, node->second.status, node->first, node->second.view()});
    }
  }
  return list;
}

std::size_t Schedule::slots_in(Instant from, Instant to) const {
  std::size_t count = 0;
  for (const auto& [id, entry] : entries_) {
    const auto first = next_slot(CheckId{id}, entry.every(), from - kOneMs);
    if (first < to) count += static_cast<std::size_t>((to - first - kOneMs) / entry.every()) + 1;
  }
  return count;
}

std::vector<DueCheck> Schedule::take_retries(Instant now, Instant end) {
  std::vector<DueCheck> list;
  while (!retries_.empty() && retries_.begin()->first < end) {
    const auto [due, id] = *retries_.begin();
    retries_.erase(retries_.begin());
    const auto found = entries_.find(id);
    if (found == entries_.end()) continue;
    list.push_back({std::max(due, now), found->second.status, id, found->second.view()});
  }
  return list;
}

void Schedule::line_up(Node& node) {
  const auto phase = domain::phase_of(CheckId{node.first}, node.second.every());
  lines_[line_of(node.second.interval, phase / kWindow)].push_back(&node);
  ++intervals_[node.second.interval];
}

void Schedule::leave_line(const Node& node) {
  const auto phase = domain::phase_of(CheckId{node.first}, node.second.every());
  const auto line = lines_.find(line_of(node.second.interval, phase / kWindow));
  std::erase(line->second, &node);
  if (line->second.empty()) lines_.erase(line);
  const auto count = intervals_.find(node.second.interval);
  if (--count->second == 0) intervals_.erase(count);
}

void Schedule::note(Node& node, const KnownState& state, Instant now) {
  auto& entry = node.second;
  entry.status = state.status;
  const auto known = watched_.find(node.first);
  auto watched = known == watched_.end() ? Watched{} : known->second;
  if (!waits_for_confirmation(state)) {
    // Confirmed by what came after it.
    if (known != watched_.end() && state.slot > std::max(watched.at_once, watched.retried)) {
      watched_.erase(known);
    }
    return;
  }
  if (state.slot <= watched.retried) return;
  const auto pause = retry_after(entry, watched, state.slot);
  if (pause.count() == 0) return;
  const Instant due = std::max(state.slot + pause, now);
  if (due >= next_slot(CheckId{node.first}, entry.every(), state.slot)) return;
  watched.retried = state.slot;
  watched_[node.first] = watched;
  retries_.emplace(due, node.first);
}

std::chrono::seconds Schedule::retry_after(const Entry& entry, const Watched& watched,
                                           Instant slot) {
  const std::chrono::seconds own(entry.retry);
  if (slot < watched.at_once || slot >= watched.at_once + kAfterAtOnce) return own;
  return own.count() == 0 ? std::min(entry.every(), kQuickRetry) : std::min(own, kQuickRetry);
}

}  // namespace monitron::checker
