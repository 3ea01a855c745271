#pragma once
// The recent samples of every series that some rule selects, in memory: fed by what arrives, filled
// from storage where nothing arrived. As a promql::Source it answers what the rules ask, and
// nothing else, with the labels and samples that storage would answer with.
//
// Threads: any. One lock, held for one batch, or for some hundred series of a selection; define()
// holds it for as long as it takes to look at every series again (about a second for a million),
// which is needed only when the rules change. fill() reads storage without it, one thread at a
// time.
//
// Memory: per series about 95 bytes (labels that series of one owner or of one kind share are kept
// once) and 1 to 3 bytes per sample of few digits, 9 of full precision: about 200 bytes a series
// for five minutes of what hosts report every ten seconds; tests/bench/head_bench measures it.
// Beyond `max_bytes` no new series are taken, and beyond an eighth more no samples either: they are
// counted, and selections that would miss them fail and say so.

#include "contracts/telemetry.hpp"
#include "domain/check_result.hpp"
#include "head/needs.hpp"
#include "head/owners.hpp"
#include "promql/source.hpp"

#include <memory>
#include <unordered_map>

namespace monitron::head {

struct SeriesRef;

struct Config {
  std::size_t max_bytes = 512u << 20;
};

struct Stats {
  std::size_t series = 0;
  std::size_t bytes = 0;
  std::uint64_t samples = 0;  // taken so far, as what follows
  std::uint64_t late = 0;     // not newer than all of its series
  std::uint64_t refused = 0;  // series and samples, for want of memory
  std::string refused_last{};
};

class Head : public promql::Source {
 public:
  class View;
  explicit Head(Config config);
  ~Head() override;

  // What the rules read, and what series belong to. What is new to it fill() reads: of owners some
  // seconds later, when storage too knows their labels.
  void define(const std::vector<Need>& needs, std::vector<Owner> owners, std::int64_t now_ms);

  // What arrives; sources that are not defined are remembered, and read once they are. Of equal
  // times the sample that came last stays, but of a check's results the first one, as storage has
  // it. True: take_readers() has something to say, and had not before.
  bool add(const contracts::Batch& batch, std::int64_t now_ms);
  bool add(const domain::CheckResult& result, std::int64_t now_ms);
  // Who reads what arrived since this was asked last.
  struct Readers {
    std::vector<Uuid> all{};     // as Need::reader has them; some more than once
    std::int64_t latest_ms = 0;  // of what arrived
  };
  Readers take_readers();

  // The feed had a gap: until fill() nothing is complete.
  void lose();
  // Reads from storage what is missing. Samples that arrive meanwhile are taken, and win over what
  // is read. The fault of the storage.
  Result<void> fill(promql::Source& storage, std::int64_t now_ms);
  bool wants_filling(std::int64_t now_ms) const;
  // Once more, of all: for what was on its way to storage when that was read.
  Result<void> read_again(promql::Source& storage, std::int64_t now_ms);
  void stop_reading();  // now and from now on: what reads storage ends soon, with a fault

  // Forgets what is older than any rule looks; every minute or so.
  void tidy(std::int64_t now_ms);

  // Faults: unavailable, for what is not yet filled; invalid, for what lacks series that memory had
  // no room for; not found, for what no rule reads. Each selection is a View of its own.
  Result<void> select(const promql::Selection& selection, promql::Budget& budget,
                      const Visit& visit) override;

  Stats stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The head as it is between two batches, for several selections: what arrives meanwhile is not seen
// in it, so that of what was measured together all is seen or nothing. Only samples that are no
// newer than the last of their series, and what fill() reads, appear at once. Belongs to one
// thread; the head outlives it. While there is one, each series that something arrives for takes
// 40 bytes.
class Head::View : public promql::Source {
 public:
  explicit View(Head& head);
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View() override;

  Result<void> select(const promql::Selection& selection, promql::Budget& budget,
                      const Visit& visit) override;

 private:
  friend struct State;
  void hide(const SeriesRef& series, std::int64_t time_ms);
  std::int64_t end_of(std::uint32_t place, std::int64_t to_ms) const;
  Result<std::vector<SeriesRef>> series_of(const std::vector<promql::Matcher>& matchers) const;

  State& state_;
  std::unordered_map<std::uint32_t, std::int64_t> hidden_;  // from when on, by place of a series
};

}  // namespace monitron::head
