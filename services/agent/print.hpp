#pragma once
// What was measured in Prometheus's text format, sorted by name: for people (`--print`), and for
// who scrapes the agent.

#include "agent/config.hpp"
#include "agent/measurements.hpp"

namespace monitron::agent {

// HELP and TYPE of what is known, then the series of each name.
std::string text_of(const Round& round);

// Measures and writes to stdout, with --once after a second and once, else every interval until
// the output is closed. Asks no server. The exit code: 0, or 74 when stdout takes nothing.
int print_rounds(const Config& config);

}  // namespace monitron::agent
