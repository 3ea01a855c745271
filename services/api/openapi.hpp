#pragma once
// The interface as an OpenAPI document.

#include "api/answer.hpp"
#include "api/context.hpp"
#include "contracts/check_type.hpp"
#include "http/router.hpp"

#include <string_view>

namespace monitron::api {

// docs/swagger.json, as it was when this program was built.
std::string_view openapi_text();

// The components that follow from the kinds of checks: CheckKind and CheckSettings. tools/openapi
// puts those of the built-in kinds into docs/swagger.json; what is served has own types as well.
Json check_components(const contracts::CheckTypes& types);

void add_openapi_routes(http::Router& router, Context& context);

}  // namespace monitron::api
