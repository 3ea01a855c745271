#pragma once
// A drill begins where everything does: with samples. Whoever runs it publishes each second whether
// it fires; who decides hears that by the broker, as all that is measured, and has a rule for it.

#include "contracts/telemetry.hpp"
#include "store/rules.hpp"

#include <optional>

namespace monitron::notifier {

struct DrillBeat {
  Uuid drill{};
  bool fires = false;
  Instant at{};
};

// A sample of `monitron_drill`, of the suite's own; the drill is the batch's epoch.
contracts::Batch batch_of(const DrillBeat& beat);
std::optional<DrillBeat> drill_beat(const contracts::Batch& batch);

// Samples of what the latest drill that has a verdict found out.
contracts::Batch drill_outcome(bool lost, Instant at);

inline constexpr const char* kDrillKind = "drill";  // of its rule, which is built in
inline constexpr const char* kDrillName = "MonitronDrill";
store::Rule drill_rule();
inline constexpr std::string_view kDrillSubject = "drill:";
Uuid drill_alert_id(const Uuid& drill);

}  // namespace monitron::notifier
