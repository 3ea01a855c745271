#include "head/head.hpp"

#include "head/head_state.hpp"
#include "promql/query.hpp"

#include <algorithm>

namespace monitron::head {
namespace {

using promql::Sample;

constexpr std::size_t kMaxDictionaries = 200'000;
constexpr std::size_t kMaxStrangers = 10'000;
constexpr std::size_t kSeriesAtOnce = 256;
constexpr std::int64_t kUnusedMs = 10 * 60'000L;

// PostgreSQL's text knows no NUL, so the writer drops them.
std::string without_nul(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '\0');
  return plain;
}

template <class Entries>
std::size_t bytes_of(const Entries& entries) {
  constexpr std::size_t kNode = 144;  // of the map, and what allocations cost
  return kNode + entries.capacity() * sizeof(entries[0]);
}

}  // namespace

Head::Head(Config config) : state_(std::make_unique<State>(config)) {}
Head::~Head() = default;

void Head::define(const std::vector<Need>& needs, std::vector<Owner> owners, std::int64_t now_ms) {
  auto& s = *state_;
  const std::lock_guard lock(s.mutex);
  std::vector<std::string> before;
  for (const auto& one : s.store.selected()) before.push_back(one.key);
  const auto changes = s.store.define(needs, std::move(owners));
  const auto& now = s.store.selected();
  const bool same_selectors =
      std::equal(before.begin(), before.end(), now.begin(), now.end(),
                 [](const auto& key, const auto& one) { return key == one.key; });
  if (!same_selectors || !changes.altered.empty()) s.forget_dictionaries();
  std::erase_if(s.slots, [&](const auto& check) { return !s.store.owners().find(check.first); });
  for (const auto place : changes.added) {
    const auto& id = s.store.owners()[place].id;
    if (s.strangers.erase(id) != 0) s.unread.emplace(id, now_ms);
  }
  for (const auto place : changes.altered) {
    s.unread.insert_or_assign(s.store.owners()[place].id, now_ms);
    s.altered = true;
  }
}

void Head::State::forget_dictionaries() {
  dictionaries.clear();
  dictionary_bytes = 0;
  count_own();
}

void Head::State::count_own() {
  store.count_elsewhere(dictionary_bytes + meanwhile.size() * sizeof(Meanwhile));
}

// Which series of the block are read by rules. Names are looked at once per dictionary.
Head::State::Dictionary& Head::State::dictionary(std::uint32_t owner, const Uuid& source,
                                                 const contracts::Block& block) {
  const auto key = std::pair{source, block.dictionary.hash};
  const auto known = dictionaries.find(key);
  if (known != dictionaries.end()) {
    const auto& entries = known->second.entries;
    const bool alive = std::all_of(entries.begin(), entries.end(),
                                   [&](const auto& entry) { return store.holds(entry.series()); });
    if (alive) return known->second;
    dictionary_bytes -= bytes_of(known->second.entries);
    dictionaries.erase(known);
  }
  if (dictionaries.size() >= kMaxDictionaries) forget_dictionaries();
  auto& dictionary = dictionaries[key];
  dictionary.entries = entries_of(owner, block);
  dictionary_bytes += bytes_of(dictionary.entries);
  count_own();
  return dictionary;
}

std::vector<Head::State::Entry> Head::State::entries_of(std::uint32_t owner,
                                                        const contracts::Block& block) {
  std::vector<Entry> entries;
  const auto series = contracts::unpack_dictionary(block.dictionary);
  if (!series || series->size() != block.series_count) return entries;
  static_assert(contracts::Limits{}.series <= 0xffff);
  for (std::size_t place = 0; place < series->size(); ++place) {
    const auto& one = (*series)[place];
    if (!store.may_select(one.name)) continue;
    std::vector<promql::Labels::Pair> own = {{std::string(promql::kMetricName), one.name}};
    for (const auto& [name, value] : one.labels) {
      if (name == contracts::kMetricTypeLabel || name == contracts::kMetricNameLabel) continue;
      own.emplace_back(name, without_nul(value));
    }
    const auto ref = store.place(store.owners().attach(owner, std::move(own)));
    if (!ref) continue;
    entries.push_back({ref->place, static_cast<std::uint16_t>(place), ref->generation});
  }
  entries.shrink_to_fit();
  return entries;
}

void Head::State::take(const SeriesRef& series, const Sample& sample, bool replace,
                       std::int64_t now_ms) {
  const bool taken = store.put(series, sample, replace, now_ms);
  // Of what storage keeps the first one, there is nothing to win.
  if (!taken || !reading || !replace) return;
  meanwhile.push_back({series, sample});
  count_own();
}

// False for one that is not defined (yet).
bool Head::State::is_known(const Uuid& source, std::uint32_t& owner) {
  const auto found = store.owners().find(source);
  if (found) {
    owner = *found;
  } else if (strangers.size() < kMaxStrangers) {
    strangers.insert(source);
  }
  return found.has_value();
}

