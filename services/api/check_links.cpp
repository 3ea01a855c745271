#include "api/check_links.hpp"

#include "api/checks.hpp"
#include "api/scope.hpp"
#include "base/text.hpp"
#include "probe/target.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr std::size_t kMostOfOne = 20;

store::Aim aim_of(const http::Caller& caller, const std::vector<Service>& services) {
  std::set<std::string> hosts, servers;
  for (const auto& one : services) {
    hosts.insert(one.hosts.begin(), one.hosts.end());
    servers.insert(one.server_id);
  }
  store::Aim aim{.hosts = {hosts.begin(), hosts.end()}, .scope = scope_of(caller, "checks:read")};
  for (const auto& server : servers) {
    if (const auto id = Uuid::parse(server)) aim.instances.push_back(*id);
  }
  return aim;
}

}  // namespace

Result<CheckLinks> CheckLinks::read(Context& context, const http::Caller& caller,
                                    const std::vector<Service>& services) {
  const auto aim = aim_of(caller, services);
  auto found =
      context.database.transact([&](pqxx::work& tx) { return store::aimed_checks(tx, aim); });
  if (!found) return fail(found.error());
  const bool has_own = std::any_of(found->begin(), found->end(), [](const auto& one) {
    return !domain::parse_check_kind(one.kind);
  });
  const auto types = has_own ? own_types(context) : contracts::CheckTypes();
  CheckLinks links;
  for (auto& one : *found) {
    const auto* kind = contracts::kind_of(types, one.kind);
    const auto target = kind == nullptr ? probe::Target() : probe::target_of(*kind, one.target);
    if (target.port == 0) continue;
    links.by_port_.emplace(target.port, Aimed{std::move(one), to_lower(target.host)});
  }
  return links;
}

Json CheckLinks::of(const Service& service) const {
  Json all = Json::array();
  const auto [begin, end] = by_port_.equal_range(service.port);
  for (auto at = begin; at != end && all.size() < kMostOfOne; ++at) {
    const auto& [check, host] = at->second;
    const bool is_its = check.instance_id && check.instance_id->str() == service.server_id;
    if (!is_its && !service.hosts.contains(host)) continue;
    all.push_back({{"id", check.id.str()}, {"name", check.name}, {"status", check.status}});
  }
  return all;
}

}  // namespace monitron::api
