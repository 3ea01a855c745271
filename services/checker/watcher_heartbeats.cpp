#include "checker/watcher_heartbeats.hpp"

#include "base/log.hpp"
#include "contracts/check_results.hpp"
#include "contracts/telemetry.hpp"
#include "store/check_definitions.hpp"
#include "store/leases.hpp"
#include "store/outbox.hpp"

#include <algorithm>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

// After a deadline: what was accepted before it is in the queue by then.
constexpr auto kSettled = contracts::kPingDeadline + 100ms;
constexpr auto kMarkPatience = 2s;
constexpr std::size_t kAtOnce = 500;         // decided in one transaction
constexpr std::size_t kSaidBytes = 200;      // of a ping's first line, in a reason
constexpr std::size_t kRestatedBytes = 500;  // of a ping's body, when it is said again

std::string seconds_text(std::chrono::milliseconds time) {
  return std::to_string(time.count() / 1000) + "." + std::to_string(time.count() % 1000 / 100);
}

// The first line of what came with it, as far as a reason has room.
std::string first_line(std::string_view body) {
  const auto begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  body.remove_prefix(begin);
  body = body.substr(0, body.find_first_of("\r\n"));
  if (body.size() <= kSaidBytes) return std::string(body);
  auto end = kSaidBytes;
  while (end > 0 && (static_cast<unsigned char>(body[end]) & 0xc0U) == 0x80) --end;
  return std::string(body.substr(0, end)) + "…";
}

void add_words(domain::HeartbeatStep& step, const std::string& words) {
  if (words.empty()) return;
  step.state.reason += ": " + words;
  step.word->reason = step.state.reason;
}

std::map<std::string, std::string> details_of(const contracts::HeartbeatPing& ping) {
  std::map<std::string, std::string> details{{"ping", std::string(to_string(ping.ping.kind))},
                                             {"ping_at", to_rfc3339(ping.ping.at)}};
  if (ping.ping.exit_code) details["exit_code"] = std::to_string(*ping.ping.exit_code);
  if (!ping.body.empty()) details["body"] = ping.body;
  if (!ping.caller.empty()) details["caller"] = ping.caller;
  if (!ping.user_agent.empty()) details["user_agent"] = ping.user_agent;
  return details;
}

domain::CheckResult result_of(const domain::CheckDefinition& check,
                              const store::Heartbeat& heartbeat,
                              const domain::HeartbeatWord& word) {
  const auto& state = heartbeat.state;
  domain::ProbeOutcome outcome;
  outcome.status = word.status;
  outcome.reason = word.reason;
  outcome.details = heartbeat.details;
  if (state.run_time) {
    outcome.duration = *state.run_time;
    outcome.values.push_back({"probe_heartbeat_run_seconds",
                              {},
                              std::chrono::duration<double>(*state.run_time).count()});
    outcome.details["run_seconds"] = seconds_text(*state.run_time);
  }
  if (state.exit_code) {
    outcome.values.push_back(
        {"probe_heartbeat_exit_code", {}, static_cast<double>(*state.exit_code)});
  }
  const auto& settings = check.as<domain::HeartbeatSettings>();
  if (const auto deadline = domain::deadline_of(state, settings)) {
    outcome.details["expected_by"] = to_rfc3339(deadline->at);
  }
  return watched_result(check, word.slot, std::move(outcome));
}

std::vector<contracts::Message> messages_of(const std::string& worker,
                                            const std::vector<domain::CheckResult>& results) {
  std::map<std::string, contracts::CheckResults> by_key;
  for (const auto& result : results) {
    auto& part = by_key[contracts::check_key(SourceId{result.check_id.value})];
    part.worker = worker;
    part.results.push_back(result);
  }
  std::vector<contracts::Message> messages;
  for (const auto& [key, part] : by_key) messages.push_back(contracts::to_message(part, key));
  return messages;
}

}  // namespace

HeartbeatKeeper::HeartbeatKeeper(db::Pool& database, WatcherLease lease, SendMark send_mark,
                                 Tell tell, service::Metrics& metrics)
    : database_(database),
      lease_(std::move(lease)),
      send_mark_(std::move(send_mark)),
      tell_(std::move(tell)),
      pings_(metrics.counter("monitron_checker_heartbeat_pings_total", "Pings taken in.")),
      downs_(metrics.counter("monitron_checker_heartbeats_missed_total",
                             "Deadlines that passed without a ping.")),
      excused_(metrics.counter("monitron_checker_heartbeats_excused_total",
                               "Of these, those whose ping may have been turned away.")) {}

