#pragma once
// check.state: a check's state has changed, or it begins or ends to flap or to warn; on mon.events,
// key check.state.<up|down|unknown>. JSON. For whoever binds a queue; the live stream says the
// same.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "contracts/contract.hpp"
#include "domain/check_verdict.hpp"
#include "domain/threshold.hpp"

#include <optional>
#include <string>

namespace monitron::contracts {

struct CheckStateChanged {
  static constexpr Contract contract{.type = "check.state", .version = 1, .owner = "ingest"};

  CheckId check_id;
  std::optional<std::string> name;  // none: the check is gone
  domain::LabelSet labels;          // of the check
  std::optional<InstanceId> instance_id;
  domain::CheckStatus status{};
  domain::CheckStatus previous{};
  bool flapping = false;
  bool warning = false;
  std::string location;  // the one whose result it was
  std::string reason;    // that the result said
  Instant slot;          // the result was due
  Instant at;            // the check began
};

// Of the state that the result brought about; without name and labels.
CheckStateChanged state_changed(const domain::CheckResult& result, const domain::CheckStates& after,
                                domain::CheckStatus previous);
// The same whoever says it: a location has one result for each slot.
std::string id_of(const CheckStateChanged& change);
std::string encode(const CheckStateChanged& change);
Message to_message(const CheckStateChanged& change);

}  // namespace monitron::contracts
