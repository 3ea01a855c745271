#include "probe/outgoing.hpp"

namespace monitron::probe {

Outgoing::Outgoing() {
  auto blocks = default_denied_networks();
  // Loopback, private (RFC 1918), shared (RFC 6598), benchmarking and reserved networks, and their
  // like in IPv6 (RFC 4193, RFC 4291).
  blocks.insert(blocks.end(), {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                               "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4",
                               "::/128", "::1/128", "fc00::/7", "fec0::/10"});
  denied_ = *Networks::parse(blocks);
}

Result<Outgoing> Outgoing::make(const std::vector<std::string>& allowed) {
  Outgoing outgoing;
  auto networks = Networks::parse(allowed);
  if (!networks) return fail(networks.error());
  outgoing.allowed_ = std::move(*networks);
  return outgoing;
}

bool Outgoing::may_reach(const Address& address) const {
  return !denied_.contains(address) || allowed_.contains(address);
}

Result<HttpUrl> Outgoing::check_url(std::string_view url) const {
  auto parsed = parse_http_url(url);
  if (!parsed) return parsed;
  if (!parsed->user_info.empty()) {
    return fail(Fault::invalid, "must have no user and password");
  }
  const auto literal = Address::parse(parsed->host);
  if (literal && !may_reach(*literal)) {
    return fail(Fault::invalid, "the address " + literal->str() +
                                    " may not be called; an operator can allow it "
                                    "(MONITRON_WEBHOOK_ALLOW_NETWORKS)");
  }
  return parsed;
}

}  // namespace monitron::probe
