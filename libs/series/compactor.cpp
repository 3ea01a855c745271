#include "series/compactor.hpp"

#include "series/slot_compaction.hpp"

#include <optional>
#include <utility>

namespace monitron::series {
namespace {

// Rows come in the order of the index, at once and without being sorted on disk; how long the
// stream takes is our own affair.
constexpr const char* kReadInOrder =
    "SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off; "
    "SET max_parallel_workers_per_gather = 0; SET statement_timeout = 0";

Result<void> open(std::optional<Session>& session, const CompactorConfig& config,
                  const char* settings) {
  if (session && session->is_open()) return {};
  auto opened = Session::open(config.database_url, config.application_name);
  if (!opened) return fail(opened.error());
  if (settings) {
    if (auto done = opened->run(settings); !done) return fail(done.error());
  }
  session = std::move(*opened);
  return {};
}

}  // namespace

struct Compactor::State {
  explicit State(CompactorConfig from)
      : config(std::move(from)), layouts(config.layout_bytes), runs(config.piece_bytes) {}

  CompactorConfig config;
  std::optional<Session> reading, writing, making;
  KnownLayouts layouts;
  StagedRuns runs;
  Compacted compacted;  // since a step told
  std::atomic<bool> stopping{false};
  bool hurrying = false;
  std::array<Resting, 4> resting{};

  Result<Ring> look();
  Result<Step> step(const Fence& fence);
  Result<bool> tidy(const Fence& fence, const Ring& ring);
  Result<bool> turn(const Fence& fence);
  Result<void> compact(const Fence& fence, const Slot& slot);
};

Compactor::Compactor(CompactorConfig config) : state_(std::make_unique<State>(std::move(config))) {}

Compactor::~Compactor() = default;

void Compactor::stop() { state_->stopping = true; }

void Compactor::hurry() { state_->hurrying = true; }

Result<Step> Compactor::step(std::int64_t fence) {
  auto done = state_->step({state_->config.lease, fence});
  if (!done) {
    // A session in an unknown state is not used any more.
    state_->reading.reset();
    state_->writing.reset();
    state_->making.reset();
    return done;
  }
  done->compacted = std::exchange(state_->compacted, {});
  return done;
}

Result<Step> Compactor::State::step(const Fence& fence) {
  if (auto done = open(writing, config, nullptr); !done) return fail(done.error());
  auto ring = look();
  if (!ring) return fail(ring.error());
  auto worked = tidy(fence, *ring);
  if (worked && !*worked) worked = turn(fence);
  if (!worked) return fail(worked.error());
  if (*worked) ring = look();
  if (!ring) return fail(ring.error());
  const auto slot = ring->oldest_waiting();
  if (!slot || stopping) return Step{.worked = *worked};
  if (auto done = compact(fence, *slot); !done) return fail(done.error());
  return Step{.worked = true};
}

Result<Ring> Compactor::State::look() {
  auto ring = read_ring(*writing);
  if (!ring) return ring;
  for (const auto& slot : ring->slots) {
    resting.at(static_cast<std::size_t>(slot.number)).note(*ring, slot);
  }
  return ring;
}

Result<bool> Compactor::State::tidy(const Fence& fence, const Ring& ring) {
  bool worked = false;
  for (const auto& slot : ring.slots) {
    if (!slot.compacted || slot.rested < config.rest) continue;
    auto emptied =
        empty_slot(*writing, fence, slot, resting.at(static_cast<std::size_t>(slot.number)));
    if (!emptied) return emptied;
    worked = worked || *emptied;
  }
  return worked;
}

Result<bool> Compactor::State::turn(const Fence& fence) {
  const auto age = hurrying ? std::chrono::milliseconds(0) : config.slot_age;
  auto turned = turn_ring(*writing, fence, {age, config.slot_bytes});
  if (!turned) return fail(turned.error());
  if (*turned != Turn::later) hurrying = false;
  if (*turned != Turn::turned) return false;
  if (auto done = forget_layouts(*writing); !done) return fail(done.error());
  return true;
}

Result<void> Compactor::State::compact(const Fence& fence, const Slot& slot) {
  if (auto done = open(reading, config, kReadInOrder); !done) return done;
  if (auto done = open(making, config, nullptr); !done) return done;
  SlotCompaction compaction({*reading, *writing, *making, layouts, runs}, config, fence, slot,
                            stopping);
  auto done = compaction.run();
  compacted += compaction.done();
  return done;
}

Result<Backlog> Compactor::backlog() {
  auto& state = *state_;
  if (auto done = open(state.writing, state.config, nullptr); !done) return fail(done.error());
  auto ring = state.look();
  if (!ring) {
    state.writing.reset();
    return fail(ring.error());
  }
  Backlog backlog;
  std::optional<Slot> held;
  for (const auto& slot : ring->slots) {
    backlog.bytes += slot.bytes;
    if (slot.compacted && slot.rested - state.config.rest > backlog.held) {
      backlog.held = slot.rested - state.config.rest;
      held = slot;
    }
    if (!slot.is_waiting()) continue;
    ++backlog.slots;
    backlog.oldest = std::max(backlog.oldest, slot.age);
  }
  if (!held || backlog.held < state.config.held_long) return backlog;
  auto holder =
      who_holds(*state.writing, *held, state.resting.at(static_cast<std::size_t>(held->number)));
  if (!holder) {
    state.writing.reset();
    return fail(holder.error());
  }
  backlog.holder = std::move(*holder);
  return backlog;
}

}  // namespace monitron::series
