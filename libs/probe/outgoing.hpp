#pragma once
// Where the suite calls on behalf of people who are no operators: not its own machine, not the
// networks around it, unless the operator lists them.

#include "probe/address.hpp"
#include "probe/http_url.hpp"

namespace monitron::probe {

class Outgoing {
 public:
  Outgoing();  // nothing is allowed besides
  // `allowed`: CIDR blocks that may be reached all the same. Fault: invalid.
  static Result<Outgoing> make(const std::vector<std::string>& allowed);

  bool may_reach(const Address& address) const;
  // http or https, without user and password, and no literal address that may not be reached; what
  // a name stands for is judged when it is connected to. Fault: invalid.
  Result<HttpUrl> check_url(std::string_view url) const;

 private:
  Networks denied_;
  Networks allowed_;
};

}  // namespace monitron::probe
