#include "api/connections.hpp"

#include "api/check_links.hpp"
#include "api/connection_query.hpp"
#include "api/query_answer.hpp"
#include "base/text.hpp"
#include "connections/findings.hpp"

#include <cmath>
#include <set>
#include <span>

namespace monitron::api {
namespace {

using connections::Dependency;
using connections::Edge;

const std::vector<std::string> kLimits = {"application", "receiver", "sender", "network"};
const std::vector<std::string> kDirections = {"inbound", "outbound"};

Json number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json();
}

Json text_or_null(std::string_view text) { return text.empty() ? Json() : Json(text); }

// "*": of many.
Json port_json(const std::string& port) {
  const auto number = parse_number<int>(port);
  return number ? Json(*number) : Json();
}

Json labels_json(const promql::Labels& labels, const std::set<std::string_view>& but = {}) {
  Json json = Json::object();
  for (const auto& [name, value] : labels.pairs()) {
    if (!but.contains(name)) json[name] = value;
  }
  return json;
}

// Whole, though a counter may have been read between two of its rounds.
Json counts_json(const std::map<std::string, double>& counts) {
  Json json = Json::object();
  for (const auto& [name, count] : counts) json[name] = std::llround(count);
  return json;
}

Json show(const Edge& edge) {
  return {{"server_id", edge.server_id},
          {"hostname", text_or_null(edge.labels.get("instance"))},
          {"direction", edge.direction},
          {"peer", edge.peer},
          {"port", port_json(edge.port)},
          {"service_type", text_or_null(edge.service_type)},
          {"processes", counts_json(edge.processes)},
          {"labels", labels_json(edge.labels, {"instance"})},
          {"open", std::llround(edge.open)},
          {"connecting", std::llround(edge.connecting)},
          {"opened", std::llround(edge.opened)},
          {"closed", std::llround(edge.closed)},
          {"failed", std::llround(edge.failures())},
          {"failures", counts_json(edge.failed)},
          {"error_ratio", number_or_null(edge.error_ratio())},
          {"sent_bytes_per_second", edge.sent_bytes_per_second()},
          {"received_bytes_per_second", edge.received_bytes_per_second()},
          {"resent_ratio", number_or_null(edge.resent_ratio())},
          {"rtt_seconds", number_or_null(edge.rtt_seconds)},
          {"mean_duration_seconds", number_or_null(edge.mean_duration_seconds())},
          {"limited_by", text_or_null(to_string(edge.limited_by()))},
          {"last_seen", to_rfc3339(from_ms(edge.last_ms))}};
}

Json show(const std::optional<connections::End>& end) {
  if (!end) return nullptr;
  return {{"limited_by", text_or_null(to_string(end->limited_by))},
          {"rtt_seconds", number_or_null(end->rtt_seconds)},
          {"resent_ratio", number_or_null(end->resent_ratio)}};
}

Json show(const Dependency& one) {
  return {{"client", one.client},
          {"service", one.service},
          {"port", port_json(one.port)},
          {"service_type", text_or_null(one.service_type)},
          {"open", std::llround(one.open)},
          {"opened", std::llround(one.opened)},
          {"failed", std::llround(one.failed)},
          {"error_ratio", number_or_null(one.error_ratio)},
          {"sent_bytes_per_second", one.sent_bytes_per_second},
          {"received_bytes_per_second", one.received_bytes_per_second},
          {"at_client", show(one.at_client)},
          {"at_service", show(one.at_service)}};
}

// ---- whose addresses are ----

struct Addresses {
  connections::AddressBook book{};
  std::map<std::string, promql::Labels> instances{};
  std::multimap<std::string, std::string> by_instance{};
};

// Everybody's, also of those whose edges are not asked for.
Result<Addresses> read_addresses(ConnectionQuery query, promql::Source& source,
                                 promql::Budget& budget) {
  query.matchers.clear();
  const auto infos = read_gauges("node_network_address_info", query, source, budget);
  if (!infos) return fail(infos.error());
  Addresses found;
  for (const auto& [labels, value] : *infos) {
    const std::string server(labels.get("server_id"));
    if (labels.get("scope") == "global") {
      found.book.add(std::string(labels.get("address")), server);
      found.by_instance.emplace(server, labels.get("address"));
    }
    found.instances.try_emplace(server, labels);
  }
  return found;
}

// One that speaks at this port of an instance, or of an address that may be one's.
Service service_at(const std::string& server_id, const std::string& port,
                   const Addresses& addresses) {
  Service one{.server_id = server_id, .port = parse_number<int>(port).value_or(0)};
  const auto [begin, end] = addresses.by_instance.equal_range(server_id);
  for (auto at = begin; at != end; ++at) one.hosts.insert(at->second);
  const auto known = addresses.instances.find(server_id);
  if (known != addresses.instances.end()) {
    one.hosts.insert(to_lower(known->second.get("instance")));
  }
  return one;
}

Service service_of(const Edge& edge, const Addresses& addresses) {
  const bool is_here = edge.direction == "inbound" || connections::is_loopback(edge.peer);
  if (is_here) return service_at(edge.server_id, edge.port, addresses);
  auto one = service_at(addresses.book.owner_of(edge.peer), edge.port, addresses);
  one.hosts.insert(edge.peer);
  return one;
}

Service service_of(const Dependency& dependency, const Addresses& addresses) {
  const bool is_instance = addresses.instances.contains(dependency.service);
  auto one = service_at(is_instance ? dependency.service : "", dependency.port, addresses);
  if (!is_instance) one.hosts.insert(dependency.service);
  return one;
}

// Each as it is shown, and with the checks that ask the same service.
template <class Items>
Result<Json> with_checks(Context& context, const http::Caller& caller, const Items& items,
                         const Addresses& addresses) {
  std::vector<Service> services;
  for (const auto& one : items) services.push_back(service_of(one, addresses));
  const auto links = CheckLinks::read(context, caller, services);
  if (!links) return fail(links.error());
  Json shown = Json::array();
  for (std::size_t i = 0; i < services.size(); ++i) {
    shown.push_back(show(items[i]));
    shown.back()["checks"] = links->of(services[i]);
  }
  return shown;
}

// ---- the list ----

using Value = std::optional<double> (*)(const Edge& edge);
const std::vector<std::pair<std::string, Value>> kSortKeys = {
    {"open", [](const Edge& e) { return std::optional(e.open); }},
    {"opened", [](const Edge& e) { return std::optional(e.opened); }},
    {"failed", [](const Edge& e) { return std::optional(e.failures()); }},
    {"error_ratio", [](const Edge& e) { return e.error_ratio(); }},
    {"sent_bytes_per_second",
     [](const Edge& e) { return std::optional(e.sent_bytes_per_second()); }},
    {"received_bytes_per_second",
     [](const Edge& e) { return std::optional(e.received_bytes_per_second()); }},
    {"resent_ratio", [](const Edge& e) { return e.resent_ratio(); }},
    {"rtt_seconds", [](const Edge& e) { return e.rtt_seconds; }},
    {"mean_duration_seconds", [](const Edge& e) { return e.mean_duration_seconds(); }},
};

struct Order {
  Value value = nullptr;
  bool descending = true;
};

Outcome<Order> order_of(const http::Request& request) {
  const auto text = request.query_one("sort").value_or("-open");
  const bool descending = text.starts_with('-');
  std::string all;
  for (const auto& [name, value] : kSortKeys) {
    if (name == text.substr(descending ? 1 : 0)) return Order{value, descending};
    all += (all.empty() ? "" : ", ") + name;
  }
  return refuse_fields(
      {{"sort", "invalid", "must be one of: " + all + "; with - before it downwards"}});
}

// What is not known comes last.
void sort(std::vector<Edge>& edges, const Order& order) {
  std::stable_sort(edges.begin(), edges.end(), [&](const Edge& a, const Edge& b) {
    const auto x = order.value(a), y = order.value(b);
    if (!x || !y) return x.has_value() && !y.has_value();
    return order.descending ? *x > *y : *x < *y;
  });
}

struct Asked {
  ConnectionQuery query{};
  Order order{};
  int limit = 0;
  std::size_t begin = 0;
};

// The cursor keeps the time, so that all pages are of one and the same list: "time:number".
Outcome<void> take_place(const http::Request& request, Asked& asked) {
  const auto place = page_place(request);
  if (!place) return tl::unexpected(place.error());
  asked.limit = place->limit;
  if (place->position.empty()) return {};
  const auto colon = std::min(place->position.find(':'), place->position.size() - 1);
  const auto time = parse_number<std::int64_t>(place->position.substr(0, colon));
  const auto begin = parse_number<std::uint32_t>(place->position.substr(colon + 1));
  if (!time || !begin) return bad_cursor();
  asked.query.at_ms = *time;
  asked.begin = *begin;
  return {};
}

Outcome<Asked> asked_of(const http::Request& request, Instant now) {
  const auto known =
      known_query(request, {"limit", "cursor", "sort", "at", "window", "label", "server_id",
                            "direction", "peer", "port", "service_type", "process", "limited_by"});
  if (!known) return tl::unexpected(known.error());
  for (const auto& [name, choices] :
       {std::pair("direction", kDirections), std::pair("limited_by", kLimits)}) {
    const auto choice = choice_query(request, name, choices);
    if (!choice) return tl::unexpected(choice.error());
  }
  if (const auto id = uuid_query(request, "server_id"); !id) return tl::unexpected(id.error());
  auto query =
      connection_query(request, now, {"server_id", "direction", "peer", "port", "service_type"});
  if (!query) return tl::unexpected(query.error());
  query->limited_by = request.query_one("limited_by").value_or("");
  query->process = request.query_one("process").value_or("");
  const auto order = order_of(request);
  if (!order) return tl::unexpected(order.error());
  Asked asked{.query = std::move(*query), .order = *order};
  if (const auto place = take_place(request, asked); !place) return tl::unexpected(place.error());
  return asked;
}

Outcome<http::Response> list(Context& context, const http::Request& request, const Asked& asked,
                             promql::Source& source, promql::Budget& budget) {
  auto edges = read_edges(asked.query, source, budget);
  if (!edges) return tl::unexpected<Refusal>(edges.error());
  sort(*edges, asked.order);
  const auto begin = std::min(asked.begin, edges->size());
  const auto end = std::min(begin + static_cast<std::size_t>(asked.limit), edges->size());
  const std::span page(edges->begin() + static_cast<std::ptrdiff_t>(begin), end - begin);
  const auto addresses = read_addresses(asked.query, source, budget);
  if (!addresses) return tl::unexpected<Refusal>(addresses.error());
  auto items = with_checks(context, request.caller, page, *addresses);
  if (!items) return tl::unexpected<Refusal>(items.error());
  const auto next = std::to_string(asked.query.at_ms) + ":" + std::to_string(end);
  return page_answer(request, *std::move(items), end < edges->size() ? next : "");
}

// ---- what depends on what ----

Json show(const connections::Node& node, const Addresses& addresses) {
  const auto known = addresses.instances.find(node.id);
  const auto& labels = known != addresses.instances.end() ? known->second : node.labels;
  static const std::set<std::string_view> own = {
      promql::kMetricName, "instance", "server_id", "address", "device", "netmask", "scope"};
  return {{"id", node.id},
          {"kind", node.is_instance ? "instance" : "address"},
          {"hostname", text_or_null(labels.get("instance"))},
          {"labels", labels_json(labels, own)}};
}

Outcome<ConnectionQuery> graph_query(const http::Request& request, Instant now) {
  const auto known = known_query(request, {"at", "window", "label", "server_id", "service_type"});
  if (!known) return tl::unexpected(known.error());
  if (const auto id = uuid_query(request, "server_id"); !id) return tl::unexpected(id.error());
  return connection_query(request, now, {"server_id", "service_type"});
}

Outcome<http::Response> graph(Context& context, const http::Request& request,
                              const ConnectionQuery& query, promql::Source& source,
                              promql::Budget& budget) {
  const auto edges = read_edges(query, source, budget);
  if (!edges) return tl::unexpected<Refusal>(edges.error());
  const auto addresses = read_addresses(query, source, budget);
  if (!addresses) return tl::unexpected<Refusal>(addresses.error());
  const auto graph = connections::graph_of(*edges, addresses->book);
  auto dependencies = with_checks(context, request.caller, graph.dependencies, *addresses);
  if (!dependencies) return tl::unexpected<Refusal>(dependencies.error());
  Json nodes = Json::array();
  for (const auto& node : graph.nodes) nodes.push_back(show(node, *addresses));
  return json_answer(200,
                     {{"nodes", std::move(nodes)}, {"dependencies", *std::move(dependencies)}});
}

// ---- who listens ----

Outcome<ConnectionQuery> listener_query(const http::Request& request, Instant now) {
  const auto known = known_query(request, {"at", "label", "server_id", "port", "service_type"});
  if (!known) return tl::unexpected(known.error());
  if (const auto id = uuid_query(request, "server_id"); !id) return tl::unexpected(id.error());
  return connection_query(request, now, {"server_id", "port", "service_type"});
}

Json show(const connections::Listener& one) {
  return {{"server_id", one.server_id},
          {"hostname", text_or_null(one.hostname)},
          {"address", one.address},
          {"port", port_json(one.port)},
          {"service_type", text_or_null(one.service_type)},
          {"process", text_or_null(one.process)},
          {"user", text_or_null(one.user)},
          {"container", text_or_null(one.container)},
          {"unit", text_or_null(one.unit)},
          {"up", one.up},
          {"waiting", std::llround(one.waiting)},
          {"waiting_limit", std::llround(one.most_waiting)}};
}

Result<std::vector<connections::Listener>> read_listeners(const ConnectionQuery& query,
                                                          promql::Source& source,
                                                          promql::Budget& budget) {
  return read_gauges(connections::kListenerMetrics, query, source, budget)
      .map([](const auto& gauges) { return connections::listeners_of(gauges); });
}

Outcome<http::Response> listeners(const ConnectionQuery& query, promql::Source& source,
                                  promql::Budget& budget) {
  const auto all = read_listeners(query, source, budget);
  if (!all) return tl::unexpected<Refusal>(all.error());
  Json items = Json::array();
  for (const auto& one : *all) items.push_back(show(one));
  return json_answer(200, {{"items", std::move(items)}, {"next_cursor", nullptr}});
}

// ---- what is wrong ----

Json show(const connections::Finding& one) {
  return {{"kind", one.kind},
          {"severity", to_string(one.severity)},
          {"server_id", one.server_id},
          {"hostname", text_or_null(one.hostname)},
          {"direction", text_or_null(one.direction)},
          {"peer", text_or_null(one.peer)},
          {"address", text_or_null(one.address)},
          {"port", port_json(one.port)},
          {"service_type", text_or_null(one.service_type)},
          {"value", one.value},
          {"summary", one.summary},
          {"advice", one.advice}};
}

Outcome<http::Response> findings(const ConnectionQuery& query, promql::Source& source,
                                 promql::Budget& budget) {
  const auto edges = read_edges(query, source, budget);
  if (!edges) return tl::unexpected<Refusal>(edges.error());
  const auto listening = read_listeners(query, source, budget);
  if (!listening) return tl::unexpected<Refusal>(listening.error());
  const auto found = connections::findings_of(*edges, *listening);
  Json items = Json::array();
  for (const auto& one : found) {
    if (items.size() == kMaxLimit) break;
    items.push_back(show(one));
  }
  return json_answer(200, {{"items", std::move(items)}, {"truncated", found.size() > kMaxLimit}});
}

// `read` says what is asked, `work` answers it.
template <class Read, class Work>
void mount(http::Router& router, Context& context, const std::string& path, Read read, Work work) {
  const auto serve = [&context, read, work](const std::shared_ptr<http::Exchange>& exchange) {
    const auto& request = exchange->request();
    auto asked = read(request, context.clock.now());
    if (!asked) return exchange->send(to_response(request, asked.error()));
    answer_by_scoped_query(
        context, exchange,
        [&context, exchange, work, asked = *std::move(asked)](auto& source, auto& budget) {
          return work(context, exchange->request(), asked, source, budget);
        });
  };
  router.add_async(http::Method::get, path, http::needs_somewhere(kReadsMetrics), serve);
}

}  // namespace

void add_connection_routes(http::Router& router, Context& context) {
  using Request = http::Request;
  mount(router, context, "/api/v1/connections", asked_of, list);
  mount(router, context, "/api/v1/connections/graph", graph_query, graph);
  mount(router, context, "/api/v1/connections/findings", graph_query,
        [](Context&, const Request&, const auto& query, auto& source, auto& budget) {
          return findings(query, source, budget);
        });
  mount(router, context, "/api/v1/listeners", listener_query,
        [](Context&, const Request&, const auto& query, auto& source, auto& budget) {
          return listeners(query, source, budget);
        });
}

}  // namespace monitron::api
