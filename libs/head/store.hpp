#pragma once
// What the head holds: selectors, and the series that they select. Private to this room; whoever
// uses it holds the head's lock.

#include "head/head.hpp"
#include "head/selector_index.hpp"
#include "head/series_table.hpp"

namespace monitron::head {

// A series by its place, as long as it lives.
struct SeriesRef {
  std::uint32_t place = 0;
  std::uint8_t generation = 0;
  bool operator==(const SeriesRef&) const = default;
};

// What one selector of the rules selects.
struct Selected {
  std::vector<promql::Matcher> matchers{};
  std::string key{};
  std::int64_t keep_ms = 0;
  std::vector<std::uint32_t> series{};  // their places
  bool complete = false;                // filled, and fed without a gap since
  std::string missing{};                // a series that there was no room for
  std::vector<Uuid> readers{};          // as Need has them
};

class Store {
 public:
  explicit Store(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // What of it is new is not complete. Owners whose labels changed lose their series.
  Owners::Changes define(const std::vector<Need>& needs, std::vector<Owner> owners);
  const Owners& owners() const { return owners_; }
  std::vector<Selected>& selected() { return selected_; }
  const std::vector<Selected>& selected() const { return selected_; }
  Selected* find(const std::string& key);
  // Another number each time that selectors are others, or in another order, than before.
  std::uint64_t definition() const { return definition_; }
  // Whether any selector may select series of this name.
  bool may_select(std::string_view name) const { return index_.may_select(name); }
  // Those that select the series, by their places in selected().
  std::vector<std::uint32_t> selectors_of(const promql::Labels& labels) const {
    return index_.of(labels);
  }

  // Samples of theirs arrived. True: take_readers() has something to say, and had not before.
  bool touch(std::span<const std::uint32_t> selectors);
  std::vector<Uuid> take_readers();  // of all that were touched since

  // The series with these labels; nothing when no rule reads it, or there is no room.
  std::optional<SeriesRef> place(const promql::Labels& labels);
  bool holds(const SeriesRef& ref) const;
  SeriesRef at(std::uint32_t place) const { return {place, table_[place].generation}; }
  promql::Labels labels(const SeriesRef& ref) const;
  const Samples& samples(const SeriesRef& ref) const { return table_[ref.place].samples; }

  // `replace`: whether it wins over a sample of the same time.
  // False for one that there was no memory for.
  bool put(const SeriesRef& ref, const promql::Sample& sample, bool replace, std::int64_t now_ms);
  void merge(const SeriesRef& ref, std::span<const promql::Sample> samples, std::int64_t now_ms);

  // True: there is room again for what was refused.
  bool tidy(std::int64_t now_ms);
  std::size_t bytes() const;
  void count_elsewhere(std::size_t bytes) { elsewhere_bytes_ = bytes; }  // that are held for it
  Stats& stats() { return stats_; }
  std::size_t size() const { return table_.size(); }

 private:
  template <class Do>
  void change(const SeriesRef& ref, Do change);
  void select_again();
  void select(std::vector<Selected> wanted, std::unordered_map<std::string, std::uint32_t> places);
  void adopt(Owners::Changes& changes);
  void refuse(const promql::Labels& labels, const std::vector<std::uint32_t>& selectors);
  void remove(std::uint32_t place);
  void drop_removed();

  const std::size_t max_bytes_;
  Owners owners_;
  SeriesTable table_;
  std::vector<Selected> selected_;
  std::uint64_t definition_ = 0;
  std::unordered_map<std::string, std::uint32_t> by_key_;
  SelectorIndex index_;
  std::vector<std::uint8_t> is_touched_;  // by selector
  std::vector<std::uint32_t> touched_;    // those that are
  std::vector<Uuid> touched_readers_;     // of selectors that are gone
  std::size_t sample_bytes_ = 0;
  std::size_t elsewhere_bytes_ = 0;
  std::size_t reference_bytes_ = 0;  // of Selected::series
  bool removed_ = false;             // some of these may be gone
  Stats stats_;
};

}  // namespace monitron::head
