#pragma once
// `monitron maintenance start|list|end`: times in which nobody is paged for what begins.

#include "cli/commands.hpp"

#include <string>
#include <vector>

namespace monitron::cli {

struct MaintenanceAsked {
  std::vector<std::string> labels{};  // name=value, all of them; none: `everything`
  bool everything = false;
  std::string lasts{};  // "2h", "1h30m"
  std::string at{};     // RFC 3339 or how long from now; empty: now
  std::string name{};   // empty: the comment
  std::string comment{};
  bool outside_sla = false;  // its time is no part of availability
  bool all = false;          // list: those that are over too
  std::string id{};
  bool for_good = false;  // end: also one that comes again
};

Result<Shown> start_maintenance(Api& api, const MaintenanceAsked& asked, Output output);
Result<Shown> show_maintenance(Api& api, const MaintenanceAsked& asked, Output output);
// What it held back and still holds is told then. The record of it stays.
Result<Shown> end_maintenance(Api& api, const MaintenanceAsked& asked);

}  // namespace monitron::cli
