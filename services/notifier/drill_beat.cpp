#include "notifier/drill_beat.hpp"

#include "notifier/alert_machine.hpp"

namespace monitron::notifier {
namespace {

const contracts::PackedDictionary& beats() {
  static const auto dictionary = contracts::pack_dictionary({{"monitron_drill", {}}});
  return dictionary;
}

contracts::Batch batch_of_one(const std::array<std::uint8_t, 16>& epoch,
                              contracts::PackedDictionary dictionary, Instant at, double value) {
  contracts::Batch batch;
  batch.id = {contracts::kSuite, epoch, static_cast<std::uint64_t>(to_ms(at))};
  batch.blocks.push_back({std::move(dictionary), 1, {{to_ms(at), {value}}}, {}});
  return batch;
}

}  // namespace

contracts::Batch batch_of(const DrillBeat& beat) {
  return batch_of_one(beat.drill.bytes, beats(), beat.at, beat.fires ? 1 : 0);
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
  return batch_of_one(drill_rule().id.bytes,
                      contracts::pack_dictionary({{"monitron_drill_lost", {}}}), at, lost ? 1 : 0);
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
