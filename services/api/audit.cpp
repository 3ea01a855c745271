// GET /audit: who changed what, for admins, newest first.

#include "api/accounts.hpp"
#include "api/resource.hpp"
#include "base/text.hpp"

namespace monitron::api {
namespace {

Json show(const store::AuditRow& row) {
  const auto& entry = row.entry;
  return {{"id", row.id},
          {"at", to_rfc3339(row.at)},
          {"actor_kind", entry.actor_kind},
          {"actor_id", entry.actor_id},
          {"actor_name", row.actor_name},
          {"action", entry.action},
          {"object", entry.object},
          {"object_id", entry.object_id},
          {"change", Json::parse(entry.change)},
          {"peer", entry.peer},
          {"request_id", entry.request_id}};
}

Outcome<store::AuditQuery> read_query(const http::Request& request) {
  if (const auto known = known_query(request, {"limit", "cursor", "actor", "action", "from", "to"});
      !known) {
    return tl::unexpected(known.error());
  }
  const auto limit = limit_of(request);
  if (!limit) return tl::unexpected(limit.error());
  const auto position = from_cursor(request);
  if (!position) return tl::unexpected(position.error());
  const auto range = range_query(request);
  if (!range) return tl::unexpected(range.error());
  store::AuditQuery query{.limit = *limit,
                          .actor = request.query_one("actor").value_or(""),
                          .action = request.query_one("action").value_or(""),
                          .from = range->from,
                          .to = range->to};
  if (!position->empty()) {
    query.before = parse_number<std::int64_t>(*position);
    if (!query.before) {
      return refuse_fields({{"cursor", "invalid", "is not one that was given out"}});
    }
  }
  return query;
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = read_query(request);
  if (!query) return tl::unexpected(query.error());
  const auto page = in_transaction(context.database,
                                   [&](pqxx::work& tx) { return store::list_audit(tx, *query); });
  if (!page) return tl::unexpected(page.error());
  Json items = Json::array();
  for (const auto& row : page->items) items.push_back(show(row));
  Json body = {{"items", std::move(items)}, {"next_cursor", nullptr}};
  if (page->more) body["next_cursor"] = to_cursor(std::to_string(page->items.back().id));
  return json_answer(200, body);
}

}  // namespace

void add_audit_routes(http::Router& router, Context& context) {
  mount(router, http::Method::get, "/api/v1/audit", "admin",
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