bool Head::State::is_repeated(const domain::CheckResult& result) {
  const auto slot_ms = to_ms(result.slot);
  auto& last = slots[result.check_id.value][result.location];
  if (std::find(last.begin(), last.end(), slot_ms) != last.end()) return true;
  std::move_backward(last.begin(), last.end() - 1, last.end());
  last.front() = slot_ms;
  return false;
}

void Head::add(const contracts::Batch& batch, std::int64_t now_ms) {
  auto& s = *state_;
  const auto& source = batch.id.source.value;
  const std::lock_guard lock(s.mutex);
  std::uint32_t owner = 0;
  if (s.store.selected().empty() || !s.is_known(source, owner)) return;
  for (const auto& block : batch.blocks) {
    auto& dictionary = s.dictionary(owner, source, block);
    dictionary.used_ms = now_ms;
    const auto& entries = dictionary.entries;
    if (entries.empty()) continue;
    for (const auto& frame : block.frames) {
      for (const auto& entry : entries) {
        const double value = frame.values[entry.place];
        if (!contracts::is_absent(value))
          s.take(entry.series(), {frame.time_ms, value}, true, now_ms);
      }
    }
    for (const auto& point : block.points) {
      const auto entry =
          std::lower_bound(entries.begin(), entries.end(), point.series,
                           [](const auto& one, std::uint32_t place) { return one.place < place; });
      if (entry == entries.end() || entry->place != point.series) continue;
      s.take(entry->series(), {point.time_ms, point.value}, true, now_ms);
    }
  }
}

void Head::add(const domain::CheckResult& result, std::int64_t now_ms) {
  if (result.test_id) return;  // kept elsewhere
  auto& s = *state_;
  const std::lock_guard lock(s.mutex);
  std::uint32_t owner = 0;
  if (s.store.selected().empty() || !s.is_known(result.check_id.value, owner)) return;
  if (s.is_repeated(result)) return;
  for (const auto& value : domain::samples_of(result)) {
    if (!s.store.may_select(value.name)) continue;
    std::vector<promql::Labels::Pair> own = {{std::string(promql::kMetricName), value.name}};
    for (const auto& [name, text] : value.labels) own.emplace_back(name, without_nul(text));
    const auto ref = s.store.place(s.store.owners().attach(owner, std::move(own)));
    if (ref) s.take(*ref, {to_ms(result.slot), value.value}, false, now_ms);
  }
}

void Head::lose() {
  const std::lock_guard lock(state_->mutex);
  ++state_->losses;
  for (auto& one : state_->store.selected()) one.complete = false;
}

void Head::tidy(std::int64_t now_ms) {
  auto& s = *state_;
  const std::lock_guard lock(s.mutex);
  // What was refused before is to be looked at again.
  if (s.store.tidy(now_ms)) s.forget_dictionaries();
  std::erase_if(s.dictionaries, [&](const auto& one) {
    const bool unused = one.second.used_ms < now_ms - kUnusedMs;
    if (unused) s.dictionary_bytes -= bytes_of(one.second.entries);
    return unused;
  });
  s.count_own();
}

Result<void> Head::select(const promql::Selection& selection, promql::Budget& budget,
                          const Visit& visit) {
  auto& s = *state_;
  std::vector<SeriesRef> series;
  {
    const std::lock_guard lock(s.mutex);
    const auto* found = s.store.find(selection.matchers);
    if (found == nullptr) return fail(Fault::not_found, "no rule reads this");
    if (!found->complete || s.altered) {
      return fail(Fault::unavailable, "recent samples are still being read from storage");
    }
    if (!found->missing.empty()) {
      return fail(Fault::invalid, "the memory for recent samples (" +
                                      std::to_string(s.max_bytes >> 20) +
                                      " MiB) is full: it has no room for " + found->missing);
    }
    for (const auto place : found->series) series.push_back(s.store.at(place));
  }
  std::vector<promql::Series> some(kSeriesAtOnce);
  for (std::size_t at = 0; at < series.size();) {
    std::size_t count = 0;
    std::uint64_t samples = 0;
    {
      const std::lock_guard lock(s.mutex);
      for (; at < series.size() && count < kSeriesAtOnce; ++at) {
        if (!s.store.holds(series[at])) continue;
        auto& one = some[count];
        one.samples.clear();
        s.store.samples(series[at]).read(selection.from_ms, selection.to_ms, one.samples);
        if (one.samples.empty()) continue;
        one.labels = s.store.labels(series[at]);
        samples += one.samples.size();
        ++count;
      }
    }
    if (auto taken = budget.take_samples(samples); !taken) return taken;
    if (auto going = budget.check(); !going) return going;
    for (std::size_t i = 0; i < count; ++i) {
      if (auto done = visit(some[i].labels, some[i].samples); !done) return done;
    }
  }
  return {};
}

Stats Head::stats() const {
  const std::lock_guard lock(state_->mutex);
  auto stats = state_->store.stats();
  stats.series = state_->store.size();
  stats.bytes = state_->store.bytes();
  return stats;
}

}  // namespace monitron::head
