#include "series/writer.hpp"

#include "base/bytes.hpp"
#include "series/check_outcomes.hpp"
#include "series/connection_log.hpp"
#include "series/layouts.hpp"
#include "series/metadata_book.hpp"
#include "series/missed_book.hpp"
#include "series/probe_row.hpp"
#include "series/staging_rows.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

namespace monitron::series {
namespace {

using contracts::Batch;
using domain::CheckResult;

// Taken exclusively by who turns the ring, the compactor.
constexpr const char* kShareRing = "SELECT pg_advisory_xact_lock_shared(7311)";
constexpr int kTries = 3;

struct Entry {
  std::string bucket;  // 2026-11-21
  Uuid source;
  std::string epoch;  // raw
  std::int64_t seq = 0;
  auto operator<=>(const Entry&) const = default;
};

std::string day_of(std::int64_t ms) {
  const auto known = std::clamp<std::int64_t>(ms, 0, kEndOfTimeMs - 1);
  return to_rfc3339(from_ms(known)).substr(0, 10);
}

std::int64_t earliest(const Batch& batch) {
  auto first = std::numeric_limits<std::int64_t>::max();
  for (const auto& block : batch.blocks) {
    for (const auto& frame : block.frames) first = std::min(first, frame.time_ms);
    for (const auto& point : block.points) first = std::min(first, point.time_ms);
  }
  return first == std::numeric_limits<std::int64_t>::max() ? 0 : first;
}

Entry entry_of(const Batch& batch) {
  const auto& epoch = batch.id.epoch;
  return {day_of(earliest(batch)), batch.id.source.value,
          std::string(reinterpret_cast<const char*>(epoch.data()), epoch.size()),
          static_cast<std::int64_t>(batch.id.seq)};
}

// A result is known by its check, location and slot; a word about silence takes no result's place.
Entry entry_of(const CheckResult& result) {
  std::string epoch(16, '\0');
  if (result.if_latest || result.location != "default") {
    epoch = sha256(result.location + (result.if_latest ? std::string("\0silent", 7) : ""))
                .substr(0, 16);
  }
  return {day_of(to_ms(result.slot)), result.check_id.value, std::move(epoch), to_ms(result.slot)};
}

}  // namespace

struct Writer::State {
  struct Rows {
    std::vector<const Batch*> batches;
    std::vector<std::pair<const CheckResult*, ProbeRow>> probes;
  };
  explicit State(WriterConfig c) : config(std::move(c)), catalogue(config.limits) {}

  const WriterConfig config;
  std::optional<Session> session;
  Catalogue catalogue;
  MetadataBook metadata;
  std::map<Uuid, SteadyInstant> complained;  // of sources that have too many series: when

  // Of one try.
  std::set<Entry> fresh;
  std::vector<Rejected> rejected;
  Written written;

  Result<void> connect();
  Result<Written> once(const Load& load);
  Result<void> store(const Load& load);
  Result<void> enter_in_ledger(const Load& load);
  Result<std::set<Entry>> insert_in_ledger(const std::set<Entry>& entries);
  bool take_fresh(const Entry& entry);
  Result<void> store_samples();
  Result<void> note_refused(const Uuid& source, std::size_t samples);
  Result<std::string> table();
  Result<void> copy(const Rows& stored, std::map<Uuid, std::size_t>& refused);
  Result<void> note_activity(const Load& load);
  Result<void> store_outcomes();
  Result<void> quarantine();
  Result<void> forget_batches(const std::string& before);
  Result<void> run(const char* sql) {
    auto done = session->run(sql);
    if (!done) return fail(done.error());
    return {};
  }

