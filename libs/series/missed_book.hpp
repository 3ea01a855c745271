#pragma once
// The slots that were missed, and why: intervals, joined with what is stored of the same check,
// location and reason when they overlap or follow each other. So what is handed over again changes
// nothing. Inside the writer's transaction. Private to this room.

#include "domain/check_result.hpp"
#include "series/session.hpp"

#include <vector>

namespace monitron::series {

Result<void> note_missed(Session& session, const std::vector<domain::MissedSlots>& missed);

// What ended 90 days ago, and the oldest beyond a million.
Result<void> forget_missed(Session& session);

}  // namespace monitron::series
