#include "notifier/drill_beat.hpp"

#include "notifier/alert_machine.hpp"
#include "notifier/own_samples.hpp"

namespace monitron::notifier {
namespace {

const contracts::PackedDictionary& beats() {
  static const auto dictionary = contracts::pack_dictionary({{"monitron_drill", {}}});
  return dictionary;
}

}  // namespace

contracts::Batch batch_of(const DrillBeat& beat) {
  return own_batch(beat.drill, beats(), beat.at, {beat.fires ? 1.0 : 0.0});
}

std::optional<DrillBeat> drill_beat(const contracts::Batch& batch) {
  if (batch.id.source != contracts::kSuite || batch.blocks.size() != 1) return std::nullopt;
  const auto& block = batch.blocks.front();
  if (block.dictionary.hash != beats().hash || block.frames.size() != 1) return std::nullopt;
  const auto& frame = block.frames.front();
  if (frame.values.size() != 1) return std::nullopt;
  return DrillBeat{Uuid{batch.id.epoch}, frame.values.front() > 0, from_ms(frame.time_ms)};
}

contracts::Batch drill_outcome(bool lost, Instant at) {
  return own_batch(drill_rule().id, contracts::pack_dictionary({{"monitron_drill_lost", {}}}), at,
                   {lost ? 1.0 : 0.0});
}

store::Rule drill_rule() {
  store::Rule rule;
  rule.id = *Uuid::parse("00000000-0000-7000-8000-000000000041");
  rule.name = kDrillName;
  rule.kind = kDrillKind;
  rule.severity = "info";
  rule.annotations = {{"summary", "A drill: nothing is wrong, the way of an alert is tried"}};
  return rule;
}

Uuid drill_alert_id(const Uuid& drill) {
  return AlertMachine::id_of(drill_rule().id, std::string(kDrillSubject) + drill.str());
}

}  // namespace monitron::notifier
