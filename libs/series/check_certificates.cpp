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

// Where it is another one than before or is judged otherwise, and where there is none any more: its
// place in the arrays, from 1.
constexpr const char* kChanged =
    "SELECT n.i FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], "
    "$6::text[]) "
    "WITH ORDINALITY AS n (id, place, kind, target, sha256, problems, i) "
    "LEFT JOIN check_certificates c ON c.check_id = n.id AND c.location = n.place "
    "WHERE (c.kind, c.target, c.sha256, c.problems) IS DISTINCT FROM "
    "(n.kind, n.target, n.sha256, n.problems) AND (c.id IS NOT NULL OR n.sha256 IS NOT NULL)";

constexpr const char* kDrop =
    "DELETE FROM check_certificates c USING unnest($1::uuid[], $2::text[]) AS n (id, place) "
    "WHERE c.check_id = n.id AND c.location = n.place";

constexpr const char* kStore =
    "INSERT INTO check_certificates (check_id, location, kind, target, first_seen, sha256, "
    "common_name, names, issuer, not_after, problems, detail) "
    "SELECT id, place, kind, target, slot, detail->>'certificate_sha256', "
    "COALESCE(detail->>'certificate_common_name', ''), COALESCE(detail->>'certificate_names', ''), "
    "COALESCE(detail->>'certificate_issuer', ''), to_timestamp(not_after), "
    "COALESCE(detail->>'certificate_problems', ''), detail "
    "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::float8[], "
    "$7::jsonb[]) AS n (id, place, kind, target, slot, not_after, detail) "
    "ON CONFLICT (check_id, location) DO UPDATE SET first_seen = CASE WHEN "
    "(check_certificates.kind, check_certificates.target, check_certificates.sha256) = "
    "(excluded.kind, excluded.target, excluded.sha256) THEN check_certificates.first_seen "
    "ELSE excluded.first_seen END, kind = excluded.kind, target = excluded.target, "
    "sha256 = excluded.sha256, common_name = excluded.common_name, "
    "names = excluded.names, issuer = excluded.issuer, not_after = excluded.not_after, "
    "problems = excluded.problems, detail = excluded.detail";

// What a location was shown now.
struct Sight {
  const Uuid& check;
  const std::string& location;
  const domain::CheckResult& result;
  std::optional<Instant> end{};  // none: it answered without TLS
  const Details& details() const { return result.outcome.details; }
};

// Who does not answer has not become another.
std::vector<Sight> sights_of(const CheckRows& checks) {
  std::vector<Sight> sights;
  for (const auto& [id, check] : checks) {
    for (const auto& [location, place] : check.places) {
      if (place.latest == nullptr || check.states.find(location) == nullptr) continue;
      const auto& outcome = place.latest->outcome;
      const auto end = end_of(outcome.details);
      const bool without = outcome.status == domain::CheckStatus::up &&
                           !outcome.details.contains("certificate_sha256");
      if (end || without) sights.push_back({id, location, *place.latest, end});
    }
  }
  return sights;
}

// As it is stored.
std::string text_of(const Details& details, const char* name) {
  const auto found = details.find(name);
  return found == details.end() ? "" : storable(found->second);
}

// Few bytes of each: most results bring nothing new.
Result<std::vector<const Sight*>> changed(Session& session, const std::vector<Sight>& sights) {
  ArrayText ids, places, kinds, targets, hashes, problems;
  for (const auto& one : sights) {
    ids.add(one.check.str());
    places.add(one.location);
    kinds.add(one.result.type);
    targets.add(storable(one.result.target));
    if (one.end) {
      hashes.add(text_of(one.details(), "certificate_sha256"));
    } else {
      hashes.add_null();
    }
    problems.add(text_of(one.details(), "certificate_problems"));
  }
  const auto rows = session.run(kChanged, {ids.str(), places.str(), kinds.str(), targets.str(),
                                           hashes.str(), problems.str()});
  if (!rows) return fail(rows.error());
  std::vector<const Sight*> found;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    found.push_back(&sights[static_cast<std::size_t>(rows->number(i, 0)) - 1]);
  }
  return found;
}

Result<void> drop(Session& session, const std::vector<const Sight*>& sights) {
  ArrayText ids, places;
  bool any = false;
  for (const auto* one : sights) {
    if (one->end) continue;
    any = true;
    ids.add(one->check.str());
    places.add(one->location);
  }
  if (!any) return {};
  const auto done = session.run(kDrop, {ids.str(), places.str()});
  if (!done) return fail(done.error());
  return {};
}

Result<void> store(Session& session, const std::vector<const Sight*>& sights) {
  ArrayText ids, places, kinds, targets, slots, ends, details;
  bool any = false;
  for (const auto* one : sights) {
    if (!one->end) continue;
    any = true;
    ids.add(one->check.str());
    places.add(one->location);
    kinds.add(one->result.type);
    targets.add(storable(one->result.target));
    slots.add(to_rfc3339(one->result.slot));
    ends.add(to_ms(*one->end) / 1000);
    details.add(about_certificate(one->details()));
  }
  if (!any) return {};
  const auto done = session.run(kStore, {ids.str(), places.str(), kinds.str(), targets.str(),
                                         slots.str(), ends.str(), details.str()});
  if (!done) return fail(done.error());
  return {};
}

}  // namespace

Result<void> store_certificates(Session& session, const CheckRows& checks) {
  const auto sights = sights_of(checks);
  if (sights.empty()) return {};
  const auto others = changed(session, sights);
  if (!others) return fail(others.error());
  if (auto done = drop(session, *others); !done) return done;
  return store(session, *others);
}

}  // namespace monitron::series
