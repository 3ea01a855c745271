#pragma once
// What `monitron <command>` does. Each returns what to print and whether all is well.

#include "cli/api.hpp"

#include <string>

namespace monitron::cli {

enum class Output { table, json };

struct Shown {
  std::string text;
  bool all_well = true;  // false: something that is watched is down or firing
};

Result<Shown> show_status(Api& api, Output output);
Result<Shown> show_instances(Api& api, Output output);
Result<Shown> show_checks(Api& api, Output output);
Result<Shown> show_alerts(Api& api, Output output);

// 0 all well, 1 something is down or firing, 2 wrong usage, 69 no answer, 77 not allowed, 1 else.
int exit_code(const Error& error);

}  // namespace monitron::cli
