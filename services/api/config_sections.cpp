#include "api/config_sections.hpp"

#include "api/config_document.hpp"
#include "api/openapi.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr const char* kToldByAgents = "agent_version";

// What POST takes, by the document of the interface.
std::set<std::string, std::less<>> writable_members(const ConfigSection& section) {
  static const Json document = Json::parse(openapi_text());
  const auto& post = document["paths"][section.path]["post"];
  const auto& schema = post["requestBody"]["content"]["application/json"]["schema"];
  if (!schema.contains("$ref")) return {"name", "definition"};  // types of checks
  const auto name = schema["$ref"].get<std::string>();
  std::set<std::string, std::less<>> members;
  const auto& described = document["components"]["schemas"][name.substr(name.rfind('/') + 1)];
  for (const auto& [member, about] : described["properties"].items()) members.insert(member);
  members.erase(kToldByAgents);
  return members;
}

const std::set<std::string, std::less<>>& writable(const ConfigSection& section) {
  static const auto all = [] {
    std::map<std::string, std::set<std::string, std::less<>>> found;
    for (const auto& one : config_sections()) found[one.name] = writable_members(one);
    return found;
  }();
  return all.at(section.name);
}

// Types that are built in, and windows that are over, are no configuration.
bool is_configured(const ConfigSection& section, const Json& shown) {
  if (std::string_view(section.name) == "check_types") return !shown.value("built_in", false);
  if (std::string_view(section.name) != "maintenance_windows") return true;
  return shown.value("active", false) || !shown.value("next", Json::array()).empty();
}

using Change = std::function<void(const std::string& field, Json& value)>;

void at_place(Json& at, std::string_view place, const std::string& field, const Change& change) {
  if (place.empty()) {
    if (at.is_string()) change(field, at);
    return;
  }
  place.remove_prefix(1);
  const auto end = std::min(place.find('/'), place.size());
  const std::string name(place.substr(0, end));
  place.remove_prefix(end);
  if (name == "*" && at.is_array()) {
    for (std::size_t i = 0; i < at.size(); ++i) {
      at_place(at[i], place, field + "[" + std::to_string(i) + "]", change);
    }
  } else if (at.is_object() && at.contains(name)) {
    at_place(at[name], place, field.empty() ? name : field + "." + name, change);
  }
}

}  // namespace

const std::vector<ConfigSection>& config_sections() {
  static const std::vector<ConfigSection> sections = {
      {"groups", "/api/v1/groups", {"name"}, {{"/parent_id", "groups"}}},
      {"instances", "/api/v1/instances", {"hostname"}, {}, "id", false, {"os", "ip_address"}},
      {"relations",
       "/api/v1/relations",
       {"kind", "instance_id", "target_id"},
       {{"/instance_id", "instances"}, {"/target_id", "instances"}}},
      {"check_types", "/api/v1/check-types", {"name"}, {}, "name"},
      {"checks",
       "/api/v1/checks",
       {"name"},
       {{"/instance_id", "instances"}, {"/settings/group/members/*/check_id", "checks"}}},
      {"dashboards", "/api/v1/dashboards", {"name"}},
      {"status_pages", "/api/v1/status-pages", {"slug"}},
      {"dependencies",
       "/api/v1/dependencies",
       {"name"},
       {{"/child_check_id", "checks"}, {"/parents/*", "checks"}}},
      {"rules", "/api/v1/rules", {"name"}, {{"/check_id", "checks"}}, "id", true},
      {"channels", "/api/v1/channels", {"name"}},
      {"subscriptions",
       "/api/v1/subscriptions",
       {"channel_id", "rule_id", "selector"},
       {{"/channel_id", "channels"}, {"/rule_id", "rules"}}},
      {"maintenance_windows", "/api/v1/maintenance-windows", {"name"}},
      {"report_schedules", "/api/v1/report-schedules", {"name"}},
  };
  return sections;
}

const ConfigSection& config_section(std::string_view name) {
  const auto& all = config_sections();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  MONITRON_EXPECTS(found != all.end());
  return *found;
}

http::Response ConfigRoutes::ask(http::Method method, const std::string& path, const Json& body,
                                 const std::string& cursor) const {
  if (outer_.work && outer_.work->unwanted) {
    return http::error_response(outer_, {Fault::timeout, "it is not wanted any more"});
  }
  auto request = http::inner_request(outer_, method, path);
  if (!cursor.empty()) {
    request.query = {{"limit", "1000"}};
    if (cursor != "0") request.query.emplace("cursor", cursor);
  }
  if (!body.is_null()) {
    request.headers.emplace("content-type", "application/json");
    request.body = body.dump();
  }
  return router_.ask(std::move(request), deadline_);
}

ConfigObject config_object(const ConfigSection& section, const Json& shown) {
  ConfigObject object{.id = shown.value(section.id, ""), .members = Json::object()};
  const auto& members = writable(section);
  const bool inherited = shown.value("interval_inherited", false);
  for (const auto& [name, value] : shown.items()) {
    if (!members.contains(name) || value.is_null()) continue;
    // Said by whether there is an interval.
    if (name == "interval_inherited" || (inherited && name == "interval_seconds")) continue;
    object.members[name] = value.is_structured() ? sorted(value) : value;
  }
  if (shown.contains(kToldByAgents)) object.kept[kToldByAgents] = shown[kToldByAgents];
  return object;
}

