#include "head/head_state.hpp"

#include <algorithm>
#include <bit>

namespace monitron::head {
namespace {

using promql::Sample;

constexpr std::size_t kOwnersAtOnce = 200;
constexpr std::int64_t kAheadMs = 15 * 60'000L;  // accepted times end 10 min ahead of now
constexpr std::int64_t kSlackMs = 60'000;

}  // namespace

bool Head::wants_filling() const {
  const std::lock_guard lock(state_->mutex);
  const auto& selected = state_->store.selected();
  return !state_->unread.empty() || std::any_of(selected.begin(), selected.end(),
                                                [](const auto& one) { return !one.complete; });
}

// What arrived while storage was read wins over what was read.
void Head::State::end_reading(std::int64_t now_ms) {
  reading = false;
  std::vector<Sample> present;
  for (const auto& [series, sample] : meanwhile) {
    if (!store.holds(series)) continue;
    present.clear();
    store.samples(series).read(sample.time_ms, sample.time_ms, present);
    // Mostly it is there: it was put in when it came.
    if (!present.empty() && std::bit_cast<std::uint64_t>(present[0].value) ==
                                std::bit_cast<std::uint64_t>(sample.value)) {
      continue;
    }
    store.put(series, sample, true, now_ms);
  }
  meanwhile.clear();
  meanwhile.shrink_to_fit();
}

Result<void> Head::State::read(promql::Source& storage, const promql::Selection& selection,
                               std::int64_t now_ms) {
  promql::Limits limits;
  limits.samples = limits.bytes = std::uint64_t{1} << 40;  // the store has a limit of its own
  limits.time = std::chrono::minutes(10);
  promql::Budget budget(limits);
  {
    const std::lock_guard lock(mutex);
    meanwhile.clear();
    reading = true;
  }
  auto done = storage.select(selection, budget, [&](const auto& labels, auto samples) {
    const std::lock_guard lock(mutex);
    if (const auto ref = store.place(labels)) store.merge(*ref, samples, now_ms);
    return Result<void>{};
  });
  const std::lock_guard lock(mutex);
  end_reading(now_ms);
  return done;
}

// What the selectors select of some owners.
std::vector<promql::Selection> Head::State::selections_of(const std::set<Uuid>& owners,
                                                          std::int64_t now_ms) {
  std::map<std::string, std::string> regexes;  // by the label that names an owner
  for (const auto& id : owners) {
    const auto place = store.owners().find(id);
    if (!place) continue;
    auto& regex = regexes[store.owners()[*place].id_label];
    regex.append(regex.empty() ? "" : "|").append(id.str());
  }
  std::vector<promql::Selection> selections;
  for (const auto& [label, regex] : regexes) {
    const auto matcher = promql::Matcher::make(promql::MatchKind::regex, label, regex);
    if (!matcher) continue;
    for (const auto& one : store.selected()) {
      promql::Selection selection{one.matchers, now_ms - one.keep_ms - kSlackMs, now_ms + kAheadMs};
      selection.matchers.push_back(*matcher);
      selections.push_back(std::move(selection));
    }
  }
  return selections;
}

// Of owners that came or changed.
Result<void> Head::State::read_owners(promql::Source& storage, std::int64_t now_ms) {
  for (;;) {
    std::vector<promql::Selection> selections;
    std::set<Uuid> meant;
    {
      const std::lock_guard lock(mutex);
      if (unread.empty()) {
        altered = false;
        return {};
      }
      while (!unread.empty() && meant.size() < kOwnersAtOnce) {
        meant.insert(unread.extract(unread.begin()));
      }
      selections = selections_of(meant, now_ms);
    }
    for (const auto& selection : selections) {
      if (auto done = read(storage, selection, now_ms); !done) {
        const std::lock_guard lock(mutex);
        unread.merge(meant);
        return done;
      }
    }
  }
}

Result<void> Head::fill(promql::Source& storage, std::int64_t now_ms) {
  auto& s = *state_;
  const std::lock_guard one_at_a_time(s.filling);
  for (;;) {
    promql::Selection selection;
    std::uint64_t losses = 0;
    {
      const std::lock_guard lock(s.mutex);
      const auto& selected = s.store.selected();
      const auto next = std::find_if(selected.begin(), selected.end(),
                                     [](const auto& one) { return !one.complete; });
      if (next == selected.end()) break;
      selection = {next->matchers, now_ms - next->keep_ms - kSlackMs, now_ms + kAheadMs};
      losses = s.losses;
    }
    if (auto done = s.read(storage, selection, now_ms); !done) return done;
    const std::lock_guard lock(s.mutex);
    auto* read = s.store.find(selection.matchers);
    if (losses != s.losses) return fail(Fault::unavailable, "the feed broke meanwhile");
    // Another one by now may look back further.
    if (read != nullptr && now_ms - read->keep_ms - kSlackMs >= selection.from_ms) {
      read->complete = true;
    }
  }
  return s.read_owners(storage, now_ms);
}

}  // namespace monitron::head
