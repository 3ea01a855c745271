#pragma once
// The certificates that checks were shown, as each location saw them last; written with results
// (series/check_certificates.hpp), as long as the check watches the same. And what registries said
// last of the domains that are checked.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct SeenCertificate {
  Uuid id{};
  Uuid check_id{};
  std::string check_name{};
  std::string target{};
  std::string location{};
  Instant first_seen{};
  Instant not_after{};
  std::string problems{};  // empty: it is trusted
  std::string detail{};    // JSON: certificate_…, as the result says it
};

struct CertificateQuery {
  PageQuery page{};
  std::vector<Uuid> checks{};
  std::string sha256{};
  std::optional<Instant> ends_before{};
  std::optional<bool> trusted{};
  LabelFilters labels{};  // of the check
};

// Soonest end first, as long as nobody sorts it.
const Listing& certificate_listing();
Page<SeenCertificate> list_certificates(pqxx::work& tx, const CertificateQuery& query);
std::optional<SeenCertificate> find_certificate(pqxx::work& tx, const Uuid& id);

struct SeenDomain {
  Uuid id{};  // of the check
  std::string check_name{};
  std::string target{};
  std::string status{};               // of the check
  std::optional<Instant> asked_at{};  // none: not yet
  // When the registry said so last; none: it has not yet said when the domain expires.
  std::optional<Instant> confirmed_at{};
  std::string detail{};  // JSON: expires, registrar, …, as the result says it
};

struct DomainQuery {
  PageQuery page{};
  std::optional<Instant> ends_before{};
  LabelFilters labels{};  // of the check
};

// Soonest end first, as long as nobody sorts it; those of which it is not known come last.
const Listing& domain_listing();
Page<SeenDomain> list_domains(pqxx::work& tx, const DomainQuery& query);
std::optional<SeenDomain> find_domain(pqxx::work& tx, const Uuid& check);

}  // namespace monitron::store
