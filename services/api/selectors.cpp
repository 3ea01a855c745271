#include "api/selectors.hpp"

#include "api/resource.hpp"
#include "store/incident_views.hpp"
#include "store/watched_labels.hpp"

#include <algorithm>
#include <unordered_map>

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
    const auto checks = labels_of_checks(tx);
    const auto instances = store::watched_instances(tx);
    return json_answer(
        200, {{"checks", std::count_if(checks.begin(), checks.end(),
                                       [&](const auto& check) { return fits(check.second); })},
              {"instances", std::count_if(instances.begin(), instances.end(),
                                          [&](const store::WatchedInstance& instance) {
                                            return fits(store::labels_of(instance));
                                          })},
              {"alerts", store::count_alerts_with(tx, selector)}});
  });
}

}  // namespace

std::vector<std::pair<Uuid, domain::LabelSet>> labels_of_checks(pqxx::work& tx) {
  const auto instances = store::watched_instances(tx);
  std::unordered_map<Uuid, const store::WatchedInstance*> hosts;
  for (const auto& instance : instances) hosts.emplace(instance.id, &instance);
  std::vector<std::pair<Uuid, domain::LabelSet>> labels;
  for (const auto& check : store::watched_checks(tx)) {
    const auto host = hosts.find(check.instance_id.value_or(Uuid{}));
    labels.emplace_back(check.id,
                        store::labels_of(check, host == hosts.end() ? nullptr : host->second));
  }
  return labels;
}

void add_selector_routes(http::Router& router, Context& context) {
  mount(router, http::Method::post, "/api/v1/selectors/preview", "read",
        [&context](const auto& request) { return preview(context, request); });
}

}  // namespace monitron::api
