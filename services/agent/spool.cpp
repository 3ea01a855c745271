#include "agent/spool.hpp"

#include "base/random.hpp"

#include <algorithm>

namespace monitron::agent {
namespace {

const std::string kCursorName = "cursor";

Epoch new_epoch() {
  Epoch epoch;
  random_bytes(epoch);
  return epoch;
}

// Small enough that dropping the oldest loses little, large enough that unlinks are rare.
std::uint64_t segment_bytes_for(std::uint64_t max_bytes) {
  return std::clamp<std::uint64_t>(max_bytes / 64, 4u << 10, 1u << 20);
}

}  // namespace

Spool::Spool(SpoolFiles& files, std::uint64_t max_bytes)
    : files_(&files),
      max_bytes_(max_bytes),
      segment_bytes_(segment_bytes_for(max_bytes)),
      epoch_(new_epoch()) {}

Result<Spool> Spool::open(SpoolFiles& files, std::uint64_t max_bytes) {
  Spool spool(files, max_bytes);
  if (auto done = spool.recover(); !done) return fail(done.error().in("spool"));
  return spool;
}

template <class T>
Result<T> Spool::checked(Result<T> done) {
  if (!done && done.error().fault == Fault::bug) broken_ = true;
  return done;
}

Result<void> Spool::usable() const {
  if (broken_) return fail(Fault::bug, "spool: an earlier fsync failed");
  return {};
}

// ---- recovery ----

Result<void> Spool::recover() {
  if (auto done = read_cursor(); !done) return done;
  if (auto done = scan_segments(); !done) return done;
  next_seq_ = cursor_.acknowledged + 1;
  if (!segments_.empty()) next_seq_ = std::max(next_seq_, segments_.back().next_seq);
  if (auto done = make_cursor(); !done) return done;
  return delete_finished();
}

// The newer slot counts. Without a whole one all that is there is sent again.
Result<void> Spool::read_cursor() {
  for (std::uint64_t slot = 0; slot < 2; ++slot) {
    const auto bytes = files_->read(kCursorName, slot * kCursorSlotStride, kCursorSlotBytes);
    if (!bytes && bytes.error().fault == Fault::not_found) return {};
    if (!bytes) return fail(bytes.error());
    const auto cursor = decode_cursor_slot(*bytes);
    if (!cursor || cursor->generation <= cursor_.generation) continue;
    cursor_ = *cursor;
    cursor_slot_ = 1 - slot;
  }
  return {};
}

Result<void> Spool::scan_segments() {
  const auto names = files_->list();
  if (!names) return fail(names.error());
  for (const auto& name : *names) {
    if (!is_segment_name(name)) continue;
    auto segment = scan(name);
    if (!segment) return fail(segment.error());
    damaged_ += segment->damaged ? 1 : 0;
    // A write that failed may be whole all the same; its number was given to the next record.
    if (!segments_.empty() && !segment->holds_nothing()) {
      Segment& before = segments_.back();
      before.next_seq = std::clamp(segment->first_seq, before.first_seq, before.next_seq);
    }
    segments_.push_back(std::move(*segment));
  }
  for (const auto& segment : segments_) {
    if (!segment.holds_nothing()) continue;
    if (auto done = files_->remove(segment.name); !done) return done;
  }
  std::erase_if(segments_, [](const Segment& segment) { return segment.holds_nothing(); });
  return {};
}

Result<Spool::Segment> Spool::scan(const std::string& name) {
  Segment segment;
  segment.name = name;
  const auto size = files_->size(name);
  if (!size) return fail(size.error());
  segment.file_bytes = *size;
  const auto bytes = files_->read(name, 0, kSegmentHeaderBytes);
  if (!bytes) return fail(bytes.error());
  const auto header = decode_segment_header(*bytes);
  if (!header || segment_name(header->first_seq) != name) {
    segment.damaged = true;
    return segment;
  }
  segment.epoch = header->epoch;
  segment.first_seq = segment.next_seq = header->first_seq;
  segment.end = kSegmentHeaderBytes;
  while (segment.end < *size) {
    const auto body = read_record(segment, segment.end, segment.next_seq);
    if (!body) return fail(body.error());
    segment.damaged = !body->has_value();
    if (segment.damaged) break;
    segment.end += kRecordHeaderBytes + (*body)->size();
    ++segment.next_seq;
  }
  return segment;
}

// Nothing when there is no whole record of this number.
Result<std::optional<std::string>> Spool::read_record(const Segment& segment, std::uint64_t offset,
                                                      std::uint64_t seq) {
  const auto bytes = files_->read(segment.name, offset, kRecordHeaderBytes);
  if (!bytes) return fail(bytes.error());
  const auto header = decode_record_header(*bytes);
  const auto left = segment.file_bytes - std::min(segment.file_bytes, offset + bytes->size());
  if (!header || header->seq != seq || header->length > left) return std::nullopt;
  auto body = files_->read(segment.name, offset + kRecordHeaderBytes, header->length);
  if (!body) return fail(body.error());
  if (!is_whole(*header, *body)) return std::nullopt;
  return std::optional(std::move(*body));
}

// ---- cursor ----

Result<void> Spool::make_cursor() {
  const auto names = files_->list();
  if (!names) return fail(names.error());
  if (!std::binary_search(names->begin(), names->end(), kCursorName)) {
    if (auto done = files_->create(kCursorName); !done) return done;
    const std::string empty(2 * kCursorSlotStride, '\0');
    if (auto done = files_->write_at(kCursorName, 0, empty); !done) return done;
  }
  if (auto done = sync_cursor(); !done) return done;
  return checked(files_->sync_directory());
}

// Over the slot that is not on the disk yet: the other one stays whole.
Result<void> Spool::write_cursor() {
  ++cursor_.generation;
  return files_->write_at(kCursorName, cursor_slot_ * kCursorSlotStride, encode(cursor_));
}

Result<void> Spool::sync_cursor() {
  if (auto done = write_cursor(); !done) return done;
  if (auto done = checked(files_->sync(kCursorName)); !done) return done;
  cursor_slot_ = 1 - cursor_slot_;
  return {};
}

Result<void> Spool::flush() {
  if (auto ok = usable(); !ok) return ok;
  return sync_cursor();
}

// ---- writing ----

Result<void> Spool::append(std::string_view body) {
  if (auto ok = usable(); !ok) return ok;
  const std::uint64_t needed = kSegmentHeaderBytes + kRecordHeaderBytes + body.size();
  if (body.size() > kLargestBody || needed > max_bytes_) {
    return fail(Fault::invalid, "spool: the batch is larger than the spool");
  }
  while (!segments_.empty() && bytes() + needed > max_bytes_) {
    if (auto done = drop_oldest(); !done) return done;
  }
  const auto record = encode_record(next_seq_, body);
  auto done = try_append(record);
  // The disk is full, perhaps by others: make room once.
  if (!done && done.error().fault == Fault::unavailable && !segments_.empty()) {
    if (auto dropped = drop_oldest(); !dropped) return dropped;
    done = try_append(record);
  }
  return done;
}

Result<void> Spool::try_append(std::string_view record) {
  const bool full = writable_ && !segments_.back().holds_nothing() &&
                    segments_.back().end + record.size() > segment_bytes_;
  if (full) {
    writable_ = false;
    if (auto done = delete_finished(); !done) return done;
  }
  if (!writable_) {
    if (auto done = start_segment(); !done) return done;
  }
  Segment& segment = segments_.back();
  if (auto done = files_->append(segment.name, record); !done) {
    // What was written of it stays as a torn tail; the next record starts a new segment.
    writable_ = false;
    segment.file_bytes = files_->size(segment.name).value_or(segment.end);
    return done;
  }
  if (auto done = checked(files_->sync(segment.name)); !done) return done;
  segment.end += record.size();
  segment.file_bytes = segment.end;
  segment.next_seq = ++next_seq_;
  return {};
}

Result<void> Spool::start_segment() {
  Segment segment;
  segment.name = segment_name(next_seq_);
  segment.epoch = epoch_;
  segment.first_seq = segment.next_seq = next_seq_;
  // One of this name holds no record: the write of its first one failed.
  std::erase_if(segments_, [&](const Segment& old) { return old.name == segment.name; });
  auto made = files_->create(segment.name);
  if (!made) {
    if (auto done = files_->remove(segment.name); !done) return made;
    made = files_->create(segment.name);
  }
  if (!made) return made;
  const auto header = encode(SegmentHeader{segment.epoch, segment.first_seq});
  if (auto done = files_->append(segment.name, header); !done) return done;
  if (auto done = checked(files_->sync(segment.name)); !done) return done;
  if (auto done = checked(files_->sync_directory()); !done) return done;
  segment.end = segment.file_bytes = header.size();
  segments_.push_back(std::move(segment));
  writable_ = true;
  return {};
}

// ---- reading and deleting ----

std::uint64_t Spool::first_pending(const Segment& segment) const {
  return std::max(segment.first_seq, cursor_.acknowledged + 1);
}

bool Spool::is_finished(const Segment& segment) const {
  return first_pending(segment) >= segment.next_seq;
}

Result<std::optional<SpooledBatch>> Spool::front() {
  if (auto ok = usable(); !ok) return fail(ok.error());
  while (!segments_.empty()) {
    const bool last_and_open = segments_.size() == 1 && writable_;
    if (is_finished(segments_.front())) {
      if (last_and_open) break;
      if (auto done = delete_oldest(); !done) return fail(done.error());
      continue;
    }
    auto batch = read_front();
    if (!batch || batch->has_value()) return batch;
    // Damaged since it was written: what lies behind cannot be found any more.
    Segment& segment = segments_.front();
    segment.next_seq = first_pending(segment);
    ++damaged_;
    if (last_and_open) writable_ = false;
  }
  return std::nullopt;
}

// Sets front_ to the record `seq` of the first segment, walking over those before it.
Result<void> Spool::find_front(std::uint64_t seq) {
  const Segment& segment = segments_.front();
  if (front_.seq == 0) front_ = {segment.first_seq, kSegmentHeaderBytes, kSegmentHeaderBytes};
  while (front_.seq < seq) {
    const auto bytes = files_->read(segment.name, front_.offset, kRecordHeaderBytes);
    if (!bytes) return fail(bytes.error());
    const auto header = decode_record_header(*bytes);
    if (!header) return fail(Fault::not_found, "record");
    front_.offset += kRecordHeaderBytes + header->length;
    ++front_.seq;
  }
  return {};
}

Result<std::optional<SpooledBatch>> Spool::read_front() {
  const Segment& segment = segments_.front();
  const auto seq = first_pending(segment);
  if (auto found = find_front(seq); !found) {
    if (found.error().fault == Fault::not_found) return std::nullopt;
    return fail(found.error());
  }
  auto body = read_record(segment, front_.offset, seq);
  if (!body) return fail(body.error());
  if (!body->has_value()) return std::nullopt;
  front_.end = front_.offset + kRecordHeaderBytes + (*body)->size();
  return SpooledBatch{segment.epoch, seq, std::move(**body)};
}

Result<void> Spool::acknowledge(std::uint64_t seq) {
  if (auto ok = usable(); !ok) return ok;
  if (segments_.empty() || front_.seq != seq || first_pending(segments_.front()) != seq) return {};
  cursor_.acknowledged = seq;
  front_ = {seq + 1, front_.end, front_.end};
  // Without fsync: a cursor that is lost sends again what the server then knows already.
  if (auto done = write_cursor(); !done) return done;
  return delete_finished();
}

Result<void> Spool::delete_finished() {
  while (!segments_.empty() && is_finished(segments_.front())) {
    if (segments_.size() == 1 && writable_) break;
    if (auto done = delete_oldest(); !done) return done;
  }
  return {};
}

// In this order: a segment that is gone must never be missed.
Result<void> Spool::delete_oldest() {
  if (auto done = sync_cursor(); !done) return done;
  auto removed = files_->remove(segments_.front().name);
  if (!removed && removed.error().fault != Fault::not_found) return removed;
  segments_.pop_front();
  front_ = {};
  return checked(files_->sync_directory());
}

Result<void> Spool::drop_oldest() {
  const Segment& oldest = segments_.front();
  const auto lost = oldest.next_seq - std::min(oldest.next_seq, first_pending(oldest));
  cursor_.acknowledged = std::max(cursor_.acknowledged, oldest.next_seq - 1);
  if (segments_.size() == 1) writable_ = false;
  dropped_ += lost;
  return delete_oldest();
}

bool Spool::has_had(const Epoch& epoch, std::uint64_t seq) const {
  for (const auto& segment : segments_) {
    if (seq >= segment.first_seq && seq < segment.next_seq) return segment.epoch == epoch;
  }
  return seq <= cursor_.acknowledged;
}

// ---- figures ----

std::uint64_t Spool::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& segment : segments_) sum += segment.file_bytes;
  return sum;
}

std::uint64_t Spool::pending() const {
  std::uint64_t sum = 0;
  for (const auto& segment : segments_) {
    if (!is_finished(segment)) sum += segment.next_seq - first_pending(segment);
  }
  return sum;
}

}  // namespace monitron::agent
