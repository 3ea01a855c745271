#include "api/sign_in.hpp"

#include "api/user_json.hpp"
#include "auth/token.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::hours kSessionLifetime{24 * 14};

}  // namespace

http::Problem too_many(std::chrono::seconds wait) {
  return {.status = 429,
          .detail = "too many failed tries; wait " + std::to_string(wait.count()) + " s",
          .headers = {{"Retry-After", std::to_string(wait.count())}}};
}

http::Problem not_let_in(const std::string& detail) {
  return {.status = 401, .detail = detail, .headers = {{"WWW-Authenticate", "Bearer"}}};
}

Json open_session(pqxx::work& tx, const Context& context, const store::User& user,
                  const Uuid& family) {
  const auto refresh = auth::make_token(auth::TokenKind::refresh);
  store::insert_refresh(tx, {.hash = refresh.hash,
                             .family = family,
                             .user = user.id,
                             .expires_at = context.clock.now() + kSessionLifetime});
  auth::Claims claims;
  claims.subject = user.id.str();
  claims.session = family.str();
  claims.role = user.role;
  claims.version = user.token_version;
  return {{"access_token", context.jwt.sign(auth::Use::access, claims, auth::kAccessLifetime)},
          {"refresh_token", refresh.text},
          {"token_type", "Bearer"},
          {"expires_in", auth::kAccessLifetime.count()},
          {"user", user_json(user)}};
}

}  // namespace monitron::api
