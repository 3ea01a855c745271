// The life of an incident between the notifier and people.

#include "domain/incident.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {
namespace {

using namespace std::chrono_literals;

const Trouble kWarning{"critical", "warning"};
const Trouble kDown{"critical", "down"};

Instant at(int second) { return from_ms(1'700'000'000'000 + second * 1000LL); }

Acknowledged by(std::string who) { return {std::move(who), "on it", {}, false}; }

Incident after(std::vector<IncidentEvent> events, int now, const Trouble& trouble = kWarning) {
  return fold(begun(at(0), trouble), events, at(now));
}

TEST(Incident, IsOpenThenAcknowledgedThenResolved) {
  EXPECT_EQ(after({}, 5).status, IncidentStatus::open);
  const auto taken = after({{at(10), by("ada")}, {at(20), by("bob")}}, 30);
  EXPECT_EQ(taken.status, IncidentStatus::acknowledged);
  EXPECT_EQ(taken.acknowledgement->by, "bob");
  EXPECT_EQ(taken.since, at(20));
  EXPECT_EQ(taken.time_to_acknowledge(), 10s) << "the first one counts";
  EXPECT_FALSE(taken.time_to_resolve());
  const auto ended = after({{at(10), by("ada")}, {at(60), Resolved{}}}, 90);
  EXPECT_EQ(ended.status, IncidentStatus::resolved);
  EXPECT_EQ(ended.acknowledgement->by, "ada");
  EXPECT_EQ(ended.time_to_resolve(), 60s);
}

TEST(Incident, RefusesWhatContradictsItsStatus) {
  auto incident = begun(at(0), kDown);
  EXPECT_EQ(apply(incident, {at(1), Unacknowledged{}}).error().text, "it is not acknowledged");
  const Acknowledged over{"ada", "", at(1), false};
  EXPECT_EQ(apply(incident, {at(1), over}).error().fault, Fault::conflict);
  ASSERT_TRUE(apply(incident, {at(2), Resolved{}}));
  const auto resolved = incident;
  for (const IncidentEvent& event :
       {IncidentEvent{at(3), by("ada")}, {at(3), Unacknowledged{}}, {at(3), Retold{kDown}}}) {
    EXPECT_EQ(apply(incident, event).error().text, "it is resolved");
  }
  EXPECT_EQ(incident, resolved);
  EXPECT_FALSE(incident.time_to_acknowledge());
}

TEST(Incident, AnAcknowledgementEndsAtItsTimeOrWhenItIsTakenBack) {
  const Acknowledged until{"ada", "", at(20), true};
  EXPECT_EQ(after({{at(10), until}}, 19).status, IncidentStatus::acknowledged);
  const auto expired = after({{at(10), until}}, 20);
  EXPECT_EQ(expired.status, IncidentStatus::open);
  EXPECT_EQ(expired.since, at(20));
  EXPECT_EQ(expired.time_to_acknowledge(), 10s);
  EXPECT_FALSE(after({{at(10), until}, {at(30), Resolved{}}}, 40).acknowledgement);
  EXPECT_TRUE(after({{at(10), until}, {at(15), Resolved{}}}, 40).acknowledgement);
  EXPECT_EQ(after({{at(10), by("ada")}, {at(12), Unacknowledged{}}}, 20).since, at(12));
}

TEST(Incident, WorseTroubleEndsAnAcknowledgementThatIsNotSticky) {
  EXPECT_EQ(after({{at(1), by("ada")}, {at(2), Retold{kDown}}}, 3).status, IncidentStatus::open);
  EXPECT_EQ(after({{at(1), by("ada")}, {at(2), Retold{kWarning}}}, 3).status,
            IncidentStatus::acknowledged);
  // Down, better, and down again: no worse than what was acknowledged.
  EXPECT_EQ(after({{at(1), by("ada")}, {at(2), Retold{kWarning}}, {at(3), Retold{kDown}}}, 4, kDown)
                .status,
            IncidentStatus::acknowledged);
  const Acknowledged sticky{"ada", "", {}, true};
  EXPECT_EQ(after({{at(1), sticky}, {at(2), Retold{kDown}}}, 3).status,
            IncidentStatus::acknowledged);
}

TEST(Incident, SeverityGoesBeforeCondition) {
  EXPECT_TRUE(is_worse({"critical", ""}, {"warning", "down"}));
  EXPECT_FALSE(is_worse({"info", "down"}, {"warning", ""}));
  EXPECT_TRUE(is_worse({"info", "down"}, {"info", "unknown"}));
  EXPECT_FALSE(is_worse({"info", "x"}, {"info", "y"}));
}

TEST(Incident, ClocksOfTwoMachinesMayDiffer) {
  EXPECT_EQ(after({{at(-3), by("ada")}}, 1).time_to_acknowledge(), 0s);
  EXPECT_EQ(after({{at(-3), Resolved{}}}, 1).time_to_resolve(), 0s);
}

TEST(Incident, IsAssignedAlsoAfterItsEnd) {
  const Person ada{Uuid::make(), "ada"};
  const auto assigned = after({{at(1), Resolved{}}, {at(2), Assigned{ada}}, {at(3), Noted{}}}, 4);
  EXPECT_EQ(assigned.assignee, ada);
  EXPECT_FALSE(after({{at(1), Assigned{ada}}, {at(2), Assigned{}}}, 3).assignee);
}

IncidentEvent event_of(int kind, Instant when) {
  const std::optional<Instant> soon = when + 7s;
  const std::optional<Instant> passed = when - 1s;
  switch (kind) {
    case 0:
      return {when, Retold{kDown}};
    case 1:
      return {when, Retold{kWarning}};
    case 2:
      return {when, by("ada")};
    case 3:
      return {when, Acknowledged{"bob", "", soon, false}};
    case 4:
      return {when, Acknowledged{"cy", "", passed, true}};
    case 5:
      return {when, Unacknowledged{}};
    case 6:
      return {when, Assigned{Person{Uuid{}, "dee"}}};
    case 7:
      return {when, Noted{}};
    default:
      return {when, Resolved{}};
  }
}

std::vector<IncidentEvent> random_history() {
  const auto kinds = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30));
  std::vector<IncidentEvent> events;
  auto when = at(0);
  for (const int kind : kinds) {
    when += std::chrono::seconds(*rc::gen::inRange(0, 10));
    events.push_back(event_of(kind > 8 ? kind % 8 : kind, when));
  }
  return events;
}

