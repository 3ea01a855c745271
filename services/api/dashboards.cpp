#include "api/dashboards.hpp"

#include "api/resource.hpp"

namespace monitron::api {
namespace {

using store::Dashboard;

Json show(const Dashboard& dashboard) {
  Json json = {{"id", dashboard.id.str()}};
  json.update(writable_dashboard(dashboard));
  json["version"] = dashboard.version;
  json["created_at"] = to_rfc3339(dashboard.created_at);
  json["updated_at"] = to_rfc3339(dashboard.updated_at);
  return json;
}

void verify(pqxx::work& tx, const Dashboard& dashboard, std::vector<http::FieldError>& errors) {
  const auto other = store::find_dashboard_by_name(tx, dashboard.name);
  if (other && other->id != dashboard.id) {
    errors.push_back({"name", "taken", "another dashboard has this name"});
  }
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto page = page_query(request, store::dashboard_listing(), {"label"});
  if (!page) return tl::unexpected(page.error());
  const auto labels = label_query(request);
  if (!labels) return tl::unexpected(labels.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    return page_answer(request, store::list_dashboards(tx, *page, *labels), show);
  });
}

}  // namespace

void add_dashboard_routes(http::Router& router, Context& context) {
  Resource<Dashboard> resource;
  resource.name = "dashboard";
  resource.path = "/api/v1/dashboards";
  resource.reading = "dashboards:read";
  resource.writing = "dashboards:write";
  resource.read = read_dashboard;
  resource.writable = writable_dashboard;
  resource.show = [](pqxx::work&, const Dashboard& dashboard) { return show(dashboard); };
  resource.verify = verify;
  resource.find = store::find_dashboard;
  resource.insert = store::insert_dashboard;
  resource.update = store::update_dashboard;
  resource.remove = store::delete_dashboard;
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, resource.reading,
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
