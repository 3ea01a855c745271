#pragma once
// Status pages: what people put on them (JSON), and what the public is shown
// (api/public_status.hpp).

#include "api/context.hpp"
#include "api/fields.hpp"
#include "http/router.hpp"
#include "store/overview.hpp"
#include "store/status_pages.hpp"

namespace monitron::api {

// Something that the public knows by a name, and the checks that tell of it: those whose alerts
// have all of its labels, as maintenance windows name them.
struct StatusComponent {
  std::string id{};
  std::string name{};
  std::string description{};
  store::Labels selector{};
};
struct StatusSection {
  std::string name{};
  std::vector<StatusComponent> components{};
};
// Of a row that was stored.
std::vector<StatusSection> sections_of(const store::StatusPage& page);

// The checks that tell of it.
std::vector<const store::Standing*> those_of(const StatusComponent& component,
                                             const std::vector<store::Standing>& standings);

void add_status_page_routes(http::Router& router, Context& context);

}  // namespace monitron::api
