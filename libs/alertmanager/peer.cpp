#include "alertmanager/peer.hpp"

#include "http/client.hpp"
#include "http/target.hpp"

#include <algorithm>

namespace monitron::alertmanager {
namespace {

constexpr std::string_view kOldPath = "/api/v1/alerts";
constexpr std::string_view kPath = "/api/v2/alerts";

// "+" is no space in this part of an address.
std::string decoded(std::string_view part) {
  std::string escaped;
  for (const char c : part) escaped += c == '+' ? std::string("%2B") : std::string(1, c);
  return http::decode_query_part(escaped).value_or(std::string(part));
}

void read_login(std::string_view address, Peer& peer) {
  const auto begin = address.find("//") + 2;
  const auto authority = address.substr(begin, address.find('/', begin) - begin);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return;
  const auto login = authority.substr(0, at);
  const auto colon = login.find(':');
  peer.user = decoded(login.substr(0, colon));
  if (colon != std::string_view::npos) peer.password = decoded(login.substr(colon + 1));
}

void without_slashes(std::string& url) {
  while (url.ends_with('/')) url.pop_back();
}

}  // namespace

std::string name_of(const std::string& url) {
  const auto scheme = url.find("://");
  return scheme == std::string::npos ? url : url.substr(scheme + 3);
}

Result<Peers> parse_peers(const std::vector<std::string>& addresses) {
  Peers read;
  for (const auto& address : addresses) {
    if (!address.starts_with("http://") && !address.starts_with("https://")) {
      return fail(Fault::invalid, "an address must begin with http:// or https://");
    }
    Peer peer;
    read_login(address, peer);
    peer.url = http::without_credentials(address);
    if (!peer.url.starts_with("http") || peer.url.find_first_of("?#") != std::string::npos) {
      return fail(Fault::invalid, "one of the addresses is not a URL, or has a query");
    }
    without_slashes(peer.url);
    for (const auto tail : {kOldPath, kPath}) {
      if (!peer.url.ends_with(tail)) continue;
      peer.url.resize(peer.url.size() - tail.size());
      read.old_path = read.old_path || tail == kOldPath;
    }
    without_slashes(peer.url);
    const bool known = std::any_of(read.peers.begin(), read.peers.end(),
                                   [&](const Peer& other) { return other.url == peer.url; });
    if (!known) read.peers.push_back(std::move(peer));
  }
  return read;
}

}  // namespace monitron::alertmanager
