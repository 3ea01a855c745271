#include "series/missed_book.hpp"

#include <algorithm>
#include <map>

namespace monitron::series {
namespace {

using domain::MissedSlots;

// Two writers would not see what the other one joins. Held for the rest of the transaction.
constexpr const char* kOneAtATime = "SELECT pg_advisory_xact_lock(7314)";
constexpr std::int64_t kEndMs = 7'258'118'400'000;  // 2200-01-01

struct Whose {
  Uuid check;  // nil: all of the location
  std::string location;
  std::string reason;
  auto operator<=>(const Whose&) const = default;
};
struct Interval {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  auto operator<=>(const Interval&) const = default;
};
using Book = std::map<Whose, std::vector<Interval>>;

Book book_of(const std::vector<MissedSlots>& missed) {
  Book book;
  for (const auto& one : missed) {
    auto location = one.location;
    std::erase(location, '\0');
    const Interval interval{to_ms(one.from), to_ms(one.to)};
    if (interval.from_ms < 0 || interval.to_ms > kEndMs) continue;
    if (interval.to_ms < interval.from_ms) continue;
    book[{one.check_id ? one.check_id->value : Uuid{}, std::move(location),
          std::string(domain::to_string(one.reason))}]
        .push_back(interval);
  }
  return book;
}

// From one slot of a check to the next; the location's own intervals only touch.
Result<std::map<Uuid, std::int64_t>> steps_ms(Session& session, const Book& book) {
  std::map<Uuid, std::int64_t> steps;
  ArrayText ids;
  for (const auto& [whose, intervals] : book) {
    if (steps.emplace(whose.check, 0).second) ids.add(whose.check.str());
  }
  const auto rows = session.run(
      "SELECT id, interval_seconds FROM checks WHERE id = ANY ($1::uuid[])", {ids.str()});
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    steps[*Uuid::parse(rows->text(i, 0))] = rows->number(i, 1) * 1000;
  }
  return steps;
}

void join(std::vector<Interval>& intervals, std::int64_t step_ms) {
  std::sort(intervals.begin(), intervals.end());
  std::vector<Interval> joined;
  for (const auto& one : intervals) {
    if (!joined.empty() && one.from_ms <= joined.back().to_ms + step_ms) {
      joined.back().to_ms = std::max(joined.back().to_ms, one.to_ms);
    } else {
      joined.push_back(one);
    }
  }
  intervals = std::move(joined);
}

struct Columns {
  ArrayText checks, locations, reasons, from, to;
  void add(const Whose& whose, const Interval& interval, std::int64_t wider_ms = 0) {
    checks.add(whose.check.str());
    locations.add(whose.location);
    reasons.add(whose.reason);
    from.add(to_rfc3339(from_ms(std::max<std::int64_t>(interval.from_ms - wider_ms, 0))));
    to.add(to_rfc3339(from_ms(interval.to_ms + wider_ms)));
  }
  std::vector<Session::Parameter> parameters() const {
    return {checks.str(), locations.str(), reasons.str(), from.str(), to.str()};
  }
};
constexpr const char* kGiven =
    "unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) "
    "AS n (check_id, location, reason, from_time, to_time)";

struct Stored {
  Book book;
  std::map<Whose, std::map<Interval, std::string>> ids;
};

// What these are to be joined with.
Result<Stored> stored_near(Session& session, const Book& book,
                           const std::map<Uuid, std::int64_t>& steps) {
  Columns columns;
  for (const auto& [whose, intervals] : book) {
    for (const auto& one : intervals) columns.add(whose, one, steps.at(whose.check));
  }
  static const auto kNear =
      "SELECT DISTINCT m.id, m.check_id, m.location, m.reason, "
      "(extract(epoch FROM m.from_time) * 1000)::bigint, "
      "(extract(epoch FROM m.to_time) * 1000)::bigint FROM " +
      std::string(kGiven) +
      " JOIN missed_slots m ON m.check_id = n.check_id AND m.location = n.location "
      "AND m.reason = n.reason AND m.from_time <= n.to_time AND m.to_time >= n.from_time";
  const auto rows = session.run(kNear.c_str(), columns.parameters());
  if (!rows) return fail(rows.error());
  Stored stored;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const Whose whose{*Uuid::parse(rows->text(i, 1)), rows->text(i, 2), rows->text(i, 3)};
    const Interval interval{rows->number(i, 4), rows->number(i, 5)};
    stored.book[whose].push_back(interval);
    stored.ids[whose][interval] = rows->text(i, 0);
  }
  return stored;
}

}  // namespace

Result<void> note_missed(Session& session, const std::vector<MissedSlots>& missed) {
  auto book = book_of(missed);
  if (book.empty()) return {};
  if (auto done = session.run(kOneAtATime); !done) return fail(done.error());
  const auto steps = steps_ms(session, book);
  if (!steps) return fail(steps.error());
  auto stored = stored_near(session, book, *steps);
  if (!stored) return fail(stored.error());
  ArrayText gone;
  Columns made;
  for (auto& [whose, intervals] : book) {
    const auto& near = stored->book[whose];
    intervals.insert(intervals.end(), near.begin(), near.end());
    join(intervals, steps->at(whose.check));
    auto& ids = stored->ids[whose];
    for (const auto& one : intervals) {
      if (ids.erase(one) == 0) made.add(whose, one);
    }
    for (const auto& [interval, id] : ids) gone.add(id);
  }
  auto done = session.run("DELETE FROM missed_slots WHERE id = ANY ($1::bigint[])", {gone.str()});
  static const auto kMake =
      "INSERT INTO missed_slots (check_id, location, reason, from_time, to_time) SELECT * FROM " +
      std::string(kGiven);
  if (done) done = session.run(kMake.c_str(), made.parameters());
  if (!done) return fail(done.error());
  return {};
}

Result<void> forget_missed(Session& session) {
  auto done = session.run(
      "DELETE FROM missed_slots WHERE to_time < now() - interval '90 days' OR id <= "
      "(SELECT id FROM missed_slots ORDER BY id DESC OFFSET 1000000 LIMIT 1)");
  if (!done) return fail(done.error());
  return {};
}

}  // namespace monitron::series
