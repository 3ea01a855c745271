// What RDAP servers say of a domain, and IANA's list of them.

#include "probe/rdap.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(rdap) {
  using namespace monitron;
  if (const auto servers = probe::RdapServers::parse(bytes)) {
    (void)servers->server_of("a.example.test");
  }
  const auto found = probe::parse_rdap_domain(bytes, "example.test");
  if (!found) return;
  fuzz::must(found->statuses.size() <= 20, "more states than anybody reads");
  fuzz::must(found->registrar.size() <= 256, "a registrar without measure");
  for (const auto& status : found->statuses) (void)probe::is_alarming_status(status);
  if (found->expires) {
    const auto again = parse_rfc3339(to_rfc3339(*found->expires));
    fuzz::must(again && *again == *found->expires, "a time of no year");
  }
}