void holds_together(const Incident& incident) {
  const bool resolved = incident.status == IncidentStatus::resolved;
  RC_ASSERT(incident.resolved_at.has_value() == resolved);
  RC_ASSERT(incident.time_to_resolve().has_value() == resolved);
  if (!resolved) {
    RC_ASSERT(incident.acknowledgement.has_value() ==
              (incident.status == IncidentStatus::acknowledged));
  }
  if (incident.acknowledgement) {
    RC_ASSERT(incident.first_acknowledged_at <= incident.acknowledgement->at);
  }
  RC_ASSERT(incident.since >= incident.opened_at);
}

// Whatever happens in whatever order, what is resolved stays so, and status, acknowledgement and
// times agree after each step.
RC_GTEST_PROP(Incident, HoldsTogetherAtEachStep, ()) {
  auto incident = begun(at(0), kWarning);
  for (const auto& event : random_history()) {
    const auto before = incident;
    const auto done = apply(incident, event);
    holds_together(incident);
    if (before.status == IncidentStatus::resolved) {
      auto same = incident;
      same.assignee = before.assignee;
      RC_ASSERT(same == before);
    }
    if (before.first_acknowledged_at) {
      RC_ASSERT(incident.first_acknowledged_at == before.first_acknowledged_at);
    }
    if (!done) RC_ASSERT(incident.resolved_at == before.resolved_at);
  }
}

// One recovery per problem; refused events leave no trace.
RC_GTEST_PROP(Incident, IsTheSameWithoutWhatWasRefused, ()) {
  const auto history = random_history();
  const auto now = (history.empty() ? at(0) : history.back().at) + 3s;
  std::vector<IncidentEvent> taken;
  auto incident = begun(at(0), kWarning);
  for (const auto& event : history) {
    if (apply(incident, event)) taken.push_back(event);
  }
  const auto resolved = [](const auto& e) { return std::holds_alternative<Resolved>(e.what); };
  RC_ASSERT(std::count_if(taken.begin(), taken.end(), resolved) <= 1);
  RC_ASSERT(fold(begun(at(0), kWarning), taken, now) == fold(begun(at(0), kWarning), history, now));
}

// No acknowledgement outlives its time, however late somebody looks.
RC_GTEST_PROP(Incident, ExpiresByTimeAlone, ()) {
  const auto history = random_history();
  const auto end = (history.empty() ? at(0) : history.back().at);
  const auto incident = fold(begun(at(0), kWarning), history, end + 10s);
  if (incident.status == IncidentStatus::acknowledged) {
    RC_ASSERT(!incident.acknowledgement->expires_at);
  }
}

}  // namespace
}  // namespace monitron::domain
