// GET /connections/log: single connections, as agents told of them.

#include "store/connection_log.hpp"

#include "api/connections.hpp"
#include "api/resource.hpp"
#include "base/text.hpp"

namespace monitron::api {
namespace {

using store::LoggedConnection;

constexpr const char* kOpen = "open";  // as people say it
const std::vector<std::string> kOutcomes = {kOpen,       "closed",      "refused",
                                            "timed_out", "unreachable", "reset"};
const std::vector<std::string> kDirections = {"inbound", "outbound"};

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json show(const LoggedConnection& one) {
  return {{"id", one.id.str()},
          {"server_id", one.instance_id.str()},
          {"hostname", text_or_null(one.hostname)},
          {"direction", kDirections.at(one.inbound ? 0 : 1)},
          {"local_ip", one.local_ip},
          {"local_port", one.local_port},
          {"peer", one.remote_ip},
          {"peer_port", one.remote_port},
          {"outcome", one.outcome.empty() ? kOpen : one.outcome},
          {"opened_at", to_rfc3339(one.opened_at)},
          {"ended_at", time_or_null(one.ended_at)},
          {"process", text_or_null(one.process)},
          {"user", text_or_null(one.user)},
          {"container", text_or_null(one.container)},
          {"unit", text_or_null(one.unit)},
          {"sent_bytes", one.sent_bytes},
          {"received_bytes", one.received_bytes}};
}

// "10.0.0.1" or "10.0.0.0/8".
Outcome<std::string> peer_query(const http::Request& request) {
  auto text = request.query_one("peer").value_or("");
  if (text.empty()) return text;
  const auto slash = std::min(text.find('/'), text.size());
  const auto ip = text.substr(0, slash);
  const int most = ip.find(':') == std::string::npos ? 32 : 128;
  const auto bits = slash == text.size() ? most : parse_number<int>(text.substr(slash + 1));
  if (is_ip_address(ip) && bits && *bits >= 0 && *bits <= most) return text;
  return refuse_fields({{"peer", "invalid", "is no IP address and no network like 10.0.0.0/8"}});
}

Outcome<std::optional<int>> port_query(const http::Request& request) {
  const auto text = request.query_one("port");
  if (!text) return std::optional<int>();
  const auto port = parse_number<int>(*text);
  if (port && *port >= 1 && *port <= 65'535) return port;
  return refuse_fields({{"port", "invalid", "must be a whole number from 1 to 65535"}});
}

// The latest first.
Outcome<store::PageQuery> page_of(const http::Request& request) {
  auto page =
      page_query(request, store::connection_log_listing(),
                 {"server_id", "peer", "port", "direction", "outcome", "process", "from", "to"});
  if (!page || page->sort != nullptr) return page;
  page->sort = &store::connection_log_listing().keys.front();
  page->descending = true;
  return page;
}

Outcome<store::ConnectionLogQuery> read_query(const http::Request& request) {
  const auto page = page_of(request);
  if (!page) return tl::unexpected(page.error());
  const auto instance = uuid_query(request, "server_id");
  if (!instance) return tl::unexpected(instance.error());
  const auto peer = peer_query(request);
  if (!peer) return tl::unexpected(peer.error());
  const auto port = port_query(request);
  if (!port) return tl::unexpected(port.error());
  const auto direction = choice_query(request, "direction", kDirections);
  if (!direction) return tl::unexpected(direction.error());
  const auto outcome = choice_query(request, "outcome", kOutcomes);
  if (!outcome) return tl::unexpected(outcome.error());
  const auto range = range_query(request);
  if (!range) return tl::unexpected(range.error());
  store::ConnectionLogQuery query{.page = *page,
                                  .scope = scope_of(request.caller, "metrics:read"),
                                  .instance = *instance,
                                  .remote = *peer,
                                  .port = *port,
                                  .process = request.query_one("process").value_or(""),
                                  .from = range->from,
                                  .to = range->to};
  if (!direction->empty()) query.inbound = *direction == kDirections.front();
  if (!outcome->empty()) query.outcome = *outcome == kOpen ? "" : *outcome;
  return query;
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = read_query(request);
  if (!query) return tl::unexpected(query.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    return page_answer(request, store::list_connection_log(tx, *query), show);
  });
}

}  // namespace

void add_connection_log_routes(http::Router& router, Context& context) {
  mount(router, http::Method::get, "/api/v1/connections/log", http::needs_somewhere("metrics:read"),
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
