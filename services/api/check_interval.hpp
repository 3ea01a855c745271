#pragma once
// The interval of checks that have none of their own: their instance's, or else that of their kind.
// Where it is shorter than a check's time limit, the limit ends with it.

#include "http/message.hpp"
#include "store/checks.hpp"
#include "store/instances.hpp"

namespace monitron::api {

// Gives a check that is about to be stored the interval that it inherits, and holds its instance's.
void inherit_interval(pqxx::work& tx, store::Check& check, std::vector<http::FieldError>& errors);

// An instance is about to have another interval: complains of the first check that it would not
// fit.
void try_check_interval(pqxx::work& tx, const store::Instance& instance,
                        std::vector<http::FieldError>& errors);
// Gives it to the checks that inherit it.
void pass_on_check_interval(pqxx::work& tx, const store::Instance& instance);

}  // namespace monitron::api
