#pragma once
// What we make of an expression beside what Prometheus makes of it.

#include "promql/query.hpp"

namespace monitron::promql {

// How the outcome differs from the answer of the API, a JSON document; empty: not at all. Values
// may differ by what the order of additions makes of them.
std::string difference(const Result<Outcome>& ours, const std::string& answer);

// What an answer of the API says went wrong; empty: nothing.
std::string fault_in(const std::string& answer);

}  // namespace monitron::promql
