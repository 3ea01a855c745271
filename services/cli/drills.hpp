#pragma once
// `monitron drill run|list`.

#include "cli/commands.hpp"

namespace monitron::cli {

struct DrillAsked {
  bool wait = false;                           // until it has a verdict
  std::chrono::milliseconds look_every{1000};  // meanwhile
};

// Not all is well when a drill was lost: the one that was waited for, or the latest of the list.
Result<Shown> run_drill(Api& api, const DrillAsked& asked, Output output);
Result<Shown> show_drills(Api& api, Output output);

}  // namespace monitron::cli
