#pragma once
// What selectors by labels fit: POST /api/v1/selectors/preview.

#include "api/context.hpp"
#include "base/ids.hpp"
#include "domain/threshold.hpp"
#include "http/router.hpp"
#include "store/tx.hpp"

namespace monitron::api {

// Of all enabled checks, as their alerts have them.
std::vector<std::pair<Uuid, domain::LabelSet>> labels_of_checks(pqxx::work& tx);

void add_selector_routes(http::Router& router, Context& context);

}  // namespace monitron::api
