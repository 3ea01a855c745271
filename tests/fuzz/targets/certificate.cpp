// A certificate, as any peer may have made it.

#include "probe/certificate.hpp"

#include "base/clock.hpp"
#include "fuzz.hpp"

MONITRON_FUZZ(certificate) {
  using namespace monitron;
  const auto found = probe::parse_certificate(bytes);
  if (!found) return;
  for (const auto* text : {&found->subject, &found->issuer, &found->common_name, &found->serial,
                           &found->sha256, &found->key, &found->signature}) {
    fuzz::must(text->size() <= 1024, "a text without measure");
    fuzz::must(text->find_first_of("\r\n\t") == std::string::npos, "a text of two lines");
  }
  fuzz::must(found->names.size() <= 100, "names without measure");
  for (const auto& name : found->names) fuzz::must(name.size() <= 1024, "a long name");
  (void)to_rfc3339(found->not_before);
  (void)to_rfc3339(found->not_after);
}
