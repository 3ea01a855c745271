#include "series/slot_compaction.hpp"

#include <utility>

namespace monitron::series {
namespace {

using std::chrono::steady_clock;

}  // namespace

SlotCompaction::SlotCompaction(Parts parts, const CompactorConfig& config, Fence fence, Slot slot,
                               const std::atomic<bool>& stopping)
    : parts_(parts),
      config_(config),
      fence_(std::move(fence)),
      slot_(std::move(slot)),
      stopping_(stopping),
      sink_(parts.writing, parts.making, config.piece_bytes) {}

Result<void> SlotCompaction::run() {
  started_ = steady_clock::now();
  parts_.runs.clear();
  if (auto done = begin(); !done) return done;
  auto done = parts_.reading.copy_out(
      R"(COPY (SELECT source_id, layout_id, time, row_id, "values" FROM )" + slot_.table() +
          " WHERE source_id > " + std::to_string(slot_.compacted_through) +
          " ORDER BY source_id, time, row_id) TO STDOUT (FORMAT binary)",
      [&](BinaryRow& row) { return take(row); });
  if (left_) return {};
  if (done && source_ != 0) done = end_piece();
  if (done) done = commit(kAllSources);
  if (!done) (void)parts_.writing.run("ROLLBACK");
  return done;
}

Result<void> SlotCompaction::take(BinaryRow& row) {
  const StagedRow staged{row.int32(), row.int32(), row.time_ms(), row.int64()};
  row.float8_array(values_);
  if (row.bad()) return fail(Fault::bug, "a staged row is not as expected");
  if (staged.source != source_) {
    if (auto done = end_source(); !done) return done;
    if (left_) return fail(Fault::timeout, "enough for one stream");
    source_ = staged.source;
  }
  if (!parts_.runs.knows(staged.layout)) {
    if (auto done = learn(staged); !done) return done;
  }
  if (!parts_.runs.add(staged.layout, staged.time_ms, values_)) {
    return fail(Fault::bug, "a staged row does not fit its layout");
  }
  ++open_.rows;
  return parts_.runs.are_enough(config_.piece_bytes) ? end_piece() : Result<void>{};
}

Result<void> SlotCompaction::learn(const StagedRow& row) {
  auto places = parts_.layouts.find(parts_.making, slot_.table(), row);
  if (!places) return fail(places.error());
  parts_.runs.learn(row.layout, *places);
  return {};
}

Result<void> SlotCompaction::write(const char* sql) {
  auto done = parts_.writing.run(sql);
  if (!done) return fail(done.error());
  return {};
}

Result<void> SlotCompaction::begin() {
  open_ = {};
  begun_ = steady_clock::now();
  if (auto done = write("BEGIN"); !done) return done;
  return sink_.begin(system_clock().now());
}

Result<void> SlotCompaction::end_piece() {
  open_.samples += parts_.runs.samples();
  auto done = sink_.add(source_, parts_.runs);
  parts_.runs.clear();
  return done;
}

// Sources are whole in a transaction: the mark knows nothing less.
Result<void> SlotCompaction::end_source() {
  if (source_ == 0) return {};
  if (auto done = end_piece(); !done) return done;
  const auto now = steady_clock::now();
  if (open_.samples < config_.transaction_samples && now - begun_ < config_.transaction_time) {
    return {};
  }
  if (auto done = commit(source_); !done) return done;
  left_ = stopping_ || now - started_ >= config_.stream_time;
  return left_ ? Result<void>{} : begin();
}

Result<void> SlotCompaction::commit(std::int32_t through) {
  if (auto done = sink_.finish(); !done) return done;
  if (config_.mark_apart) {
    if (auto done = write("COMMIT"); !done) return done;
    if (auto done = write("BEGIN"); !done) return done;
  }
  if (auto done = mark_compacted(parts_.writing, slot_, through); !done) return done;
  if (config_.fenced) {
    if (auto done = check_fence(parts_.writing, fence_); !done) return done;
  }
  if (auto done = write("COMMIT"); !done) return done;
  slot_.compacted_through = through;
  done_.rows += open_.rows;
  done_.samples += open_.samples;
  done_.chunks += sink_.chunks();
  ++done_.transactions;
  return {};
}

}  // namespace monitron::series
