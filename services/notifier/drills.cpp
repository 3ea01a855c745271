#include "notifier/drills.hpp"

#include "base/log.hpp"
#include "notifier/drill_findings.hpp"
#include "notifier/own_samples.hpp"
#include "store/incidents.hpp"
#include "store/outbox.hpp"

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;
using domain::DrillVerdict;

// Rules that look at what drills found out forget it after five minutes.
constexpr auto kToldAgain = 1min;

// By the same id the channels know it (channels.cpp).
bool came_back(pqxx::work& tx, const Uuid& incident, int transition) {
  return store::kNotifierInbox.has(tx,
                                   "channels." + incident.str() + "." + std::to_string(transition));
}

std::optional<Instant> due(pqxx::work& tx, const store::DrillSchedule& schedule, Instant now) {
  if (!schedule.enabled) return std::nullopt;
  const auto after = std::max(schedule.updated_at, store::last_drill_due(tx).value_or(Instant{}));
  return domain::due_drill(schedule.cron, schedule.time_zone, after, now);
}

}  // namespace

Drills::Drills(Config config, db::Pool& database, mq::Publisher& publisher,
               service::Runtime& runtime)
    : config_(std::move(config)),
      database_(database),
      publisher_(publisher),
      clock_(runtime.clock()) {
  for (const auto verdict : {DrillVerdict::ok, DrillVerdict::late, DrillVerdict::lost}) {
    ended_.emplace(verdict, runtime.metrics().counter(
                                "monitron_notifier_drills_total", "Drills that have ended.",
                                {{"verdict", std::string(domain::to_string(verdict))}}));
  }
  runtime.every(1s, [this] { work(); });
}

void Drills::work() {
  if (!config_.leading()) {
    outcome_told_.reset();
    return;
  }
  std::optional<store::Drill> drill;
  std::vector<Uuid> over;
  std::optional<DrillVerdict> last;
  const auto done = database_.transact([&](pqxx::work& tx) {
    const auto now = store::clock_of(tx);
    drill = store::drill_under_way(tx);
    if (!drill) drill = begin(tx, now);
    if (drill && !drill->state.verdict) {
      const auto before = drill->state;
      drill->state = domain::go_on(before, look(tx, *drill, now), now);
      if (drill->state != before) store::put_drill(tx, *drill);
    }
    over = store::drills_to_end(tx);
    last = store::last_drill_verdict(tx);
  });
  if (!done) return;  // that PostgreSQL is away is said elsewhere
  const bool fires = drill && drill->state.fires();
  if (fires) publish_own(publisher_, batch_of({drill->id, true, clock_.now()}));
  for (const auto& id : over) publish_own(publisher_, batch_of({id, false, clock_.now()}));
  if (drill && drill->state.verdict) note_end(*drill);
  publish_outcome(last);
}

// Nothing: none is due.
std::optional<store::Drill> Drills::begin(pqxx::work& tx, Instant now) {
  const auto schedule = store::drill_schedule(tx);
  store::Drill drill;
  drill.state.started_at = now;
  drill.state.times = schedule.times;
  if (const auto request = store::waiting_drill(tx)) {
    drill.id = request->id;
    drill.requested_by = request->requested_by;
    if (now - request->requested_at > schedule.times.deadline) {
      drill.state = domain::never_begun(now, schedule.times);
    }
  } else {
    drill.due_at = due(tx, schedule, now);
    if (!drill.due_at) return std::nullopt;
    drill.id = Uuid::make();
  }
  drill.alert_id = drill_alert_id(drill.id);
  if (!store::begin_drill(tx, drill)) return std::nullopt;
  log::info("drill.begun", "a drill has begun", {{"drill", drill.id.str()}});
  return drill;
}

domain::DrillFindings Drills::look(pqxx::work& tx, const store::Drill& drill, Instant now) const {
  DrillFacts facts;
  facts.has_alertmanager = config_.has_alertmanager;
  facts.sends_looked_at = config_.sends_looked_at();
  if (const auto incident = store::latest_incident(tx, drill.alert_id)) {
    facts.decided = true;
    facts.resolved = incident->state.resolved_at.has_value();
    facts.first_came = came_back(tx, incident->id, 1);
    facts.second_came = came_back(tx, incident->id, 2);
    facts.deliveries = store::deliveries_of(tx, incident->id);
    facts.channels = store::channel_words(tx, incident->id);
  }
  return drill_findings(facts, now);
}

void Drills::note_end(const store::Drill& drill) {
  const auto verdict = *drill.state.verdict;
  ended_.at(verdict).add();
  outcome_told_.reset();
  const auto& detail = drill.state.detail;
  if (verdict == DrillVerdict::lost) {
    log::error("drill.lost", detail, {{"drill", drill.id.str()}});
  } else {
    log::info("drill.ended", detail.empty() ? "told in time" : detail, {{"drill", drill.id.str()}});
  }
}

void Drills::publish_outcome(const std::optional<DrillVerdict>& last) {
  const auto now = clock_.steady_now();
  if (!last || (outcome_told_ && now - *outcome_told_ < kToldAgain)) return;
  outcome_told_ = now;
  publish_own(publisher_, drill_outcome(*last == DrillVerdict::lost, clock_.now()));
}

}  // namespace monitron::notifier