  std::vector<const Batch*> new_batches;
  std::vector<const CheckResult*> new_results;
};

Writer::Writer(WriterConfig config) : state_(std::make_unique<State>(std::move(config))) {}

Writer::~Writer() = default;

Result<Written> Writer::write(const Load& load) {
  Result<Written> done = fail(Fault::bug, "not tried");
  for (int i = 0; i < kTries; ++i) {
    done = state_->once(load);
    if (done) {
      state_->catalogue.commit();
      return done;
    }
    state_->catalogue.roll_back();
    state_->metadata.roll_back();
    state_->complained.clear();
    if (done.error().fault != Fault::conflict) break;
  }
  // Deadlocked again and again: later. A session in an unknown state is not used any more.
  if (done.error().fault == Fault::conflict) done.error().fault = Fault::unavailable;
  if (done.error().fault != Fault::invalid) state_->session.reset();
  return done;
}

Result<void> Writer::State::connect() {
  if (session) return {};
  auto opened = Session::open(config.database_url, config.application_name);
  if (!opened) return fail(opened.error());
  const auto ring = opened->run("SELECT turns FROM staging_ring");
  if (!ring) return fail(ring.error());
  catalogue.set_turn(ring->number(0, 0));
  session = std::move(*opened);
  return {};
}

Result<Written> Writer::State::once(const Load& load) {
  if (auto done = connect(); !done) return fail(done.error());
  fresh.clear();
  new_batches.clear();
  new_results.clear();
  rejected = load.rejected;
  written = {};
  if (auto done = run("BEGIN"); !done) return fail(done.error());
  auto stored = store(load);
  if (stored) stored = run("COMMIT");
  if (!stored) {
    (void)run("ROLLBACK");
    return fail(stored.error());
  }
  return written;
}

Result<void> Writer::State::store(const Load& load) {
  if (auto done = enter_in_ledger(load); !done) return done;
  for (const auto& batch : load.batches) {
    if (take_fresh(entry_of(batch))) new_batches.push_back(&batch);
  }
  for (const auto& result : load.results) {
    if (result.test_id || take_fresh(entry_of(result))) new_results.push_back(&result);
  }
  written.duplicates =
      load.batches.size() - new_batches.size() + load.results.size() - new_results.size();
  if (auto done = store_outcomes(); !done) return done;
  if (auto done = store_samples(); !done) return done;
  if (auto done = note_activity(load); !done) return done;
  if (auto done = metadata.store(*session, new_batches); !done) return done;
  if (auto done = store_connections(*session, new_batches); !done) return done;
  if (auto done = quarantine(); !done) return done;
  return note_missed(*session, load.missed);  // last: it makes others wait
}

Result<void> Writer::State::enter_in_ledger(const Load& load) {
  std::set<Entry> entries;  // sorted, so that writers wait for each other instead of deadlocking
  for (const auto& batch : load.batches) entries.insert(entry_of(batch));
  for (const auto& result : load.results) {
    if (!result.test_id) entries.insert(entry_of(result));
  }
  if (!config.ledger) {
    fresh = std::move(entries);
    return {};
  }
  if (entries.empty()) return {};
  auto inserted = insert_in_ledger(entries);
  if (!inserted) return fail(inserted.error());
  // What is new would be taken for what was stored before, and be lost.
  if (!std::includes(entries.begin(), entries.end(), inserted->begin(), inserted->end())) {
    return fail(Fault::bug, "the ledger names a batch that is not in this load");
  }
  fresh = std::move(*inserted);
  return {};
}

// Those that were not in it.
Result<std::set<Entry>> Writer::State::insert_in_ledger(const std::set<Entry>& entries) {
  ArrayText buckets, sources, epochs, seqs;
  for (const auto& entry : entries) {
    buckets.add(entry.bucket);
    sources.add(entry.source.str());
    epochs.add(bytea_text(entry.epoch));
    seqs.add(entry.seq);
  }
  // A push that is sent again may have another time, and so fall into the next day.
  auto rows = session->run(
      "INSERT INTO batch_ledger SELECT * FROM unnest($1::date[], $2::uuid[], $3::bytea[], "
      "$4::bigint[]) AS n (bucket, source, epoch, seq) "
      "WHERE seq <> 0 OR NOT EXISTS (SELECT FROM batch_ledger l WHERE l.bucket IN (n.bucket - 1, "
      "n.bucket + 1) AND (l.source, l.epoch, l.seq) = (n.source, n.epoch, n.seq)) "
      "ON CONFLICT DO NOTHING RETURNING bucket, source, epoch, seq",
      {buckets.str(), sources.str(), epochs.str(), seqs.str()});
  if (!rows) return fail(rows.error());
  std::set<Entry> inserted;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto epoch = from_hex(std::string_view(rows->text(i, 2)).substr(2));
    inserted.insert(
        {rows->text(i, 0), *Uuid::parse(rows->text(i, 1)), epoch.value_or(""), rows->number(i, 3)});
  }
  return inserted;
}

