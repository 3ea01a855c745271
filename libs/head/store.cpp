#include "head/store.hpp"

#include <algorithm>
#include <set>

namespace monitron::head {
namespace {

using promql::Sample;

constexpr std::size_t kAllocation = 8;  // what one costs besides its bytes

// Some seconds more: an evaluation may be late.
std::uint16_t keep_of(std::int64_t keep_ms) {
  const auto units = (keep_ms + 15'000 + kKeepUnitMs - 1) / kKeepUnitMs;
  return static_cast<std::uint16_t>(std::min<std::int64_t>(units, 0xffff));
}

std::size_t bytes_of(const Samples& samples) {
  return samples.empty() ? 0 : samples.bytes() + kAllocation;
}

}  // namespace

Owners::Changes Store::define(const std::vector<Need>& needs, std::vector<Owner> owners) {
  auto changes = owners_.define(std::move(owners));
  adopt(changes);
  std::vector<bool> stranger(owners_.places());
  for (const auto place : changes.altered) stranger[place] = true;
  for (const auto place : changes.gone) stranger[place] = true;
  if (!changes.altered.empty() || !changes.gone.empty()) {
    for (std::uint32_t place = 0; place < table_.places(); ++place) {
      if (table_.holds(place) && stranger[table_[place].owner]) remove(place);
    }
  }
  std::vector<Selected> wanted;
  std::unordered_map<std::string, std::uint32_t> places;
  for (const auto& need : needs) {
    auto key = key_of(need.matchers);
    const auto [known, is_new] = places.try_emplace(key, static_cast<std::uint32_t>(wanted.size()));
    if (is_new) wanted.push_back({need.matchers, std::move(key), 0, {}, false, {}, {}});
    auto& one = wanted[known->second];
    one.keep_ms = std::max(one.keep_ms, need.keep_ms);
    const bool told =
        need.reader.is_nil() || (!one.readers.empty() && one.readers.back() == need.reader);
    if (!told) one.readers.push_back(need.reader);
  }
  select(std::move(wanted), std::move(places));
  drop_removed();
  return changes;
}

void Store::select(std::vector<Selected> wanted,
                   std::unordered_map<std::string, std::uint32_t> places) {
  bool same = wanted.size() == selected_.size();
  for (auto& one : wanted) {
    const auto before = by_key_.find(one.key);
    same = same && before != by_key_.end() && selected_[before->second].keep_ms == one.keep_ms;
    if (before == by_key_.end()) continue;
    auto& known = selected_[before->second];
    if (known.keep_ms >= one.keep_ms) {
      one.complete = known.complete;
      one.missing = known.missing;
    }
  }
  if (same) {
    for (auto& one : wanted) selected_[by_key_.at(one.key)].readers = std::move(one.readers);
    return;
  }
  touched_readers_ = take_readers();
  selected_ = std::move(wanted);
  by_key_ = std::move(places);
  is_touched_.assign(selected_.size(), 0);
  ++definition_;
  std::vector<SelectorIndex::Matchers> selectors;
  for (const auto& one : selected_) selectors.push_back(one.matchers);
  index_ = SelectorIndex(std::move(selectors));
  select_again();
}

bool Store::touch(std::span<const std::uint32_t> selectors) {
  const bool before = !touched_.empty() || !touched_readers_.empty();
  for (const auto i : selectors) {
    if (std::exchange(is_touched_[i], 1) == 0) touched_.push_back(i);
  }
  return !before && !touched_.empty();
}

std::vector<Uuid> Store::take_readers() {
  auto readers = std::exchange(touched_readers_, {});
  for (const auto i : touched_) {
    is_touched_[i] = 0;
    readers.insert(readers.end(), selected_[i].readers.begin(), selected_[i].readers.end());
  }
  touched_.clear();
  return readers;
}

// Series that were read from storage when their owner was not defined (a check that was paused) are
// read again as the owner's.
void Store::adopt(Owners::Changes& changes) {
  const std::set<std::uint32_t> added(changes.added.begin(), changes.added.end());
  if (added.empty()) return;
  std::set<std::uint32_t> adopting;
  for (std::uint32_t place = 0; place < table_.places(); ++place) {
    if (!table_.holds(place) || table_[place].owner != Owners::kNobody) continue;
    const auto owner = owners_.divide(labels(at(place))).owner;
    if (!added.contains(owner)) continue;
    adopting.insert(owner);
    remove(place);
  }
  changes.altered.insert(changes.altered.end(), adopting.begin(), adopting.end());
}

// Other selectors than before: whose are the series that are there?
void Store::select_again() {
  reference_bytes_ = 0;
  for (std::uint32_t place = 0; place < table_.places(); ++place) {
    if (!table_.holds(place)) continue;
    const auto selectors = selectors_of(labels(at(place)));
    if (selectors.empty()) {
      remove(place);
      continue;
    }
    table_[place].keep = 0;
    for (const auto i : selectors) {
      selected_[i].series.push_back(place);
      table_[place].keep = std::max(table_[place].keep, keep_of(selected_[i].keep_ms));
    }
    reference_bytes_ += selectors.size() * sizeof(std::uint32_t);
  }
}

Selected* Store::find(const std::string& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &selected_[found->second];
}

std::optional<SeriesRef> Store::place(const promql::Labels& labels) {
  const auto divided = owners_.divide(labels);
  const auto own = pack_labels(divided.own);
  if (const auto known = table_.find(divided.owner, own)) {
    return at(*known);
  }
  const auto selectors = selectors_of(labels);
  if (selectors.empty()) return std::nullopt;
  if (bytes() >= max_bytes_) {
    refuse(labels, selectors);
    return std::nullopt;
  }
  const auto place = table_.add(divided.owner, own);
  auto& row = table_[place];
  for (const auto i : selectors) {
    selected_[i].series.push_back(place);
    row.keep = std::max(row.keep, keep_of(selected_[i].keep_ms));
  }
  reference_bytes_ += selectors.size() * sizeof(std::uint32_t);
  return at(place);
}

void Store::refuse(const promql::Labels& labels, const std::vector<std::uint32_t>& selectors) {
  ++stats_.refused;
  stats_.refused_last = labels.str();
  for (const auto i : selectors) {
    if (selected_[i].missing.empty()) selected_[i].missing = stats_.refused_last;
  }
}

bool Store::holds(const SeriesRef& ref) const {
  return table_.holds(ref.place) && table_[ref.place].generation == ref.generation;
}

promql::Labels Store::labels(const SeriesRef& ref) const {
  const auto& row = table_[ref.place];
  return owners_.unite(row.owner, unpack_labels(*row.own));
}

template <class Do>
void Store::change(const SeriesRef& ref, Do change) {
  auto& samples = table_[ref.place].samples;
  sample_bytes_ -= bytes_of(samples);
  change(samples);
  sample_bytes_ += bytes_of(samples);
}

bool Store::put(const SeriesRef& ref, const Sample& sample, bool replace, std::int64_t now_ms) {
  const auto& row = table_[ref.place];
  const auto horizon_ms = now_ms - row.keep * kKeepUnitMs;
  if (sample.time_ms < horizon_ms) return true;
  // So far beyond the limit only series go that were there before it was reached.
  if (bytes() > max_bytes_ + max_bytes_ / 8) {
    const auto all = labels(ref);
    refuse(all, selectors_of(all));
    return false;
  }
  ++stats_.samples;
  if (row.samples.empty() || sample.time_ms > row.samples.last_ms()) {
    change(ref, [&](Samples& samples) { samples.append(sample, horizon_ms); });
  } else {
    ++stats_.late;
    change(ref, [&](Samples& samples) { samples.merge({&sample, 1}, replace); });
  }
  return true;
}

void Store::merge(const SeriesRef& ref, std::span<const Sample> samples, std::int64_t now_ms) {
  const auto horizon_ms = now_ms - table_[ref.place].keep * kKeepUnitMs;
  while (!samples.empty() && samples.front().time_ms < horizon_ms) samples = samples.subspan(1);
  if (samples.empty()) return;
  change(ref, [&](Samples& present) { present.merge(samples, true); });
}

void Store::remove(std::uint32_t place) {
  sample_bytes_ -= bytes_of(table_[place].samples);
  table_.remove(place);
  removed_ = true;
}

void Store::drop_removed() {
  if (!removed_) return;
  removed_ = false;
  reference_bytes_ = 0;
  for (auto& one : selected_) {
    std::erase_if(one.series, [&](auto place) { return !table_.holds(place); });
    reference_bytes_ += one.series.size() * sizeof(std::uint32_t);
  }
}

bool Store::tidy(std::int64_t now_ms) {
  for (std::uint32_t place = 0; place < table_.places(); ++place) {
    if (!table_.holds(place)) continue;
    const auto& row = table_[place];
    const auto horizon_ms = now_ms - row.keep * kKeepUnitMs;
    if (row.samples.empty() || row.samples.last_ms() < horizon_ms) remove(place);
  }
  drop_removed();
  if (bytes() >= max_bytes_ - max_bytes_ / 8) return false;
  bool room = false;
  for (auto& one : selected_) {
    if (one.missing.empty()) continue;
    one.missing.clear();
    one.complete = false;
    room = true;
  }
  return room;
}

std::size_t Store::bytes() const {
  return table_.bytes() + sample_bytes_ + reference_bytes_ + elsewhere_bytes_;
}

}  // namespace monitron::head
