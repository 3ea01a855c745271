#include "series/check_domains.hpp"

#include "series/stored_json.hpp"

namespace monitron::series {
namespace {

constexpr const char* kStore =
    "INSERT INTO check_domains (check_id, location, target, confirmed_at, detail) "
    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[]) "
    "ON CONFLICT (check_id, location) DO UPDATE SET target = excluded.target, "
    "confirmed_at = excluded.confirmed_at, detail = excluded.detail";

std::string about_domain(const std::map<std::string, std::string>& details) {
  auto json = nlohmann::ordered_json::object();
  for (const auto* name : {"expires", "registrar", "domain_status", "source"}) {
    const auto found = details.find(name);
    if (found != details.end()) json[name] = without_nul(found->second);
  }
  return dump(json);
}

}  // namespace

Result<void> store_domains(Session& session, const CheckRows& checks) {
  ArrayText ids, places, targets, slots, details;
  bool any = false;
  for (const auto& [id, check] : checks) {
    for (const auto& [location, place] : check.places) {
      if (place.latest == nullptr || place.latest->type != "domain") continue;
      const auto& known = place.latest->outcome.details;
      if (!known.contains("expires") || check.states.find(location) == nullptr) continue;
      any = true;
      ids.add(id.str());
      places.add(location);
      targets.add(place.latest->target);
      slots.add(to_rfc3339(place.latest->slot));
      details.add(about_domain(known));
    }
  }
  if (!any) return {};
  const auto done =
      session.run(kStore, {ids.str(), places.str(), targets.str(), slots.str(), details.str()});
  if (!done) return fail(done.error());
  return {};
}

}  // namespace monitron::series
