#pragma once
// What a run hands to who started it: the outcome, and what is known of why it is no success.

#include "domain/check_result.hpp"
#include "probe/address.hpp"

#include <optional>

namespace monitron::probe {

enum class Trouble {
  none,        // none, or what the target itself has said
  network,     // no answer, unreachable, no name server: the way there may be at fault
  descriptors  // no file descriptor was free: the check was not run
};

struct Finding : domain::ProbeOutcome {
  Trouble trouble = Trouble::none;
  std::optional<Address> address;  // the last that was tried
  domain::CheckDefinition check;   // as it was handed in
};

}  // namespace monitron::probe
