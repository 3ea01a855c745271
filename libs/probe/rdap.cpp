#include "probe/rdap.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace monitron::probe {

using nlohmann::json;

namespace {

constexpr std::size_t kMostStatuses = 20;
constexpr std::size_t kMostSuffixes = 20'000;

std::string text_of(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string()
             ? found->get<std::string>()
             : std::string();
}

// An empty one when there is none of that name.
const json& list_of(const json& object, const char* name) {
  static const json kNone = json::array();
  if (!object.is_object()) return kNone;
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : kNone;
}

bool has_role(const json& entity, std::string_view role) {
  const json& roles = list_of(entity, "roles");
  return std::any_of(roles.begin(), roles.end(), [&](const json& one) {
    return one.is_string() && to_lower(one.get_ref<const std::string&>()) == role;
  });
}

// The full name of a jCard (RFC 7095).
std::string full_name(const json& entity) {
  const json& card = list_of(entity, "vcardArray");
  if (card.size() < 2 || !card[1].is_array()) return {};
  for (const json& line : card[1]) {
    if (!line.is_array() || line.size() < 4 || line[0] != "fn" || !line[3].is_string()) continue;
    return line[3].get<std::string>();
  }
  return {};
}

std::string registrar_of(const json& domain) {
  for (const json& entity : list_of(domain, "entities")) {
    if (!has_role(entity, "registrar")) continue;
    std::string name = full_name(entity);
    return (name.empty() ? text_of(entity, "handle") : name).substr(0, 256);
  }
  return {};
}

std::optional<Instant> expiry_of(const json& domain) {
  std::optional<Instant> by_registrar;
  for (const json& event : list_of(domain, "events")) {
    const std::string action = to_lower(text_of(event, "eventAction"));
    const auto date = parse_rfc3339(text_of(event, "eventDate"));
    if (!date) continue;
    if (action == "expiration") return *date;
    if (action == "registrar expiration") by_registrar = *date;
  }
  return by_registrar;
}

std::string without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return to_lower(name);
}

}  // namespace

Result<RdapServers> RdapServers::parse(std::string_view text) {
  const json list = json::parse(text, nullptr, false);
  if (!list.is_object()) return fail(Fault::invalid, "not a list of RDAP servers");
  RdapServers servers;
  for (const json& service : list_of(list, "services")) {
    if (!service.is_array() || service.size() < 2 || !service[0].is_array() ||
        !service[1].is_array()) {
      continue;
    }
    std::string url;
    for (const json& one : service[1]) {
      if (!one.is_string()) continue;
      const auto& candidate = one.get_ref<const std::string&>();
      if (url.empty() || candidate.starts_with("https://")) url = candidate;
    }
    for (const json& suffix : service[0]) {
      if (!suffix.is_string() || url.empty() || servers.by_suffix_.size() >= kMostSuffixes)
        continue;
      servers.by_suffix_.emplace(without_dot(suffix.get_ref<const std::string&>()), url);
    }
  }
  if (servers.by_suffix_.empty()) return fail(Fault::invalid, "a list without RDAP servers");
  return servers;
}

std::string RdapServers::server_of(std::string_view domain) const {
  std::string suffix = without_dot(domain);
  for (;;) {
    if (const auto found = by_suffix_.find(suffix); found != by_suffix_.end()) {
      return found->second;
    }
    const auto dot = suffix.find('.');
    if (dot == std::string::npos) return {};
    suffix.erase(0, dot + 1);
  }
}

std::string rdap_url(std::string_view server, std::string_view domain) {
  return std::string(server) + (server.ends_with('/') ? "" : "/") + "domain/" + std::string(domain);
}

Result<Registration> parse_rdap_domain(std::string_view text, std::string_view domain) {
  const json answer = json::parse(text, nullptr, false);
  if (!answer.is_object()) return fail(Fault::invalid, "not a JSON object");
  if (const auto kind = text_of(answer, "objectClassName"); to_lower(kind) != "domain") {
    return fail(Fault::invalid, "not about a domain");
  }
  const std::string name = without_dot(text_of(answer, "ldhName"));
  if (!name.empty() && name != without_dot(domain)) {
    return fail(Fault::invalid, "about another domain");
  }
  Registration registration;
  registration.expires = expiry_of(answer);
  registration.registrar = registrar_of(answer);
  for (const json& status : list_of(answer, "status")) {
    if (!status.is_string() || registration.statuses.size() >= kMostStatuses) continue;
    registration.statuses.push_back(epp_status(status.get_ref<const std::string&>()));
  }
  return registration;
}

Registries::Known Registries::known() const {
  const std::lock_guard lock(mutex_);
  const auto age = std::chrono::steady_clock::now() - read_at_;
  return {servers_, servers_ != nullptr && age < std::chrono::hours(24)};
}

void Registries::learn(RdapServers servers) {
  const std::lock_guard lock(mutex_);
  servers_ = std::make_shared<const RdapServers>(std::move(servers));
  read_at_ = std::chrono::steady_clock::now();
}

}  // namespace monitron::probe
