#pragma once
// What check results do besides being samples: the latest state of each check, events, and results
// of trial runs. Inside the writer's transaction. Private to this room.

#include "domain/check_result.hpp"
#include "series/session.hpp"

#include <set>
#include <vector>

namespace monitron::series {

// A result as the API shows it (JSON).
std::string result_json(const domain::CheckResult& result);

// `results`: of the schedule, each handed over for the first time, in any order. Answers with those
// words about silence among them that were refuted by what came: they changed nothing.
Result<std::set<const domain::CheckResult*>> note_states(
    Session& session, std::vector<const domain::CheckResult*> results);
Result<void> note_trials(Session& session, const std::vector<const domain::CheckResult*>& results);

}  // namespace monitron::series
