#include "api/identity_provider.hpp"

#include "base/log.hpp"
#include "http/client.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::hours kKept{1};
constexpr std::chrono::minutes kLookedAnew{1};

http::ClientRequest request_to(const OidcConfig& config, const std::string& url) {
  http::ClientRequest request;
  request.url = url;
  request.timeout = kPatience;
  request.ca_file = config.ca_file;
  request.max_response_bytes = auth::kMaxDiscoveryBytes;
  request.headers.emplace_back("Accept", "application/json");
  return request;
}

Result<std::string> document(const OidcConfig& config, const std::string& url) {
  const auto answer = http::fetch(request_to(config, url));
  if (!answer) return fail(answer.error());
  if (answer->status != 200) {
    return fail(Fault::unavailable, "the provider answers " + std::to_string(answer->status));
  }
  return answer->body;
}

Result<std::string> ask_for_token(const OidcConfig& config, const auth::TokenRequest& token) {
  auto request = request_to(config, token.url);
  request.method = http::Method::post;
  request.body = token.body;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  if (!token.authorization.empty()) {
    request.headers.emplace_back("Authorization", token.authorization);
  }
  const auto answer = http::fetch(request);
  if (!answer) return fail(answer.error());
  return auth::parse_token_response(answer->status, answer->body);
}

}  // namespace

Result<auth::OidcProvider> IdentityProvider::describe() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady_now();
  if (provider_ && now - described_ < kKept) return *provider_;
  const auto text = document(config_, auth::discovery_url(config_.issuer));
  if (!text) return fail(text.error().in("discovery"));
  auto provider = auth::parse_discovery(*text, config_.issuer, auth::PlainHttp::on_loopback);
  if (!provider) return fail(provider.error());
  provider_ = *provider;
  described_ = now;
  keys_.reset();
  return provider;
}

Result<auth::SigningKeys> IdentityProvider::keys_of(const auth::OidcProvider& provider, bool anew) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady_now();
  if (anew && looked_anew_ && now - *looked_anew_ < kLookedAnew) anew = false;
  if (anew) looked_anew_ = now;
  if (!anew && keys_ && now - keys_read_ < kKept) return *keys_;
  const auto text = document(config_, provider.jwks_uri);
  if (!text) return fail(text.error().in("keys"));
  auto keys = auth::SigningKeys::parse(*text);
  if (!keys) return fail(keys.error());
  for (const auto& why : keys->left_out()) log::info("oidc.key", why);
  keys_ = *keys;
  keys_read_ = now;
  return keys;
}

Result<auth::Identity> IdentityProvider::redeem(const auth::OidcProvider& provider,
                                                const std::string& code,
                                                const auth::PendingLogin& login) {
  const auto token =
      ask_for_token(config_, auth::token_request(provider, config_.client, code, login));
  if (!token) return fail(token.error().in("token"));
  const auth::ExpectedToken expected{.issuer = provider.issuer,
                                     .client_id = config_.client.id,
                                     .nonce = login.nonce,
                                     .groups_claim = config_.groups_claim};
  auto keys = keys_of(provider, false);
  if (!keys) return fail(keys.error());
  auto identity = auth::verify_id_token(*token, *keys, expected, clock_.now());
  if (identity || identity.error().fault != Fault::not_found) return identity;
  keys = keys_of(provider, true);
  if (!keys) return fail(keys.error());
  identity = auth::verify_id_token(*token, *keys, expected, clock_.now());
  if (!identity) return fail(Fault::denied, identity.error().text);
  return identity;
}

}  // namespace monitron::api
