#include "store/certificates.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& certificate_columns() {
  static const std::string text = "SELECT s.id, s.check_id, c.name, c.target, s.location, " +
                                  ms_of("s.first_seen", "first_seen") + ", " +
                                  ms_of("s.not_after", "not_after") + ", s.problems, s.detail";
  return text;
}

// Of what the check watches now; by CASE, since the planner takes equals of each column for rare.
constexpr const char* kCertificates =
    " FROM check_certificates s JOIN checks c ON c.id = s.check_id "
    "WHERE CASE WHEN c.kind = s.kind THEN c.target = s.target END AND ";

SeenCertificate read_certificate(const pqxx::row& row) {
  SeenCertificate one;
  one.id = uuid_of(row["id"]);
  one.check_id = uuid_of(row["check_id"]);
  one.check_name = row["name"].c_str();
  one.target = row["target"].c_str();
  one.location = row["location"].c_str();
  one.first_seen = instant_of(row["first_seen"]);
  one.not_after = instant_of(row["not_after"]);
  one.problems = row["problems"].c_str();
  one.detail = row["detail"].c_str();
  return one;
}

// Of the location that asked last, and of the one that was told last.
const std::string& domains() {
  static const std::string text =
      "(SELECT c.id, c.name, c.target, c.labels, (SELECT s.status FROM "
      "check_states s WHERE s.check_id = c.id) AS status, " +
      ms_of("l.slot", "asked_at") + ", " + ms_of("k.confirmed_at", "confirmed_at") +
      ", COALESCE(k.detail, '{}') AS detail, "
      "COALESCE(k.detail->>'expires', '9999') COLLATE \"C\" AS expires "
      "FROM checks c LEFT JOIN LATERAL (SELECT slot FROM check_latest "
      "WHERE check_id = c.id AND c.locations ? location "
      "AND slot > to_timestamp(0) ORDER BY slot DESC LIMIT 1) l ON true "
      "LEFT JOIN LATERAL (SELECT confirmed_at, detail FROM check_domains "
      "WHERE check_id = c.id AND c.locations ? location AND target = c.target "
      "ORDER BY confirmed_at DESC LIMIT 1) k ON true WHERE c.kind = 'domain') d";
  return text;
}

constexpr const char* kDomainColumns =
    "SELECT id, name, target, status, asked_at, confirmed_at, detail";

SeenDomain read_domain(const pqxx::row& row) {
  SeenDomain one;
  one.id = uuid_of(row["id"]);
  one.check_name = row["name"].c_str();
  one.target = row["target"].c_str();
  one.status = row["status"].c_str();
  one.asked_at = optional_instant_of(row["asked_at"]);
  one.confirmed_at = optional_instant_of(row["confirmed_at"]);
  one.detail = row["detail"].c_str();
  return one;
}

}  // namespace

const Listing& certificate_listing() {
  static const Listing listing{.keys = {{"not_after", "s.not_after", SortKey::Type::time},
                                        {"first_seen", "s.first_seen", SortKey::Type::time},
                                        {"issuer", "lower(s.issuer)"}},
                               .searched = {"s.common_name", "s.names", "s.issuer", "c.name"},
                               .id = "s.id",
                               .usual = "not_after"};
  return listing;
}

Page<SeenCertificate> list_certificates(pqxx::work& tx, const CertificateQuery& query) {
  const auto list = list_sql(tx, query.page, certificate_listing());
  std::string ends_before = "true";
  if (query.ends_before) ends_before = "s.not_after < " + from_ms_sql(3);
  const auto rows = tx.exec_params(
      certificate_columns() + list.value + kCertificates + list.where +
          " AND ($1::uuid[] = '{}' OR s.check_id = ANY($1::uuid[])) "
          "AND ($2 = '' OR s.sha256 = $2) AND ($3::bigint IS NULL OR " +
          ends_before + ") AND ($4::bool IS NULL OR (s.problems = '') = $4) AND " +
          has_labels_sql(tx, "c.labels", query.labels) + list.order,
      array_of(query.checks), query.sha256,
      query.ends_before ? std::optional(to_ms(*query.ends_before)) : std::nullopt, query.trusted);
  return read_page<SeenCertificate>(rows, read_certificate, query.page.limit);
}

std::optional<SeenCertificate> find_certificate(pqxx::work& tx, const Uuid& id) {
  const auto rows = tx.exec_params(certificate_columns() + kCertificates + "s.id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return read_certificate(rows[0]);
}

const Listing& domain_listing() {
  static const Listing listing{.keys = {{"expires", "expires"}, {"name", "lower(name)"}},
                               .searched = {"name", "target"},
                               .usual = "expires"};
  return listing;
}

Page<SeenDomain> list_domains(pqxx::work& tx, const DomainQuery& query) {
  const auto list = list_sql(tx, query.page, domain_listing());
  const auto rows =
      tx.exec_params(kDomainColumns + list.value + " FROM " + domains() + " WHERE " + list.where +
                         " AND ($1 = '' OR expires < $1) AND " +
                         has_labels_sql(tx, "labels", query.labels) + list.order,
                     query.ends_before ? to_rfc3339(*query.ends_before) : std::string());
  return read_page<SeenDomain>(rows, read_domain, query.page.limit);
}

std::optional<SeenDomain> find_domain(pqxx::work& tx, const Uuid& check) {
  const auto rows =
      tx.exec_params(kDomainColumns + (" FROM " + domains()) + " WHERE id = $1", check.str());
  if (rows.empty()) return std::nullopt;
  return read_domain(rows[0]);
}

}  // namespace monitron::store
