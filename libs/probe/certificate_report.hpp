#pragma once
// A peer's certificate as values and details of a result; shared by http and tls.

#include "domain/check_result.hpp"
#include "probe/tls_client.hpp"

namespace monitron::probe {

// Until the first certificate of the chain expires; less than 0 when one has.
double days_left(const PeerCertificate& peer, Instant now);

void report_certificate(const PeerCertificate& peer, domain::ProbeOutcome& outcome);

}  // namespace monitron::probe