// True once for each entry that is new: a batch that is twice in one load is stored once.
bool Writer::State::take_fresh(const Entry& entry) {
  return config.ledger ? fresh.erase(entry) > 0 : fresh.contains(entry);
}

Result<void> Writer::State::store_samples() {
  Rows rows;
  std::map<LayoutWish, SeriesList> wishes;
  for (const auto* batch : new_batches) {
    std::map<LayoutWish, SeriesList> own;
    Result<void> readable;
    for (const auto& block : batch->blocks) {
      if (readable) readable = wish_layouts(catalogue, batch->id.source.value, block, own);
    }
    if (!readable) {
      rejected.push_back({batch->id.source.str(), readable.error().text, encode(*batch)});
      continue;
    }
    rows.batches.push_back(batch);
    wishes.merge(own);
  }
  for (const auto* result : new_results) {
    if (result->test_id) continue;
    auto samples = probe_row(*result);
    if (samples.values.empty()) continue;
    rows.probes.emplace_back(result, std::move(samples));
    const auto& row = rows.probes.back().second;
    if (catalogue.is_wanted(row.wish)) wishes[row.wish] = row.series;
  }
  if (rows.batches.empty() && rows.probes.empty()) return {};
  if (auto done = catalogue.learn(*session, wishes); !done) return done;
  std::map<Uuid, std::size_t> refused;
  if (auto done = copy(rows, refused); !done) return done;
  written.batches = rows.batches.size();
  for (const auto& [source, samples] : refused) {
    if (auto done = note_refused(source, samples); !done) return done;
  }
  return {};
}

// The table of the ring that is filled, up to the end of the transaction. Fault: conflict, when the
// ring has turned so often that layouts that are known may be gone, or is not the one that it was.
Result<std::string> Writer::State::table() {
  if (auto done = run(kShareRing); !done) return fail(done.error());
  auto ring = session->run("SELECT current, turns FROM staging_ring");
  if (!ring) return fail(ring.error());
  const auto known = catalogue.turn(), now = ring->number(0, 1);
  catalogue.set_turn(now);
  if (now < known || now - known > kTurnsBehind)
    return fail(Fault::conflict, "the ring has turned");
  return "staging_" + ring->text(0, 0);
}

// PostgreSQL stores the first rows while the last ones are made.
Result<void> Writer::State::copy(const Rows& stored, std::map<Uuid, std::size_t>& refused) {
  auto to = table();
  if (!to) return fail(to.error());
  auto going =
      session->begin_copy("COPY " + *to + " " + CopyRows::kColumns + " FROM STDIN (FORMAT binary)");
  if (!going) return going;
  CopyRows rows([&](std::string_view piece) {
    if (going) going = session->put_copy(piece);
  });
  const auto note = [&](const Uuid& source, std::size_t samples, std::size_t without_room) {
    written.samples += samples;
    if (without_room > 0) refused[source] += without_room;
  };
  for (const auto* batch : stored.batches) {
    const auto& source = batch->id.source.value;
    for (const auto& block : batch->blocks) {
      note(source, block.samples(), add_rows(catalogue, source, block, rows));
    }
  }
  for (const auto& [result, row] : stored.probes) {
    const auto& layout = *catalogue.find(row.wish);
    note(result->check_id.value, row.present(),
         add_row(layout, to_ms(result->slot), row.values, rows));
  }
  rows.finish();
  if (!going) return going;
  return session->finish_copy();
}