void HeartbeatKeeper::keep(const domain::CheckDefinition& check, store::Heartbeat heartbeat) {
  const auto& settings = check.as<domain::HeartbeatSettings>();
  const auto deadline = domain::deadline_of(heartbeat.state, settings);
  entries_[check.id.value] = {check, std::move(heartbeat), deadline};
}

Result<void> HeartbeatKeeper::load() {
  const std::lock_guard lock(mutex_);
  WatchedChecks checks;
  store::Heartbeats heartbeats;
  const auto done = database_.transact([&](pqxx::work& tx) -> Result<void> {
    if (auto may = check_lease(tx, lease_); !may) return may;
    store::drop_dead_heartbeats(tx);
    store::kCheckerInbox.drop_old(tx);
    store::kCheckerOutbox.drop_sent(tx);
    checks = read_watched(tx, domain::CheckKind::heartbeat);
    heartbeats = store::all_heartbeats(tx);
    return {};
  });
  if (!done) return done;
  const auto known = std::exchange(entries_, {});
  for (const auto& [id, check] : checks) {
    auto& heartbeat = heartbeats[id];
    // The slots of what was said again are not in the database.
    if (const auto old = known.find(id); old != known.end()) {
      heartbeat.state.slot = std::max(heartbeat.state.slot, old->second.heartbeat.state.slot);
    }
    keep(check, std::move(heartbeat));
  }
  return {};
}

Result<void> HeartbeatKeeper::take(std::span<const mq::Delivery> deliveries) {
  std::vector<contracts::HeartbeatPing> pings;
  std::optional<Instant> mark;
  for (const auto& delivery : deliveries) {
    const auto& message = delivery.message;
    if (message.type == contracts::HeartbeatMark::contract.type) {
      const auto read = contracts::decode_heartbeat_mark(message.body);
      if (!read) return fail(read.error());
      if (read->watcher == watcher_) mark = read->at;
    } else {
      auto read = contracts::decode_heartbeat_ping(message.body);
      if (!read) return fail(read.error());
      pings.push_back(std::move(*read));
    }
  }
  const std::lock_guard lock(mutex_);
  if (!pings.empty()) {
    if (auto done = take_pings(pings); !done) return done;
  }
  // One that is later than all that were sent was forgotten.
  if (mark && *mark <= marked_) drained_ = std::max(drained_, *mark);
  return {};
}

// A check may be newer than what was loaded.
Result<void> HeartbeatKeeper::learn(pqxx::work& tx,
                                    const std::vector<contracts::HeartbeatPing>& pings) {
  for (const auto& ping : pings) {
    if (entries_.contains(ping.check_id.value)) continue;
    const auto row = store::find_check(tx, ping.check_id.value);
    if (!row || !row->enabled) continue;
    const auto check = store::definition_of(*row, {});
    if (check && check->kind() == domain::CheckKind::heartbeat) keep(*check, {});
  }
  return {};
}

Result<void> HeartbeatKeeper::take_pings(const std::vector<contracts::HeartbeatPing>& pings) {
  store::Heartbeats heartbeats;
  const auto done = database_.transact([&](pqxx::work& tx) -> Result<void> {
    if (auto may = check_lease(tx, lease_); !may) return may;
    if (auto known = learn(tx, pings); !known) return known;
    std::vector<Uuid> ids;
    for (const auto& ping : pings) {
      if (entries_.contains(ping.check_id.value)) ids.push_back(ping.check_id.value);
    }
    const auto stored = store::lock_heartbeats(tx, ids);
    heartbeats.clear();
    std::vector<domain::CheckResult> results;
    for (const auto& ping : pings) {
      const auto id = ping.check_id.value;
      const auto entry = entries_.find(id);
      // Of a check that is gone or paused: nobody waits for it.
      if (entry == entries_.end()) continue;
      if (!store::kCheckerInbox.take(tx, ping.ping_id.str())) continue;
      const auto row = stored.find(id);
      const auto [place, fresh] =
          heartbeats.try_emplace(id, row == stored.end() ? store::Heartbeat{} : row->second);
      auto& heartbeat = place->second;
      // The slots of what was said again are not in the database.
      heartbeat.state.slot = std::max(heartbeat.state.slot, entry->second.heartbeat.state.slot);
      auto step = domain::take_ping(heartbeat.state, ping.ping);
      if (ping.ping.kind == domain::PingKind::fail) add_words(step, first_line(ping.body));
      heartbeat.state = std::move(step.state);
      heartbeat.details = details_of(ping);
      if (step.word) results.push_back(result_of(entry->second.check, heartbeat, *step.word));
    }
    return remember(tx, heartbeats, results);
  });
  if (!done) return done;
  pings_.add(static_cast<double>(pings.size()));
  for (auto& [id, heartbeat] : heartbeats) keep(entries_.at(id).check, std::move(heartbeat));
  return {};
}

