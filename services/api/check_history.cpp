// What checks have done: results and events, newest first; the cursor is the position of the last
// row, exact for equal times.

#include "store/check_history.hpp"

#include "api/checks.hpp"
#include "api/resource.hpp"
#include "contracts/check_definition.hpp"
#include "series/reader.hpp"

namespace monitron::api {
namespace {

template <class List>
Outcome<http::Response> history(Context& context, const http::Request& request, List list_rows) {
  if (const auto known = known_query(request, {"limit", "cursor", "from", "to", "location"});
      !known) {
    return tl::unexpected(known.error());
  }
  const auto id = path_id(request);
  if (!id) return tl::unexpected(id.error());
  const auto place = page_place(request);
  if (!place) return tl::unexpected(place.error());
  const auto range = range_query(request);
  if (!range) return tl::unexpected(range.error());
  const store::HistoryQuery query{.check = *id,
                                  .location = request.query_one("location").value_or(""),
                                  .from = range->from,
                                  .to = range->to,
                                  .before = place->position,
                                  .limit = place->limit};
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto check = find_check_for(tx, request.caller, "checks:read", *id);
    if (!check) return refuse(Fault::not_found, "nothing has this id");
    const auto page = list_rows(tx, *check, query);
    if (!page) return bad_cursor();
    Json items = Json::array();
    for (const auto& row : page->items) items.push_back(json_or_null(row));
    return page_answer(request, std::move(items), page->next);
  });
}

std::optional<series::PingedHost> pinged_host(const store::Check& check) {
  const auto settings = nlohmann::json::parse(check.settings, nullptr, false);
  if (!settings.is_object() || !settings.contains("icmp")) return std::nullopt;
  return series::PingedHost{check.name, check.target, settings["icmp"].value("count", 0)};
}

// As store's lists of history, from the stored samples.
std::optional<store::HistoryPage> list_results(pqxx::work& tx, const store::Check& check,
                                               const store::HistoryQuery& query) {
  const auto after = series::Position::parse(query.before);
  if (!query.before.empty() && !after) return std::nullopt;
  auto page = series::read_results(tx, {.check = query.check,
                                        .first_location = check.locations.front(),
                                        .location = query.location,
                                        .ping = pinged_host(check),
                                        .from = query.from,
                                        .to = query.to,
                                        .after = after,
                                        .limit = query.limit});
  return store::HistoryPage{std::move(page.items), page.next ? page.next->str() : ""};
}

}  // namespace

void add_check_history_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/checks/:id/events", http::needs_somewhere("checks:read"),
        [&context](const auto& request) {
          return history(context, request,
                         [](pqxx::work& tx, const store::Check&, const auto& query) {
                           return store::list_check_events(tx, query);
                         });
        });
  mount(router, Method::get, "/api/v1/checks/:id/results", http::needs_somewhere("checks:read"),
        [&context](const auto& request) { return history(context, request, list_results); });
}

}  // namespace monitron::api
