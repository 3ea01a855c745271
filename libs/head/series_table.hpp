#pragma once
// The series of the head: labels kept once per set of a series' own labels, and a number by which
// each is found. Private to this room. Per series: 64 bytes here, 8 of the index, and what its
// samples take.

#include "head/samples.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace monitron::head {

// Labels in one text, for those of which there are many.
std::string pack_labels(const promql::Labels& labels);
std::vector<promql::Labels::Pair> unpack_labels(const std::string& packed);

// What is small lies in the padding of Samples.
struct Row {
  [[no_unique_address]] Samples samples;
  std::uint8_t generation = 0;  // another one each time that the place is used again
  std::uint16_t keep = 0;       // how long samples are kept, in kKeepUnitMs
  std::uint32_t owner = 0;
  const std::string* own = nullptr;  // packed labels, but for those that the owner has too
};
static_assert(sizeof(Row) == 64);
inline constexpr std::int64_t kKeepUnitMs = 45'000;  // 31 days fit in

class SeriesTable {
 public:
  std::optional<std::uint32_t> find(std::uint32_t owner, const std::string& own) const;
  std::uint32_t add(std::uint32_t owner, const std::string& own);  // one that is not there
  void remove(std::uint32_t place);

  Row& operator[](std::uint32_t place) { return rows_[place]; }
  const Row& operator[](std::uint32_t place) const { return rows_[place]; }
  bool holds(std::uint32_t place) const { return rows_[place].own != nullptr; }
  std::uint32_t places() const { return static_cast<std::uint32_t>(rows_.size()); }
  std::size_t size() const { return rows_.size() - free_.size(); }
  std::size_t bytes() const;  // but for samples

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static std::size_t hash(std::uint32_t owner, const std::string* own);
  std::size_t slot_of(std::uint32_t owner, const std::string* own) const;
  void rehash(std::size_t size);

  std::deque<Row> rows_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> index_;                      // open addressing, a power of two
  std::unordered_map<std::string, std::uint32_t> texts_;  // own labels, and how many rows have them
  std::size_t text_bytes_ = 0;
};

}  // namespace monitron::head
