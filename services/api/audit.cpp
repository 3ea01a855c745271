// GET /audit: who changed what, for admins, newest first; the same as a file, and whether it is
// whole.

#include "api/accounts.hpp"
#include "api/jobs.hpp"
#include "api/resource.hpp"
#include "base/bytes.hpp"
#include "base/csv.hpp"
#include "base/text.hpp"

namespace monitron::api {
namespace {

constexpr int kExportLimit = 2'000;

Json show(const store::AuditRow& row) {
  const auto& entry = row.entry;
  return {{"id", row.id},
          {"at", to_rfc3339(row.at)},
          {"actor_kind", entry.actor_kind},
          {"actor_id", entry.actor_id},
          {"actor_name", row.actor_name},
          {"credential", entry.credential},
          {"action", entry.action},
          {"object", entry.object},
          {"object_id", entry.object_id},
          {"change", Json::parse(entry.change)},
          {"peer", entry.peer},
          {"request_id", entry.request_id},
          {"hash", row.hash}};
}

Outcome<store::AuditQuery> read_query(const http::Request& request) {
  const auto place = page_place(request);
  if (!place) return tl::unexpected(place.error());
  const auto range = range_query(request);
  if (!range) return tl::unexpected(range.error());
  store::AuditQuery query{.limit = place->limit,
                          .actor = request.query_one("actor").value_or(""),
                          .action = request.query_one("action").value_or(""),
                          .object = request.query_one("object").value_or(""),
                          .words = request.query_one("q").value_or(""),
                          .from = range->from,
                          .to = range->to};
  store::PageQuery sorted;
  if (const auto sort = sort_query(request, store::audit_listing(), sorted); !sort) {
    return tl::unexpected(sort.error());
  }
  query.oldest_first = sorted.sort != nullptr && !sorted.descending;
  if (!place->position.empty()) {
    query.after = parse_number<std::int64_t>(place->position);
    if (!query.after) return bad_cursor();
  }
  return query;
}

Outcome<store::Page<store::AuditRow>> read_page(Context& context, const http::Request& request,
                                                const store::AuditQuery& query) {
  return in_transaction(
      context.database, [&](pqxx::work& tx) { return store::list_audit(tx, query); },
      when_gone(request));
}

std::string next_position(const store::Page<store::AuditRow>& page) {
  return page.more ? std::to_string(page.items.back().id) : std::string();
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  if (const auto known = known_query(
          request, {"limit", "cursor", "sort", "actor", "action", "object", "q", "from", "to"});
      !known) {
    return tl::unexpected(known.error());
  }
  const auto query = read_query(request);
  if (!query) return tl::unexpected(query.error());
  const auto page = read_page(context, request, *query);
  if (!page) return tl::unexpected(page.error());
  Json items = Json::array();
  for (const auto& row : page->items) items.push_back(show(row));
  return page_answer(request, std::move(items), next_position(*page));
}

std::string csv_of(const store::Page<store::AuditRow>& page) {
  std::string text =
      csv_line({"id", "at", "actor_kind", "actor_id", "actor_name", "credential", "action",
                "object", "object_id", "change", "peer", "request_id", "hash"});
  for (const auto& row : page.items) {
    const auto& entry = row.entry;
    text += csv_line({std::to_string(row.id), to_rfc3339(row.at), entry.actor_kind, entry.actor_id,
                      row.actor_name, entry.credential, entry.action, entry.object, entry.object_id,
                      entry.change, entry.peer, entry.request_id, row.hash});
  }
  return text;
}

std::string lines_of(const store::Page<store::AuditRow>& page) {
  std::string text;
  for (const auto& row : page.items) {
    text += show(row).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return text;
}

// The address of the rest, with the filters of this one.
std::string link_to_next(const http::Request& request, const std::string& position) {
  std::string link = "<" + request.path + "?";
  for (const auto& [name, value] : request.query) {
    if (name != "cursor") link += name + "=" + percent_encode(value) + "&";
  }
  return link + "cursor=" + cursor_of(request, position).get<std::string>() + ">; rel=\"next\"";
}

// All of it, page by page, for whom nobody waits; what is written meanwhile is not in it.
Outcome<std::string> all_of(Context& context, const http::Request& request, store::AuditQuery query,
                            bool csv) {
  std::string text;
  for (std::int64_t rows = 0;;) {
    const auto page = read_page(context, request, query);
    if (!page) return tl::unexpected(page.error());
    auto part = csv ? csv_of(*page) : lines_of(*page);
    if (csv && rows > 0) part.erase(0, part.find('\n') + 1);
    text += part;
    rows += static_cast<std::int64_t>(page->items.size());
    request.work->done = rows;
    if (!page->more) return text;
    if (text.size() > kMostJobBytes) {
      return refuse(Fault::invalid, "it is larger than 64 MiB: ask for less at once (from, to)");
    }
    if (request.work->unwanted) return refuse(Fault::timeout, "nobody wants it any more");
    query.after = page->items.back().id;
  }
}

http::Response file_of(std::string text, bool csv) {
  return {.content_type = csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
          .body = std::move(text),
          .headers = {{"Content-Disposition", std::string("attachment; filename=\"audit.") +
                                                  (csv ? "csv" : "ndjson") + "\""}}};
}

Outcome<http::Response> export_file(Context& context, const http::Request& request) {
  if (const auto known = known_query(
          request, {"format", "cursor", "actor", "action", "object", "q", "from", "to"});
      !known) {
    return tl::unexpected(known.error());
  }
  const auto format = choice_query(request, "format", {"csv", "ndjson"});
  if (!format) return tl::unexpected(format.error());
  auto query = read_query(request);
  if (!query) return tl::unexpected(query.error());
  if (is_for_later(request)) return accept_job(context, "audit_export", request);
  query->limit = kExportLimit;
  const bool csv = *format == "csv";
  if (request.work) {
    auto text = all_of(context, request, *query, csv);
    if (!text) return tl::unexpected(text.error());
    return file_of(std::move(*text), csv);
  }
  const auto page = read_page(context, request, *query);
  if (!page) return tl::unexpected(page.error());
  auto response = file_of(csv ? csv_of(*page) : lines_of(*page), csv);
  if (const auto next = next_position(*page); !next.empty()) {
    response.headers.emplace_back("Link", link_to_next(request, next));
  }
  return response;
}

// id and hash of a row that was noted before: both or none.
Outcome<std::optional<store::AuditHead>> known_head(const http::Request& request) {
  const auto id = request.query_one("id");
  const auto hash = request.query_one("hash");
  if (!id && !hash) return std::optional<store::AuditHead>();
  const auto number = parse_number<std::int64_t>(id.value_or(""));
  if (!number || *number < 1) return refuse_fields({{"id", "invalid", "must be a row's number"}});
  if (!hash) return refuse_fields({{"hash", "required", "is missing: id and hash go together"}});
  return std::optional<store::AuditHead>({*number, *hash});
}

Outcome<http::Response> verify(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {"id", "hash"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto head = known_head(request);
  if (!head) return tl::unexpected(head.error());
  const auto verdict = store::verify_audit(context.database, *head, when_gone(request));
  if (!verdict) return tl::unexpected<Refusal>(without_sql(verdict.error()));
  const Json broken =
      verdict->broken ? Json{{"id", *verdict->broken}, {"reason", verdict->reason}} : Json(nullptr);
  return json_answer(200, {{"holds", !verdict->broken},
                           {"rows", verdict->rows},
                           {"head", {{"id", verdict->head.id}, {"hash", verdict->head.hash}}},
                           {"broken", broken}});
}

}  // namespace

void add_audit_routes(http::Router& router, Context& context) {
  mount(router, http::Method::get, "/api/v1/audit", "audit:read",
        [&context](const auto& request) { return list(context, request); });
  mount(router, http::Method::get, "/api/v1/audit/export", "audit:read",
        [&context](const auto& request) { return export_file(context, request); });
  mount(router, http::Method::get, "/api/v1/audit/verification", "audit:read",
        [&context](const auto& request) { return verify(context, request); });
}

}  // namespace monitron::api
