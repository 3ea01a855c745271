#include "head/head.hpp"

#include "head/head_state.hpp"

#include <algorithm>
#include <utility>

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

bool is_repeated(std::array<std::int64_t, 8>& last, std::int64_t slot_ms) {
  if (std::find(last.begin(), last.end(), slot_ms) != last.end()) return true;
  std::move_backward(last.begin(), last.end() - 1, last.end());
  last.front() = slot_ms;
  return false;
}

// Each once.
void make_set(std::vector<std::uint32_t>& places) {
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  places.shrink_to_fit();
}

}  // namespace

Head::Head(Config config) : state_(std::make_unique<State>(config)) {}
Head::~Head() = default;

void Head::define(const std::vector<Need>& needs, std::vector<Owner> owners, std::int64_t now_ms) {
  auto& s = *state_;
  const std::lock_guard lock(s.mutex);
  const auto before = s.store.definition();
  const auto changes = s.store.define(needs, std::move(owners));
  if (s.store.definition() != before || !changes.altered.empty()) s.forget_dictionaries();
  std::erase_if(s.results, [&](const auto& check) { return !s.store.owners().find(check.first); });
  for (const auto place : changes.added) {
    const auto& id = s.store.owners()[place].id;
    if (s.strangers.erase(id) != 0) s.unread.emplace(id, now_ms);
  }
  for (const auto place : changes.altered) {
    s.unread.insert_or_assign(s.store.owners()[place].id, now_ms);
    s.altered = true;
  }
}

std::size_t Head::State::Dictionary::bytes() const {
  constexpr std::size_t kNode = 168;  // of the map, and what allocations cost
  return kNode + entries.capacity() * sizeof(Entry) + selectors.capacity() * sizeof(std::uint32_t);
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
    dictionary_bytes -= known->second.bytes();
    dictionaries.erase(known);
  }
  if (dictionaries.size() >= kMaxDictionaries) forget_dictionaries();
  auto& dictionary = dictionaries[key];
  dictionary = read_dictionary(owner, block);
  dictionary_bytes += dictionary.bytes();
  count_own();
  return dictionary;
}

Head::State::Dictionary Head::State::read_dictionary(std::uint32_t owner,
                                                     const contracts::Block& block) {
  Dictionary dictionary;
  auto& [entries, selectors, used_ms] = dictionary;
  const auto series = contracts::unpack_dictionary(block.dictionary);
  if (!series || series->size() != block.series_count) return dictionary;
  static_assert(contracts::Limits{}.series <= 0xffff);
  for (std::size_t place = 0; place < series->size(); ++place) {
    const auto& one = (*series)[place];
    if (!store.may_select(one.name)) continue;
    std::vector<promql::Labels::Pair> own = {{std::string(promql::kMetricName), one.name}};
    for (const auto& [name, value] : one.labels) {
      if (name == contracts::kMetricTypeLabel || name == contracts::kMetricNameLabel) continue;
      own.emplace_back(name, without_nul(value));
    }
    const auto labels = store.owners().attach(owner, std::move(own));
    const auto ref = store.place(labels);
    if (!ref) continue;
    entries.push_back({ref->place, static_cast<std::uint16_t>(place), ref->generation});
    const auto of_this = store.selectors_of(labels);
    selectors.insert(selectors.end(), of_this.begin(), of_this.end());
  }
  make_set(selectors);
  entries.shrink_to_fit();
  return dictionary;
}

void Head::State::take(const SeriesRef& series, const Sample& sample, bool replace,
                       std::int64_t now_ms) {
  for (auto* view : views) view->hide(series, sample.time_ms);
  latest_ms = std::max(latest_ms, sample.time_ms);
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

// Keeps by whom a check's series are read, as long as they stay the same. True: as touch().
bool Head::State::note_series(Results& known, std::vector<SeriesRef> series) {
  if (known.series != series || known.definition != store.definition()) {
    known.selectors.clear();
    for (const auto& ref : series) {
      const auto of_this = store.selectors_of(store.labels(ref));
      known.selectors.insert(known.selectors.end(), of_this.begin(), of_this.end());
    }
    make_set(known.selectors);
    known.series = std::move(series);
    known.definition = store.definition();
  }
  return store.touch(known.selectors);
}

bool Head::add(const contracts::Batch& batch, std::int64_t now_ms) {
  auto& s = *state_;
  const auto& source = batch.id.source.value;
  const std::lock_guard lock(s.mutex);
  std::uint32_t owner = 0;
  if (s.store.selected().empty() || !s.is_known(source, owner)) return false;
  bool touched = false;
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
    touched = s.store.touch(dictionary.selectors) || touched;
  }
  return touched;
}

bool Head::add(const domain::CheckResult& result, std::int64_t now_ms) {
  if (result.test_id) return false;  // kept elsewhere
  auto& s = *state_;
  const std::lock_guard lock(s.mutex);
  std::uint32_t owner = 0;
  if (s.store.selected().empty() || !s.is_known(result.check_id.value, owner)) return false;
  auto& results = s.results[result.check_id.value][result.location];
  if (is_repeated(results.slots, to_ms(result.slot))) return false;
  std::vector<SeriesRef> series;
  for (const auto& value : domain::samples_of(result)) {
    if (!s.store.may_select(value.name)) continue;
    std::vector<promql::Labels::Pair> own = {{std::string(promql::kMetricName), value.name}};
    for (const auto& [name, text] : value.labels) own.emplace_back(name, without_nul(text));
    const auto ref = s.store.place(s.store.owners().attach(owner, std::move(own)));
    if (!ref) continue;
    s.take(*ref, {to_ms(result.slot), value.value}, false, now_ms);
    series.push_back(*ref);
  }
  return s.note_series(results, std::move(series));
}

Head::Readers Head::take_readers() {
  const std::lock_guard lock(state_->mutex);
  return {state_->store.take_readers(), std::exchange(state_->latest_ms, 0)};
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
    if (unused) s.dictionary_bytes -= one.second.bytes();
    return unused;
  });
  s.count_own();
}

Stats Head::stats() const {
  const std::lock_guard lock(state_->mutex);
  auto stats = state_->store.stats();
  stats.series = state_->store.size();
  stats.bytes = state_->store.bytes();
  return stats;
}

}  // namespace monitron::head
