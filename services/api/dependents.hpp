#pragma once
// What is deleted with something else, as it is of no use without it: the checks of an instance,
// and the rules on a check. Only who may delete these too deletes the whole, and each is in the
// audit trail. In the transaction of the deletion, before it.

#include "api/answer.hpp"
#include "store/checks.hpp"
#include "store/instances.hpp"

namespace monitron::api {

Outcome<void> delete_with(pqxx::work& tx, const http::Request& request,
                          const store::Instance& instance);
Outcome<void> delete_with(pqxx::work& tx, const http::Request& request, const store::Check& check);

}  // namespace monitron::api
