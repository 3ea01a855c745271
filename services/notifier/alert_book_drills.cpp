// Drills: alerts that fire for as long as they are told to.

#include "notifier/alert_book.hpp"

namespace monitron::notifier {
namespace {

// What comes later says nothing about now.
constexpr std::chrono::seconds kLate{30};

}  // namespace

Changes AlertBook::observe(const DrillBeat& beat, Instant now) {
  Changes changes;
  const auto place = rule_places_.find(drill_rule().id);
  if (place == rule_places_.end() || beat.at < now - kLate) return changes;
  const auto subject = std::string(kDrillSubject) + beat.drill.str();
  const auto* known = machine_.find(drill_alert_id(beat.drill));
  if (known != nullptr && beat.at < known->observed) return changes;
  // Of one who did not know yet that it is over.
  if (beat.fires && beat.drill == ended_drill_) return changes;
  if (!beat.fires) ended_drill_ = beat.drill;
  Finding finding;
  finding.subject = subject;
  finding.title = "This is a drill";
  finding.text = beat.fires ? "Nothing is wrong: the way of an alert is tried. It ends by itself."
                            : "It is over.";
  finding.labels = {{"drill", "true"}, {"drill_id", beat.drill.str()}};
  finding.value = beat.fires ? 1 : 0;
  finding.observed = beat.at;
  evaluate(place->second, beat.fires, finding, now, changes);
  return with_inputs(std::move(changes));
}

}  // namespace monitron::notifier
