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
  const auto place = page_place(request);
  if (!place) return tl::unexpected(place.error());
  const auto range = range_query(request);
  if (!range) return tl::unexpected(range.error());
  store::AuditQuery query{.limit = place->limit,
                          .actor = request.query_one("actor").value_or(""),
                          .action = request.query_one("action").value_or(""),
                          .from = range->from,
                          .to = range->to};
  if (!place->position.empty()) {
    query.before = parse_number<std::int64_t>(place->position);
    if (!query.before) return bad_cursor();
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
  return page_answer(std::move(items),
                     page->more ? std::to_string(page->items.back().id) : std::string());
}

}  // namespace

void add_audit_routes(http::Router& router, Context& context) {
  mount(router, http::Method::get, "/api/v1/audit", "admin",
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