// One row of a batch, but not of each batch that a source goes on to send.
Result<void> Writer::State::note_refused(const Uuid& source, std::size_t samples) {
  if (samples == 0) return {};
  constexpr std::chrono::minutes kPause{1};
  constexpr std::size_t kRemembered = 10'000;
  written.samples -= samples;
  written.refused_samples += samples;
  const auto now = std::chrono::steady_clock::now();
  const auto before = complained.find(source);
  if (before != complained.end() && now - before->second < kPause) return {};
  auto reason = catalogue.reason(*session, source);
  if (!reason) return fail(reason.error());
  if (complained.size() > kRemembered) complained.clear();
  complained[source] = now;
  rejected.push_back(
      {source.str(), std::to_string(samples) + " samples of new series: " + *reason, ""});
  return {};
}

Result<void> Writer::State::note_activity(const Load& load) {
  std::set<Uuid> sources;
  for (const auto& batch : load.batches) sources.insert(batch.id.source.value);
  sources.erase(Uuid{});  // nobody's samples
  sources.erase(contracts::kSuite.value);
  if (sources.empty()) return {};
  ArrayText ids;
  for (const auto& source : sources) ids.add(source.str());
  auto done = session->run(
      "INSERT INTO instance_activity SELECT u, now() FROM unnest($1::uuid[]) u ORDER BY u "
      "ON CONFLICT (source_id) DO UPDATE SET last_seen = excluded.last_seen",
      {ids.str()});
  if (!done) return fail(done.error());
  return {};
}

// Before samples: what is refuted leaves none.
Result<void> Writer::State::store_outcomes() {
  std::vector<const CheckResult*> scheduled, trials;
  for (const auto* result : new_results) (result->test_id ? trials : scheduled).push_back(result);
  const auto refuted = note_states(*session, std::move(scheduled));
  if (!refuted) return fail(refuted.error());
  std::erase_if(new_results, [&](const auto* result) { return refuted->contains(result); });
  written.refuted = refuted->size();
  written.results = new_results.size();
  return note_trials(*session, trials);
}

Result<void> Writer::State::quarantine() {
  written.quarantined = rejected.size();
  if (rejected.empty()) return {};
  ArrayText ids, reasons, bodies;
  for (const auto& one : rejected) {
    ids.add(is_valid_utf8(one.message_id) ? one.message_id : "");
    reasons.add(is_valid_utf8(one.reason) ? one.reason : "not readable");
    bodies.add(bytea_text(one.body));
  }
  auto done = session->run(
      "INSERT INTO quarantine (message_id, reason, body) "
      "SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])",
      {ids.str(), reasons.str(), bodies.str()});
  if (!done) return fail(done.error());
  return {};
}

// In pieces, which hold nobody up; at most as much as comes in that time at its fastest.
Result<void> Writer::State::forget_batches(const std::string& before) {
  constexpr int kPieces = 40;
  for (int i = 0; i < kPieces; ++i) {
    auto dropped = session->run(
        "WITH gone AS (DELETE FROM batch_ledger WHERE ctid = ANY (ARRAY (SELECT ctid FROM "
        "batch_ledger WHERE stored_on < $1::date LIMIT 50000)) RETURNING 1) "
        "SELECT count(*) FROM gone",
        {before});
    if (!dropped) return fail(dropped.error());
    if (dropped->number(0, 0) < 50'000) break;
  }
  return {};
}

Result<void> Writer::keep_house(Instant forget) {
  auto& state = *state_;
  if (auto done = state.connect(); !done) return done;
  auto done = state.forget_batches(to_rfc3339(forget).substr(0, 10));
  if (done) {
    done = state.run(
        "DELETE FROM check_test_results WHERE created_at < now() - interval '1 day';"
        "DELETE FROM quarantine WHERE at < now() - interval '30 days'");
  }
  if (done) done = forget_metadata(*state.session);
  if (done) done = forget_missed(*state.session);
  if (done) done = forget_connections(*state.session, state.config.connection_log_age);
  if (!done) state.session.reset();
  return done;
}

}  // namespace monitron::series
