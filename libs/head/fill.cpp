#include "head/head_state.hpp"
#include "head/joined.hpp"

#include <algorithm>
#include <bit>

namespace monitron::head {
namespace {

using promql::Sample;

constexpr std::size_t kOwnersAtOnce = 200;
constexpr std::int64_t kAheadMs = 15 * 60'000L;  // accepted times end 10 min ahead of now
constexpr std::int64_t kSlackMs = 60'000;
// Storage remembers the labels of instances and checks for three seconds.
constexpr std::int64_t kStorageLearnsMs = 4'000;

}  // namespace

bool Head::wants_filling(std::int64_t now_ms) const {
  auto& s = *state_;
  const std::lock_guard lock(s.mutex);
  const auto due = [&](const auto& owner) { return owner.second <= now_ms - kStorageLearnsMs; };
  const auto incomplete = [](const auto& one) { return !one.complete; };
  const auto& selected = s.store.selected();
  return std::any_of(s.unread.begin(), s.unread.end(), due) ||
         std::any_of(selected.begin(), selected.end(), incomplete);
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
  count_own();
}

Result<void> Head::State::read(promql::Source& storage, const promql::Selection& selection,
                               std::int64_t now_ms) {
  promql::Limits limits;
  limits.samples = limits.bytes = std::uint64_t{1} << 40;  // the store has a limit of its own
  limits.time = std::chrono::minutes(10);
  promql::Budget own(limits);
  {
    const std::lock_guard lock(mutex);
    if (stopped) return fail(Fault::unavailable, "told to stop");
    meanwhile.clear();
    reading = true;
    budget = &own;
  }
  auto done = storage.select(selection, own, [&](const auto& labels, auto samples) {
    const std::lock_guard lock(mutex);
    if (const auto ref = store.place(labels)) store.merge(*ref, samples, now_ms);
    return Result<void>{};
  });
  const std::lock_guard lock(mutex);
  budget = nullptr;
  end_reading(now_ms);
  return done;
}

// What the selectors select of some owners.
std::vector<promql::Selection> Head::State::selections_of(
    const std::map<Uuid, std::int64_t>& owners, std::int64_t now_ms) {
  std::map<std::string, std::string> regexes;  // by the label that names an owner
  for (const auto& [id, since] : owners) {
    const auto place = store.owners().find(id);
    if (!place) continue;
    auto& regex = regexes[store.owners()[*place].id_label];
    regex.append(regex.empty() ? "" : "|").append(id.str());
  }
  std::vector<promql::Selection> selections;
  for (const auto& [label, regex] : regexes) {
    const auto matcher = promql::Matcher::make(promql::MatchKind::regex, label, regex);
    if (!matcher) continue;
    for (const auto& part : parts(now_ms, true)) {
      selections.push_back(part.selection);
      selections.back().matchers.push_back(*matcher);
    }
  }
  return selections;
}

// Of owners that came or changed, some seconds after that.
Result<void> Head::State::read_owners(promql::Source& storage, std::int64_t now_ms) {
  for (;;) {
    std::vector<promql::Selection> selections;
    std::map<Uuid, std::int64_t> meant;
    {
      const std::lock_guard lock(mutex);
      for (const auto& owner : unread) {
        const bool due = owner.second <= now_ms - kStorageLearnsMs;
        if (due && meant.size() < kOwnersAtOnce) meant.insert(owner);
      }
      if (meant.empty()) return {};
      selections = selections_of(meant, now_ms);
    }
    for (const auto& selection : selections) {
      if (auto done = read(storage, selection, now_ms); !done) return done;
    }
    const std::lock_guard lock(mutex);
    // One that changed again meanwhile is read again.
    std::erase_if(unread, [&](const auto& owner) {
      const auto read = meant.find(owner.first);
      return read != meant.end() && read->second == owner.second;
    });
    if (unread.empty()) altered = false;
  }
}

std::vector<Head::State::Part> Head::State::parts(std::int64_t now_ms, bool all) const {
  std::vector<const Selected*> meant;
  std::vector<Question> questions;
  for (const auto& one : store.selected()) {
    if (one.complete && !all) continue;
    meant.push_back(&one);
    questions.push_back({&one.matchers, one.keep_ms});
  }
  std::vector<Part> parts;
  for (auto& asked : joined(questions)) {
    auto& part = parts.emplace_back();
    part.selection = {std::move(asked.matchers), now_ms - asked.keep_ms - kSlackMs,
                      now_ms + kAheadMs};
    for (const auto i : asked.selectors) part.keys.push_back(meant[i]->key);
  }
  return parts;
}

void Head::State::note_complete(const Part& part, std::int64_t now_ms) {
  for (const auto& key : part.keys) {
    auto* read = store.find(key);
    // Another one by now may look back further.
    if (read == nullptr || now_ms - read->keep_ms - kSlackMs < part.selection.from_ms) continue;
    read->complete = true;
  }
}

Result<void> Head::fill(promql::Source& storage, std::int64_t now_ms) {
  auto& s = *state_;
  const std::lock_guard one_at_a_time(s.filling);
  for (;;) {
    std::vector<State::Part> parts;
    std::uint64_t losses = 0;
    {
      const std::lock_guard lock(s.mutex);
      parts = s.parts(now_ms, false);
      losses = s.losses;
    }
    if (parts.empty()) break;
    for (const auto& part : parts) {
      if (auto done = s.read(storage, part.selection, now_ms); !done) return done;
      const std::lock_guard lock(s.mutex);
      if (losses != s.losses) return fail(Fault::unavailable, "the feed broke meanwhile");
      s.note_complete(part, now_ms);
    }
  }
  return s.read_owners(storage, now_ms);
}

void Head::stop_reading() {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  if (state_->budget != nullptr) state_->budget->cancel();
}

Result<void> Head::read_again(promql::Source& storage, std::int64_t now_ms) {
  auto& s = *state_;
  const std::lock_guard one_at_a_time(s.filling);
  std::vector<State::Part> parts;
  {
    const std::lock_guard lock(s.mutex);
    parts = s.parts(now_ms, true);
  }
  for (const auto& part : parts) {
    if (auto done = s.read(storage, part.selection, now_ms); !done) return done;
  }
  return {};
}

}  // namespace monitron::head
