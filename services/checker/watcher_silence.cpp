#include "checker/watcher_silence.hpp"

#include "checker/slot_metrics.hpp"
#include "store/check_definitions.hpp"
#include "store/watched_checks.hpp"

#include <algorithm>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

constexpr int kWords = 2000;  // in a round
// Nothing at all was stored for so long: either nobody checks, or nothing is stored. One word goes,
// and only when it is stored do others follow.
constexpr auto kNothingStored = 30s;
constexpr std::size_t kRemembered = 200'000;

struct Silent {
  store::SilentCheck where;
  domain::CheckDefinition check;
};

// What is told of a check that nobody can run, for its type is gone or its settings are not read.
domain::CheckDefinition bare_definition(const store::Check& row) {
  domain::CheckDefinition check;
  check.id = CheckId{row.id};
  check.name = row.name;
  check.type = row.kind;
  check.target = row.target;
  check.interval = std::chrono::seconds(row.interval_seconds);
  check.timeout = std::chrono::seconds(row.timeout_seconds);
  check.locations = row.locations;
  check.quorum = row.quorum;
  check.labels.insert(row.labels.begin(), row.labels.end());
  return check;
}

std::vector<Silent> find_silent(pqxx::work& tx, Instant now, Instant watched_since) {
  const auto newest = store::newest_slot(tx);
  const bool flows = newest && now - *newest < kNothingStored;
  const auto types = store::own_check_types(tx);
  std::vector<Silent> found;
  for (auto& where : store::silent_checks(tx, now, watched_since, flows ? kWords : 1)) {
    const auto row = store::find_check(tx, where.check);
    if (!row) continue;
    auto check = store::definition_of(*row, types);
    if (!where.scheduled) {
      where.missed_why = "no checker schedules location \"" + where.location + "\"";
    } else if (!check && where.missed_why.empty()) {
      where.missed_why = "it cannot be run: " + check.error().text;
    }
    found.push_back({std::move(where), check ? std::move(*check) : bare_definition(*row)});
  }
  return found;
}

}  // namespace

SilenceKeeper::SilenceKeeper(db::Pool& database, Tell tell, TellMissed tell_missed,
                             service::Metrics& metrics, Instant watched_since)
    : database_(database),
      tell_(std::move(tell)),
      tell_missed_(std::move(tell_missed)),
      metrics_(metrics),
      watched_since_(watched_since) {}

Result<void> SilenceKeeper::tick(Instant now) {
  const auto silent =
      database_.transact([&](pqxx::work& tx) { return find_silent(tx, now, watched_since_); });
  if (!silent) return fail(silent.error());
  if (told_.size() > kRemembered) told_.clear();
  for (const auto& [where, check] : *silent) {
    auto& told = told_[{where.check, where.location}];
    if (told && *told == where.latest) continue;
    if (!tell_(silence_of(check, where.location, where.latest, where.missed_why, now))) continue;
    told = where.latest;
    if (!where.missed_why.empty()) continue;
    const auto from = std::max(where.latest, where.since);
    if (auto slots = silent_slots(check, where.location, from, now)) {
      missed_slots(metrics_, where.location, slots->reason)
          .add(static_cast<double>((slots->to - slots->from) / check.interval + 1));
      tell_missed_(std::move(*slots));
    }
  }
  return {};
}

domain::CheckResult silence_of(const domain::CheckDefinition& check, const std::string& location,
                               Instant latest, const std::string& why, Instant now) {
  domain::ProbeOutcome outcome;
  outcome.status = domain::CheckStatus::unknown;
  outcome.reason = (latest == Instant{} ? "no result yet" : "no result since " + to_text(latest)) +
                   ": " + (why.empty() ? std::string("nobody said why") : why);
  auto result = domain::make_result(check, location, now, now, std::move(outcome));
  result.if_latest = latest;
  result.unknowns_before_unknown = 1;
  return result;
}

std::optional<domain::MissedSlots> silent_slots(const domain::CheckDefinition& check,
                                                const std::string& location, Instant latest,
                                                Instant now) {
  const auto last = latest_slot(check, latest, now - check.timeout - 5s);
  if (!last) return std::nullopt;
  const auto intervals = (*last - latest - 1ms) / check.interval;
  return domain::MissedSlots{check.id, location, *last - intervals * check.interval, *last,
                             domain::MissReason::silent};
}

}  // namespace monitron::checker
