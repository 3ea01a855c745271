#pragma once
// A peer's certificate as values and details of a result; shared by http and tls.

#include "domain/check_result.hpp"
#include "probe/tls_client.hpp"

namespace monitron::probe {

void report_certificate(const PeerCertificate& peer, domain::ProbeOutcome& outcome);

}  // namespace monitron::probe
