#include "auth/oidc_provider.hpp"

#include "auth/json_members.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace monitron::auth {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;

bool is_url_text(std::string_view url) {
  return url.size() <= kMaxUrlBytes && std::all_of(url.begin(), url.end(), [](char c) {
           constexpr std::string_view never = "\"<>\\^`{|}#";
           return c > ' ' && c < 0x7f && never.find(c) == std::string_view::npos;
         });
}

bool is_port(std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  return port && *port > 0;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_ip_address(host));
}

// An absolute URL without user and fragment, over https or what else is allowed.
bool is_endpoint(std::string_view url, PlainHttp plain) {
  if (!is_url_text(url)) return false;
  const bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) return false;
  auto authority = url.substr(url.find("//") + 2);
  authority = authority.substr(0, authority.find_first_of("/?"));
  std::string_view host = authority.substr(0, authority.find(':'));
  std::string_view rest = authority.substr(host.size());
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
    if (host.find(':') == std::string_view::npos || !is_ip_address(host)) return false;
  } else if (!is_hostname(host) && !is_ip_address(host)) {
    return false;
  }
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return false;
  return secure || (plain == PlainHttp::on_loopback && is_loopback(host));
}

bool has(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

std::string read_endpoint(JsonMembers& members, const char* name, PlainHttp plain) {
  auto url = members.text(name, Need::required, kMaxUrlBytes);
  if (!is_endpoint(url, plain)) members.refuse(name, "must be an https URL");
  return url;
}

// What the provider can do; a list that it leaves out has the default of the standard.
void read_abilities(JsonMembers& members, OidcProvider& provider) {
  if (!has(members.texts("response_types_supported", Need::required), "code")) {
    members.refuse("response_types_supported", "has no code flow");
  }
  const auto algorithms = members.texts("id_token_signing_alg_values_supported", Need::required);
  if (!has(algorithms, "RS256") && !has(algorithms, "ES256")) {
    members.refuse("id_token_signing_alg_values_supported", "has neither RS256 nor ES256");
  }
  // Many know PKCE and do not say so; one that says what it knows must know S256.
  const auto challenges = members.texts("code_challenge_methods_supported", Need::optional);
  if (!challenges.empty() && !has(challenges, "S256")) {
    members.refuse("code_challenge_methods_supported", "has no S256");
  }
  const auto ways = members.texts("token_endpoint_auth_methods_supported", Need::optional);
  const bool in_header = ways.empty() || has(ways, "client_secret_basic");
  provider.takes_secret_in_body = !in_header && has(ways, "client_secret_post");
  if (!in_header && !provider.takes_secret_in_body && !has(ways, "none")) {
    members.refuse("token_endpoint_auth_methods_supported",
                   "has none of client_secret_basic, client_secret_post and none");
  }
  const auto* names_itself = members.find("authorization_response_iss_parameter_supported");
  provider.names_itself_in_answers =
      names_itself != nullptr && names_itself->is_boolean() && names_itself->get<bool>();
}

}  // namespace

Result<void> check_issuer(std::string_view issuer, PlainHttp plain) {
  if (!is_endpoint(issuer, plain) || issuer.find('?') != std::string_view::npos) {
    return fail(Fault::invalid, "must be an https URL without user, query and fragment");
  }
  return {};
}

std::string discovery_url(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<OidcProvider> parse_discovery(std::string_view document, std::string_view issuer,
                                     PlainHttp plain) {
  const auto object = parse_json_object(document, kMaxDiscoveryBytes);
  if (!object) return fail(object.error().in("discovery document"));
  JsonMembers members(*object);
  OidcProvider provider;
  provider.issuer = members.text("issuer", Need::required, kMaxUrlBytes);
  if (provider.issuer != issuer) members.refuse("issuer", "is not the one that is configured");
  provider.authorization_endpoint = read_endpoint(members, "authorization_endpoint", plain);
  provider.token_endpoint = read_endpoint(members, "token_endpoint", plain);
  provider.jwks_uri = read_endpoint(members, "jwks_uri", plain);
  if (members.has("end_session_endpoint")) {
    provider.end_session_endpoint = read_endpoint(members, "end_session_endpoint", plain);
  }
  read_abilities(members, provider);
  if (!members.good()) return fail(Fault::invalid, "discovery document: " + members.complaint());
  return provider;
}

}  // namespace monitron::auth
