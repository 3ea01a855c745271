#pragma once
// What is known of a domain's registration, whoever tells it.

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe {

struct Registration {
  std::optional<Instant> expires;
  std::string registrar;
  std::vector<std::string> statuses;  // as epp_status writes them
};

// "redemption period" of RDAP and "redemptionPeriod https://icann.org/epp#redemptionPeriod" of
// WHOIS as EPP names them (RFC 8056): redemptionPeriod. What EPP does not know stays as it is.
std::string epp_status(std::string_view text);

// True for those under which a domain is about to go or is not served.
bool is_alarming_status(std::string_view status);

}  // namespace monitron::probe
