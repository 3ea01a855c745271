#pragma once
// Turns what writers have staged into chunks. Of the ring's four tables (slots) writers fill one;
// it is closed after a while, its rows become chunks, source by source, and it is emptied when
// nobody can still be reading it. Chunks and the mark that readers obey are one transaction, so
// that a sample is in one place at any time, and whoever is killed can be followed by another.
//
// One owner at a time: the one who holds the lease. Each transaction asks for the lease's fence
// before its COMMIT, so that who was stopped for a while and lost the lease writes nothing.
//
// Memory: samples of one source as far as they are gathered (`piece_bytes`, twice that while
// vectors grow, and as much kept for the next source), 256 bytes for each of its series, encoded
// rows not yet copied (`piece_bytes` and twice that while they are copied) and the known layouts
// (about `layout_bytes`): with the defaults and 100,000 series of a source about 250 MiB at the
// worst and some 40 MiB for ordinary sources, however large the slot or a source is. A source that
// is larger than `piece_bytes` takes several pieces of one transaction; one of more than 131,072
// series takes larger ones, of 16 samples a series, up to 512 MiB.
//
// A Compactor belongs to one thread; stop() is for any.

#include "base/result.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace monitron::series {

struct CompactorConfig {
  std::string database_url{};
  std::string application_name{};
  std::string lease = "ingest.compactor";
  std::chrono::milliseconds slot_age{300'000};  // then writers go on with the next slot,
  std::int64_t slot_bytes = 1 << 30;            // or when it is so large
  std::chrono::milliseconds rest{30'000};       // between a slot's compaction and its emptying
  std::chrono::milliseconds held_long{60'000};  // then who holds a slot is looked for
  std::size_t piece_bytes = 32u << 20;
  std::size_t layout_bytes = 32u << 20;
  std::size_t transaction_samples = 4'000'000;       // about; sources are not divided
  std::chrono::milliseconds transaction_time{2000};  // about, likewise
  std::chrono::milliseconds stream_time{20'000};     // how old a snapshot gets: it holds vacuum up
  bool mark_apart = false;  // true marks in another transaction: for showing that tests notice
  bool fenced = true;       // likewise false
};

struct Compacted {
  std::size_t rows = 0;
  std::size_t samples = 0;
  std::size_t chunks = 0;
  std::size_t transactions = 0;

  Compacted& operator+=(const Compacted& more) {
    rows += more.rows;
    samples += more.samples;
    chunks += more.chunks;
    transactions += more.transactions;
    return *this;
  }
};

struct Step {
  bool worked = false;    // there may be more to do at once
  Compacted compacted{};  // and what failed steps before it had committed
};

// What waits in staging.
struct Backlog {
  std::int64_t bytes = 0;               // of all four tables
  std::chrono::milliseconds oldest{0};  // since the slot of the oldest waiting row was opened
  int slots = 0;                        // with rows that are not all compacted
  // A slot that is all in chunks stays while somebody reads it or has an older snapshot, and once
  // all others do, the current one grows: nothing is lost, but it takes its room on disk.
  std::chrono::milliseconds held{0};  // since one could have been emptied
  std::string holder{};               // who is in the way, after `held_long`
};

class Compactor {
 public:
  explicit Compactor(CompactorConfig config);
  ~Compactor();

  // Empties what can be emptied, turns the ring if that is due, and compacts for up to
  // `stream_time` (or one transaction, if that is longer). Faults: conflict, when the lease is
  // somebody else's by now; unavailable or timeout (later); what was committed before stays.
  Result<Step> step(std::int64_t fence);

  // The current slot is closed at the next step, whatever its age, if it can be.
  void hurry();
  Result<Backlog> backlog();

  void stop();  // a step ends with its transaction; Threads: any

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::series
