#pragma once
// The inside of the head. Private to this room.

#include "head/store.hpp"

#include <array>
#include <deque>
#include <map>
#include <mutex>
#include <set>

namespace monitron::head {

struct Head::State {
  // A series of a dictionary that some rule reads.
  struct Entry {
    SeriesRef series() const { return {to, generation}; }
    std::uint32_t to = 0;
    std::uint16_t place = 0;
    std::uint8_t generation = 0;
  };
  struct Dictionary {
    std::vector<Entry> entries;            // by place
    std::vector<std::uint32_t> selectors;  // of these
    std::int64_t used_ms = 0;
    std::size_t bytes() const;
  };
  // Of a check at a location.
  struct Results {
    // What comes again (another worker had it too) is not stored.
    std::array<std::int64_t, 8> slots{};
    std::vector<SeriesRef> series;         // of the latest one
    std::vector<std::uint32_t> selectors;  // of these
    std::uint64_t definition = 0;          // to which these belong
  };
  // A live sample that came while storage was read.
  struct Meanwhile {
    SeriesRef series;
    promql::Sample sample;
  };

  explicit State(const Config& config) : max_bytes(config.max_bytes), store(config.max_bytes) {}

  Dictionary& dictionary(std::uint32_t owner, const Uuid& source, const contracts::Block& block);
  Dictionary read_dictionary(std::uint32_t owner, const contracts::Block& block);
  void forget_dictionaries();
  void count_own();  // what is held beside the store
  void take(const SeriesRef& series, const promql::Sample& sample, bool replace,
            std::int64_t now_ms);
  bool is_known(const Uuid& source, std::uint32_t& owner);
  bool note_series(Results& known, std::vector<SeriesRef> series);
  // What is to be read from storage, and of which selectors that is all.
  struct Part {
    promql::Selection selection;
    std::vector<std::string> keys;
  };
  std::vector<Part> parts(std::int64_t now_ms, bool all) const;  // or of those that lack something
  void note_complete(const Part& part, std::int64_t now_ms);
  void end_reading(std::int64_t now_ms);
  Result<void> read(promql::Source& storage, const promql::Selection& selection,
                    std::int64_t now_ms);
  Result<void> read_owners(promql::Source& storage, std::int64_t now_ms);
  std::vector<promql::Selection> selections_of(const std::map<Uuid, std::int64_t>& owners,
                                               std::int64_t now_ms);

  const std::size_t max_bytes;
  std::mutex filling;  // one fill() at a time
  std::mutex mutex;    // guards what follows
  Store store;
  std::map<std::pair<Uuid, contracts::DictionaryHash>, Dictionary> dictionaries;
  std::size_t dictionary_bytes = 0;
  std::unordered_map<Uuid, std::map<std::string, Results>> results;  // by check and location
  std::set<Uuid> strangers;             // sent something before they were defined
  std::map<Uuid, std::int64_t> unread;  // of these storage knows more; since when
  bool altered = false;                 // … and what was here of some of them is gone
  std::uint64_t losses = 0;             // of the feed
  bool reading = false;                 // storage is being read
  promql::Budget* budget = nullptr;     // of that
  bool stopped = false;
  std::deque<Meanwhile> meanwhile;
  std::vector<View*> views;    // that are looked at now
  std::int64_t latest_ms = 0;  // of what arrived since take_readers()
};

}  // namespace monitron::head
