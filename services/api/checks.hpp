#pragma once
// Check definitions and trial runs.

#include "api/context.hpp"
#include "api/fields.hpp"
#include "http/router.hpp"
#include "store/checks.hpp"

namespace monitron::api {

void add_check_routes(http::Router& router, Context& context);
// What checks have done: results, events, slots.
void add_check_history_routes(http::Router& router, Context& context);

// A definition as PUT takes it, with the settings of its kind complete.
store::Check read_check(Fields& fields);
const std::vector<std::string>& check_kinds();
Json check_writable(const store::Check& check);

}  // namespace monitron::api
