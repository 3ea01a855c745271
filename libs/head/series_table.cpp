#include "head/series_table.hpp"

#include <functional>

namespace monitron::head {
namespace {

constexpr std::size_t kNodeBytes = 64;  // of a text, besides itself

}  // namespace

// No name and no value has a NUL.
std::string pack_labels(const promql::Labels& labels) {
  std::string packed;
  for (const auto& [name, value] : labels.pairs()) {
    packed.append(name).push_back('\0');
    packed.append(value).push_back('\0');
  }
  return packed;
}

std::vector<promql::Labels::Pair> unpack_labels(const std::string& packed) {
  std::vector<promql::Labels::Pair> pairs;
  for (std::size_t at = 0; at < packed.size();) {
    const auto name_end = packed.find('\0', at);
    const auto value_end = packed.find('\0', name_end + 1);
    pairs.emplace_back(packed.substr(at, name_end - at),
                       packed.substr(name_end + 1, value_end - name_end - 1));
    at = value_end + 1;
  }
  return pairs;
}

std::size_t SeriesTable::hash(std::uint32_t owner, const std::string* own) {
  const auto mixed = reinterpret_cast<std::uintptr_t>(own) / 16 + owner * 0x9e37'79b9'7f4a'7c15ULL;
  return (mixed ^ (mixed >> 29)) * 0xbf58'476d'1ce4'e5b9ULL >> 16;
}

// Where it is, or where it would be.
std::size_t SeriesTable::slot_of(std::uint32_t owner, const std::string* own) const {
  auto slot = hash(owner, own) & (index_.size() - 1);
  while (index_[slot] != kNone) {
    const auto& row = rows_[index_[slot]];
    if (row.owner == owner && row.own == own) break;
    slot = (slot + 1) & (index_.size() - 1);
  }
  return slot;
}

std::optional<std::uint32_t> SeriesTable::find(std::uint32_t owner, const std::string& own) const {
  const auto text = texts_.find(own);
  if (text == texts_.end() || index_.empty()) return std::nullopt;
  const auto place = index_[slot_of(owner, &text->first)];
  if (place == kNone) return std::nullopt;
  return place;
}

std::uint32_t SeriesTable::add(std::uint32_t owner, const std::string& own) {
  if ((size() + 1) * 4 > index_.size() * 3) rehash(std::max<std::size_t>(64, index_.size() * 2));
  const auto [text, is_new] = texts_.try_emplace(own, 0);
  if (is_new) text_bytes_ += own.size() + kNodeBytes;
  ++text->second;
  std::uint32_t place = places();
  if (free_.empty()) {
    rows_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  auto& row = rows_[place];
  row.own = &text->first;
  row.owner = owner;
  index_[slot_of(owner, row.own)] = place;
  return place;
}

void SeriesTable::remove(std::uint32_t place) {
  auto& row = rows_[place];
  auto slot = slot_of(row.owner, row.own);
  // What lies behind it moves up, so that no search ends too early.
  index_[slot] = kNone;
  for (auto next = (slot + 1) & (index_.size() - 1); index_[next] != kNone;
       next = (next + 1) & (index_.size() - 1)) {
    const auto moved = std::exchange(index_[next], kNone);
    index_[slot_of(rows_[moved].owner, rows_[moved].own)] = moved;
  }
  const auto text = texts_.find(*row.own);
  if (--text->second == 0) {
    text_bytes_ -= text->first.size() + kNodeBytes;
    texts_.erase(text);
  }
  const auto generation = static_cast<std::uint8_t>(row.generation + 1);
  row = Row{};
  row.generation = generation;
  free_.push_back(place);
}

void SeriesTable::rehash(std::size_t size) {
  index_.assign(size, kNone);
  for (std::uint32_t place = 0; place < places(); ++place) {
    if (holds(place)) index_[slot_of(rows_[place].owner, rows_[place].own)] = place;
  }
}

std::size_t SeriesTable::bytes() const {
  return rows_.size() * sizeof(Row) + index_.size() * sizeof(std::uint32_t) + text_bytes_;
}

}  // namespace monitron::head
