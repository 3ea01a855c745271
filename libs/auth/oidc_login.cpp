#include "auth/oidc_login.hpp"

#include "auth/id_token.hpp"
#include "auth/json_members.hpp"
#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace monitron::auth {
namespace {

constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kMaxCodeBytes = 4096;
constexpr std::size_t kMaxResponseBytes = 128u << 10;

class Form {
 public:
  Form& add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_ += percent_encode(name) + "=" + percent_encode(value);
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// An error code is a short word (RFC 6749 §4.1.2.1); anything else is not repeated.
std::string error_code(std::string_view code) {
  const bool plain = code.size() <= 64 && std::all_of(code.begin(), code.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || c == '_';
                     });
  return plain ? std::string(code) : "an unknown error";
}

Result<std::string> refused_token(int status, std::string_view body) {
  if (status == 429 || status >= 500) {
    return fail(Fault::unavailable, "the provider answers " + std::to_string(status));
  }
  const auto object = parse_json_object(body, kMaxResponseBytes);
  if (object) {
    JsonMembers members(*object);
    const auto code = members.text("error", Need::required);
    if (members.good()) return fail(Fault::denied, "the provider refuses: " + error_code(code));
  }
  return fail(Fault::invalid, "the provider answers " + std::to_string(status));
}

}  // namespace

PendingLogin make_pending_login() {
  const auto make = [] { return to_base64url(random_string(kRandomBytes)); };
  return {make(), make(), make()};
}

std::string code_challenge(std::string_view verifier) { return to_base64url(sha256(verifier)); }

std::string authorization_url(const OidcProvider& provider, const OidcClient& client,
                              const PendingLogin& login) {
  Form query;
  query.add("response_type", "code")
      .add("client_id", client.id)
      .add("redirect_uri", client.redirect_uri)
      .add("scope", client.scope)
      .add("state", login.state)
      .add("nonce", login.nonce)
      .add("code_challenge", code_challenge(login.verifier))
      .add("code_challenge_method", "S256");
  // It may have a query of its own, which stays (RFC 6749 §3.1).
  const auto& url = provider.authorization_endpoint;
  return url + (url.find('?') == std::string::npos ? "?" : "&") + query.text();
}

Result<std::string> code_of(const AuthorizationAnswer& answer, const OidcProvider& provider,
                            const PendingLogin& login) {
  if (login.state.empty() || !equal_in_constant_time(answer.state, login.state)) {
    return fail(Fault::denied, "state: is not that of this login");
  }
  const bool must_name_itself = provider.names_itself_in_answers || !answer.issuer.empty();
  if (must_name_itself && answer.issuer != provider.issuer) {
    return fail(Fault::denied, "iss: is not the provider that was asked");
  }
  if (!answer.error.empty()) return fail(Fault::denied, "error: " + error_code(answer.error));
  if (answer.code.empty() || answer.code.size() > kMaxCodeBytes) {
    return fail(Fault::denied, "code: must have 1 to 4096 bytes");
  }
  return answer.code;
}

TokenRequest token_request(const OidcProvider& provider, const OidcClient& client,
                           std::string_view code, const PendingLogin& login) {
  TokenRequest request;
  request.url = provider.token_endpoint;
  Form form;
  form.add("grant_type", "authorization_code")
      .add("code", code)
      .add("redirect_uri", client.redirect_uri)
      .add("code_verifier", login.verifier);
  if (client.secret.empty() || provider.takes_secret_in_body) form.add("client_id", client.id);
  if (!client.secret.empty() && provider.takes_secret_in_body) {
    form.add("client_secret", client.secret);
  } else if (!client.secret.empty()) {
    // Both are encoded before they are joined: RFC 6749 §2.3.1.
    request.authorization =
        "Basic " + to_base64(percent_encode(client.id) + ":" + percent_encode(client.secret));
  }
  request.body = form.text();
  return request;
}

Result<std::string> parse_token_response(int status, std::string_view body) {
  if (status != 200) return refused_token(status, body);
  const auto object = parse_json_object(body, kMaxResponseBytes);
  if (!object) return fail(object.error().in("token response"));
  JsonMembers members(*object);
  if (to_lower(members.text("token_type", Need::required)) != "bearer") {
    members.refuse("token_type", "must be Bearer");
  }
  auto token = members.text("id_token", Need::required, kMaxIdTokenBytes);
  if (!members.good()) return fail(Fault::invalid, "token response: " + members.complaint());
  return token;
}

}  // namespace monitron::auth
