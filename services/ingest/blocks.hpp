#pragma once
// Points as blocks carry them best: those of one time as a frame where they fill it well, which
// says their time once; the rest as points. Pure; Threads: any.

#include "contracts/telemetry.hpp"

namespace monitron::ingest {

// Into `block`, whose series_count is known. Several points of one series and time keep their
// order: a frame has one of each, and what is left comes after it.
void put_points(std::vector<contracts::Point> points, contracts::Block& block);

}  // namespace monitron::ingest