Result<void> HeartbeatKeeper::remember(pqxx::work& tx, const store::Heartbeats& heartbeats,
                                       const std::vector<domain::CheckResult>& results) const {
  store::save_heartbeats(tx, heartbeats);
  for (const auto& message : messages_of(lease_.holder, results)) {
    store::kCheckerOutbox.append(tx, message);
  }
  return {};
}

Result<void> HeartbeatKeeper::tick(Instant now, const Outages& outages) {
  const std::lock_guard lock(mutex_);
  if (now < marked_) marked_ = drained_ = {};
  auto decided = decide_overdue(outages);
  mark_if_needed(now);
  restate(now);
  return decided;
}

void HeartbeatKeeper::forget_marks() {
  const std::lock_guard lock(mutex_);
  marked_ = drained_ = {};
}

void HeartbeatKeeper::mark_if_needed(Instant now) {
  if (drained_ < marked_ && now < marked_ + kMarkPatience) return;
  const bool needed = std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    const auto& deadline = entry.second.deadline;
    return deadline && deadline->at + kSettled <= now && deadline->at + kSettled > drained_;
  });
  if (!needed) return;
  marked_ = now;
  send_mark_({watcher_, now});
}

Result<void> HeartbeatKeeper::decide_overdue(const Outages& outages) {
  std::vector<Uuid> overdue;
  for (const auto& [id, entry] : entries_) {
    if (overdue.size() == kAtOnce) break;
    if (entry.deadline && entry.deadline->at + kSettled <= drained_) overdue.push_back(id);
  }
  if (overdue.empty()) return {};
  store::Heartbeats heartbeats;
  std::vector<domain::CheckResult> results;
  for (const auto& id : overdue) {
    const auto& entry = entries_.at(id);
    const auto& deadline = *entry.deadline;
    const auto step = domain::pass_deadline(entry.heartbeat.state, deadline,
                                            outages.excuse(deadline.expected_from, deadline.at));
    auto& heartbeat = heartbeats[id] = {step.state, entry.heartbeat.details};
    results.push_back(result_of(entry.check, heartbeat, *step.word));
  }
  const auto done = database_.transact([&](pqxx::work& tx) -> Result<void> {
    if (auto may = check_lease(tx, lease_); !may) return may;
    return remember(tx, heartbeats, results);
  });
  if (!done) return done;
  for (const auto& result : results) {
    (result.outcome.status == domain::CheckStatus::down ? downs_ : excused_).add();
  }
  for (auto& [id, heartbeat] : heartbeats) keep(entries_.at(id).check, std::move(heartbeat));
  return {};
}

void HeartbeatKeeper::restate(Instant now) {
  const auto after = std::max(std::exchange(restated_, now), now - 2s);
  for (auto& [id, entry] : entries_) {
    const auto slot = latest_slot(entry.check, after, now);
    if (!slot) continue;
    const auto word = domain::restate(entry.heartbeat.state, entry.deadline, *slot);
    if (!word) continue;
    auto result = result_of(entry.check, entry.heartbeat, *word);
    auto body = result.outcome.details.find("body");
    if (body != result.outcome.details.end() && body->second.size() > kRestatedBytes) {
      body->second.erase(kRestatedBytes);
    }
    if (tell_(std::move(result))) entry.heartbeat.state.slot = *slot;
  }
}

}  // namespace monitron::checker
