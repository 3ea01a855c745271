#pragma once
// `monitron rules import` and `monitron rules export`: rule files of Prometheus to a server and
// from it.

#include "cli/commands.hpp"

#include <string>
#include <vector>

namespace monitron::cli {

// One file after the other; each is taken as a whole or not at all, and the first that is refused
// ends it. `dry_run`: what would change.
Result<Shown> import_rules(Api& api, const std::vector<std::string>& paths, bool dry_run,
                           Output output);
// YAML. `group`: only that; empty: all.
Result<Shown> export_rules(Api& api, const std::string& group);

}  // namespace monitron::cli
