#pragma once
// What is measured waits here, on disk, until the server has acknowledged it. Append-only segments;
// a batch is on the disk (fsync) when `append` returns and has its identity (epoch, seq) for ever.
//
// * The epoch is random and made each time the spool is opened; the batches of an earlier run keep
//   theirs. So numbers that are given out again (a spool wiped, cloned, restored from a backup or
//   cut short by damage) never repeat an identity.
// * Batches leave in order. A segment is deleted only when all of it is acknowledged and the cursor
//   that says so is on the disk: cursor fsync, unlink, directory fsync.
// * Recovery keeps all records of a segment before a torn or damaged one, and goes on in a new
//   segment.
// * When the bound is reached or the disk is full, the oldest segment is dropped and counted.
// * After a failed fsync nothing can be promised: every later call fails with fault bug, and the
//   program is to end.
// Threads: one at a time.

#include "agent/spool_files.hpp"
#include "agent/spool_format.hpp"

#include <deque>
#include <optional>

namespace monitron::agent {

struct SpooledBatch {
  Epoch epoch{};
  std::uint64_t seq = 0;
  std::string body;
};

class Spool {
 public:
  static constexpr std::uint64_t kDefaultBytes = 256u << 20;

  // Reads what an earlier run left. `files` must outlive the spool.
  static Result<Spool> open(SpoolFiles& files, std::uint64_t max_bytes = kDefaultBytes);

  // The identity that the next appended batch has.
  const Epoch& epoch() const { return epoch_; }
  std::uint64_t next_seq() const { return next_seq_; }

  // Faults: invalid (larger than the bound allows), unavailable (no room even after dropping; the
  // batch is not kept and its number is used again), bug (fsync failed).
  Result<void> append(std::string_view body);

  // Whether the batch of this identity was appended, now or by an earlier run: it waits, or is done
  // with (acknowledged or dropped).
  bool has_had(const Epoch& epoch, std::uint64_t seq) const;

  // The oldest batch that is not acknowledged; nothing when all are.
  Result<std::optional<SpooledBatch>> front();

  // Done with the front batch, whose number is `seq`; any other number changes nothing (it was
  // dropped meanwhile).
  Result<void> acknowledge(std::uint64_t seq);

  // Puts the cursor on the disk, so that the next run does not send again what is acknowledged.
  Result<void> flush();

  std::uint64_t bytes() const;    // on the disk
  std::uint64_t pending() const;  // batches that wait
  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t damaged_segments() const { return damaged_; }

 private:
  struct Segment {
    std::string name;
    Epoch epoch{};
    std::uint64_t first_seq = 0;
    std::uint64_t next_seq = 0;  // after its last whole record
    std::uint64_t end = 0;       // offset after that
    std::uint64_t file_bytes = 0;
    bool damaged = false;

    bool holds_nothing() const { return next_seq == first_seq; }
  };

  struct FrontRecord {
    std::uint64_t seq = 0;     // 0: not known
    std::uint64_t offset = 0;  // in the first segment
    std::uint64_t end = 0;
  };

  Spool(SpoolFiles& files, std::uint64_t max_bytes);
  Result<void> recover();
  Result<void> read_cursor();
  Result<void> scan_segments();
  Result<Segment> scan(const std::string& name);
  Result<std::optional<std::string>> read_record(const Segment& segment, std::uint64_t offset,
                                                 std::uint64_t seq);
  Result<void> make_cursor();
  Result<void> write_cursor();
  Result<void> sync_cursor();
  Result<void> start_segment();
  Result<void> try_append(std::string_view record);
  Result<void> drop_oldest();
  Result<void> delete_finished();
  Result<void> delete_oldest();
  Result<void> find_front(std::uint64_t seq);
  Result<std::optional<SpooledBatch>> read_front();
  std::uint64_t first_pending(const Segment& segment) const;
  bool is_finished(const Segment& segment) const;
  Result<void> usable() const;
  template <class T>
  Result<T> checked(Result<T> done);

  SpoolFiles* files_;
  std::uint64_t max_bytes_;
  std::uint64_t segment_bytes_;
  std::deque<Segment> segments_;  // oldest first
  bool writable_ = false;         // records may be appended to the last segment
  Epoch epoch_;
  Cursor cursor_;
  std::uint64_t next_seq_ = 1;
  std::uint64_t cursor_slot_ = 0;  // where the cursor is written next
  FrontRecord front_;
  std::uint64_t dropped_ = 0;
  std::uint64_t damaged_ = 0;
  bool broken_ = false;
};

}  // namespace monitron::agent
