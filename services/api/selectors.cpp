#include "api/selectors.hpp"

#include "api/resource.hpp"
#include "base/label_name.hpp"
#include "store/incident_views.hpp"
#include "store/watched_labels.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

// A selector that fits nothing is no mistake: what it is for may be yet to come. It is more often a
// slip, which shows in the numbers.
Outcome<http::Response> preview(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  const auto selector = fields.labels("selector");
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto fits = [&](const domain::LabelSet& labels) {
      return domain::selects(selector, labels);
    };
    const auto checks = store::labels_of_checks(tx);
    const auto instances = store::watched_instances(tx);
    return json_answer(
        200, {{"checks",
               std::count_if(checks.begin(), checks.end(),
                             [&](const auto& one) { return one.enabled && fits(one.labels); })},
              {"instances", std::count_if(instances.begin(), instances.end(),
                                          [&](const store::WatchedInstance& instance) {
                                            return fits(store::labels_of(instance));
                                          })},
              {"alerts", store::count_alerts_with(tx, with_plain_names(selector))}});
  });
}

}  // namespace

void add_selector_routes(http::Router& router, Context& context) {
  mount(router, http::Method::post, "/api/v1/selectors/preview", "checks:read",
        [&context](const auto& request) { return preview(context, request); });
}

}  // namespace monitron::api
