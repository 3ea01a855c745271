// What WHOIS servers say of a domain.

#include "probe/whois.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(whois) {
  using namespace monitron;
  const auto answer = probe::parse_whois(bytes);
  const auto& found = answer.registration;
  fuzz::must(found.statuses.size() <= 20, "more states than anybody reads");
  fuzz::must(found.registrar.size() <= 256, "a registrar without measure");
  fuzz::must(answer.referral.size() <= 256, "a server without measure");
  fuzz::must(answer.referral.find_first_of(" \t\r\n/") == std::string::npos, "no server's name");
  fuzz::must(!found.expires || !answer.not_registered, "registered and not");
  if (const auto date = probe::parse_whois_date(bytes)) {
    const auto again = parse_rfc3339(to_rfc3339(*date));
    fuzz::must(again && *again == *date, "a time of no year");
  }
}
