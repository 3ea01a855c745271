#pragma once
// Pages, cursors, entity tags and the other things that all resources share.

#include "api/answer.hpp"
#include "api/fields.hpp"
#include "store/audit.hpp"
#include "store/page.hpp"

#include <functional>

namespace monitron::api {

inline constexpr int kDefaultLimit = 100;
inline constexpr int kMaxLimit = 1000;

// limit= and cursor=; the cursor is opaque to clients. One that was given out for another sort or
// other filters is refused.
struct PagePlace {
  int limit = kDefaultLimit;
  std::string position{};  // where the page before ended; "" for the first one
};
Outcome<PagePlace> page_place(const http::Request& request);
// sort= and q= besides, as the listing says; `filters`: what else the route knows.
Outcome<store::PageQuery> page_query(const http::Request& request, const store::Listing& listing,
                                     std::initializer_list<const char*> filters = {});
// The key that sort= names, and whether downwards ("-name"); as usual when it is missing.
Outcome<void> sort_query(const http::Request& request, const store::Listing& listing,
                         store::PageQuery& query);
tl::unexpected<Refusal> bad_cursor();
// `next`: the position where this page ends; "" when it is the last one.
http::Response page_answer(const http::Request& request, Json items, const std::string& next);
// The cursor of a position in the list that is asked for.
Json cursor_of(const http::Request& request, const std::string& position);
// Refuses query parameters that the route does not know.
Outcome<void> known_query(const http::Request& request, const std::vector<const char*>& names);

// label=, as often as it is given: "env" (has it), "env=prod", "env!=prod"; "env:prod" is the older
// form of the second.
Outcome<store::LabelFilters> label_query(const http::Request& request);
// One of `choices`, or "" when it is not asked for.
Outcome<std::string> choice_query(const http::Request& request, const char* name,
                                  const std::vector<std::string>& choices);
// "true" or "false".
Outcome<std::optional<bool>> flag_query(const http::Request& request, const char* name);
Outcome<std::optional<Uuid>> uuid_query(const http::Request& request, const char* name);
// Up to so many ids, separated by commas; none when it is not asked for.
inline constexpr std::size_t kMaxIds = 100;
Outcome<std::vector<Uuid>> uuids_query(const http::Request& request, const char* name);
Outcome<std::optional<Instant>> time_query(const http::Request& request, const char* name);

// The ":id" of the path. Not a UUID is not found: nothing has such an id.
Outcome<Uuid> path_id(const http::Request& request);
// The same, of a route that takes no query parameters.
Outcome<Uuid> only_id(const http::Request& request);
// from and to; both may be missing.
struct TimeRange {
  std::optional<Instant> from{};
  std::optional<Instant> to{};
};
Outcome<TimeRange> range_query(const http::Request& request);

template <class Row, class Show>
http::Response page_answer(const http::Request& request, const store::Page<Row>& page, Show show) {
  Json items = Json::array();
  for (const auto& row : page.items) items.push_back(show(row));
  return page_answer(request, std::move(items),
                     page.more ? page.items.back().id.str() + page.value : "");
}

// GET of all rows there are, by pages: `list` reads one, `show` makes JSON of its rows.
template <class List, class Show>
Outcome<http::Response> list_answer(db::Pool& database, const http::Request& request,
                                    const store::Listing& listing, List list, Show show) {
  const auto query = page_query(request, listing);
  if (!query) return tl::unexpected(query.error());
  const auto page = in_transaction(database, [&](pqxx::work& tx) { return list(tx, *query); });
  if (!page) return tl::unexpected(page.error());
  return page_answer(request, *page, show);
}

using OutcomeHandler = std::function<Outcome<http::Response>(const http::Request&)>;
// What `handler` answers to the request without its `fields`, with these members of the object, or
// of each item of the page, alone, and its id. A member that an object does not have is left out.
Outcome<http::Response> select_fields(const http::Request& request, const OutcomeHandler& handler);

std::string etag_of(int version);
// 412 when If-Match names another version; without the header everything matches.
Outcome<void> check_if_match(const http::Request& request, int version);
http::Response with_etag(http::Response response, int version);

Json time_or_null(const std::optional<Instant>& time);
Json id_or_null(const std::optional<Uuid>& id);
Json json_or_null(const std::string& text);  // null for what is no JSON

store::AuditEntry audit_entry(const http::Request& request, std::string action,
                              const std::string& object_id, const Json& change = Json::object());

}  // namespace monitron::api
