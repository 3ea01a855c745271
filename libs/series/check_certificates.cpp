#include "series/check_certificates.hpp"

#include "series/stored_json.hpp"

namespace monitron::series {
namespace {

using Details = std::map<std::string, std::string>;

std::optional<Instant> end_of(const Details& details) {
  const auto end = details.find("certificate_not_after");
  if (end == details.end() || !details.contains("certificate_sha256")) return std::nullopt;
  const auto at = parse_rfc3339(end->second);
  return at ? std::optional(*at) : std::nullopt;
}

std::string about_certificate(const Details& details) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : details) {
    if (name.starts_with("certificate_") || name.starts_with("tls_")) {
      json[name] = without_nul(value);
    }
  }
  return dump(json);
}

// Where it is another one than before, or is judged otherwise.
constexpr const char* kStore =
    "INSERT INTO check_certificates (check_id, location, first_seen, sha256, common_name, names, "
    "issuer, not_after, problems, detail) "
    "SELECT n.id, n.place, n.slot, n.detail->>'certificate_sha256', "
    "COALESCE(n.detail->>'certificate_common_name', ''), "
    "COALESCE(n.detail->>'certificate_names', ''), "
    "COALESCE(n.detail->>'certificate_issuer', ''), to_timestamp(n.not_after), "
    "COALESCE(n.detail->>'certificate_problems', ''), n.detail "
    "FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::float8[], $5::jsonb[]) "
    "AS n (id, place, slot, not_after, detail) "
    "LEFT JOIN check_certificates c ON c.check_id = n.id AND c.location = n.place "
    "WHERE c.sha256 IS DISTINCT FROM n.detail->>'certificate_sha256' "
    "OR c.problems <> COALESCE(n.detail->>'certificate_problems', '') "
    "ON CONFLICT (check_id, location) DO UPDATE SET first_seen = CASE WHEN "
    "check_certificates.sha256 = excluded.sha256 THEN check_certificates.first_seen "
    "ELSE excluded.first_seen END, sha256 = excluded.sha256, common_name = excluded.common_name, "
    "names = excluded.names, issuer = excluded.issuer, not_after = excluded.not_after, "
    "problems = excluded.problems, detail = excluded.detail";

}  // namespace

Result<void> store_certificates(Session& session, const CheckRows& checks) {
  ArrayText ids, places, slots, ends, details;
  bool any = false;
  for (const auto& [id, check] : checks) {
    for (const auto& [location, place] : check.places) {
      if (place.latest == nullptr || check.states.find(location) == nullptr) continue;
      const auto& known = place.latest->outcome.details;
      const auto end = end_of(known);
      if (!end) continue;
      any = true;
      ids.add(id.str());
      places.add(location);
      slots.add(to_rfc3339(place.latest->slot));
      ends.add(to_ms(*end) / 1000);
      details.add(about_certificate(known));
    }
  }
  if (!any) return {};
  const auto done =
      session.run(kStore, {ids.str(), places.str(), slots.str(), ends.str(), details.str()});
  if (!done) return fail(done.error());
  return {};
}

}  // namespace monitron::series