std::string config_name(const ConfigSection& section, const Json& members) {
  if (section.key.size() == 1) {
    const auto found = members.find(section.key.front());
    return found != members.end() && found->is_string() ? found->get<std::string>() : "";
  }
  Json key = Json::array();
  for (const auto* member : section.key) {
    const auto value = members.value(member, Json());
    key.push_back(value.empty() ? Json() : sorted(value));
  }
  return key.dump();
}

std::vector<std::string> told_apart(const std::vector<std::string>& names) {
  std::set<std::string> taken(names.begin(), names.end());
  std::map<std::string, int> seen;
  std::vector<std::string> apart;
  for (const auto& plain : names) {
    auto name = plain;
    int& count = seen[plain];
    for (++count; count > 1 && !taken.insert(name).second; ++count) {
      name = plain + " (" + std::to_string(count) + ")";
    }
    apart.push_back(std::move(name));
  }
  return apart;
}

tl::expected<ConfigObjects, http::Response> read_section(const ConfigRoutes& routes,
                                                         const ConfigSection& section) {
  std::vector<ConfigObject> objects;
  const bool paged = std::string_view(section.name) != "check_types";
  std::string cursor = paged ? "0" : "";
  do {
    auto answer = routes.ask(http::Method::get, section.path, nullptr, cursor);
    if (answer.status == 403) return std::nullopt;
    if (answer.status != 200) return tl::unexpected(std::move(answer));
    const auto page = Json::parse(answer.body);
    for (const auto& shown : page["items"]) {
      if (is_configured(section, shown)) objects.push_back(config_object(section, shown));
    }
    cursor = page.contains("next_cursor") && page["next_cursor"].is_string()
                 ? page["next_cursor"].get<std::string>()
                 : "";
  } while (!cursor.empty());
  return objects;
}

tl::expected<std::optional<Json>, http::Response> read_retention(const ConfigRoutes& routes) {
  auto answer = routes.ask(http::Method::get, kRetentionPath);
  if (answer.status == 403) return std::nullopt;
  if (answer.status != 200) return tl::unexpected(std::move(answer));
  Json classes = Json::parse(answer.body)["classes"];
  for (auto& one : classes) one.erase("id");
  return classes;
}

void ConfigNames::put(const std::string& section, const std::string& name, const std::string& id) {
  names_[section][id] = name;
  ids_[section][name] = id;
}

std::string ConfigNames::name_of(const std::string& section, const std::string& id) const {
  const auto all = names_.find(section);
  if (all == names_.end()) return "";
  const auto found = all->second.find(id);
  return found == all->second.end() ? "" : found->second;
}

std::string ConfigNames::id_of(const std::string& section, const std::string& name) const {
  const auto all = ids_.find(section);
  if (all == ids_.end()) return "";
  const auto found = all->second.find(name);
  return found == all->second.end() ? "" : found->second;
}

Json ConfigNames::named(const ConfigSection& section, Json members) const {
  for (const auto& reference : section.references) {
    at_place(members, reference.place, "", [&](const auto&, Json& value) {
      const auto name = name_of(reference.section, value.get<std::string>());
      if (!name.empty()) value = name;
    });
  }
  return members;
}

Json ConfigNames::resolved(const ConfigSection& section, Json members,
                           std::vector<Unknown>& unknown) const {
  for (const auto& reference : section.references) {
    at_place(members, reference.place, "", [&](const std::string& field, Json& value) {
      auto text = value.get<std::string>();
      const auto id = id_of(reference.section, text);
      if (!id.empty()) {
        value = id;
      } else if (name_of(reference.section, text).empty()) {
        unknown.push_back({field, reference.section, std::move(text)});
      }
    });
  }
  return members;
}

namespace {

// By names; things of one name by what they are.
void put_in_order(const ConfigSection& section, const ConfigNames& names,
                  std::vector<ConfigObject>& objects) {
  if (section.in_order) return;
  std::map<std::string, std::pair<std::string, std::string>> keys;
  for (const auto& one : objects) {
    const auto named = names.named(section, one.members);
    keys[one.id] = {config_name(section, named), named.dump()};
  }
  std::sort(objects.begin(), objects.end(),
            [&](const auto& a, const auto& b) { return keys.at(a.id) < keys.at(b.id); });
}

}  // namespace

tl::expected<Configuration, http::Response> read_configuration(const ConfigRoutes& routes) {
  Configuration found;
  for (const auto& section : config_sections()) {
    auto objects = read_section(routes, section);
    if (!objects) return tl::unexpected(std::move(objects.error()));
    if (!*objects) continue;
    put_in_order(section, found.names, **objects);
    std::vector<std::string> names;
    for (const auto& one : **objects) names.push_back(config_name(section, one.members));
    names = told_apart(names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      found.names.put(section.name, names[i], (**objects)[i].id);
    }
    found.sections.emplace(section.name, std::move(**objects));
  }
  auto retention = read_retention(routes);
  if (!retention) return tl::unexpected(std::move(retention.error()));
  found.retention = std::move(*retention);
  return found;
}

Json Configuration::document() const {
  Json out = Json::object();
  for (const auto& section : config_sections()) {
    const auto found = sections.find(section.name);
    if (found == sections.end()) continue;
    Json items = Json::array();
    for (const auto& one : found->second) items.push_back(names.named(section, one.members));
    out[section.name] = std::move(items);
  }
  if (retention) out[kRetentionSection] = *retention;
  return out;
}

}  // namespace monitron::api
