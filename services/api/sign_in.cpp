#include "api/sign_in.hpp"

#include "api/listing.hpp"
#include "api/user_json.hpp"
#include "auth/password.hpp"
#include "auth/token.hpp"
#include "base/text.hpp"
#include "store/second_factor.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::hours kSessionLifetime{24 * 14};
constexpr std::size_t kLongestUserAgent = 300;

// As text that PostgreSQL takes, whatever was sent.
std::string user_agent_of(const http::Request& request) {
  auto text = request.header("user-agent");
  text.resize(std::min(text.size(), kLongestUserAgent));
  std::erase_if(text, [](char c) { return c < 0x20 || c > 0x7e; });
  return text;
}

}  // namespace

http::Problem too_many(std::chrono::seconds wait) {
  return {.status = 429,
          .detail = "too many tries; wait " + std::to_string(wait.count()) + " s",
          .headers = {{"Retry-After", std::to_string(wait.count())}}};
}

http::Problem not_let_in(const std::string& detail) {
  return {.status = 401, .detail = detail, .headers = {{"WWW-Authenticate", "Bearer"}}};
}

Json open_session(pqxx::work& tx, const Context& context, const http::Request& request,
                  const store::User& user, const Uuid& family) {
  const auto refresh = auth::make_token(auth::TokenKind::refresh);
  store::insert_refresh(tx, {.hash = refresh.hash,
                             .family = family,
                             .user = user.id,
                             .expires_at = context.clock.now() + kSessionLifetime,
                             .address = request.peer,
                             .user_agent = user_agent_of(request)});
  auth::Claims claims;
  claims.subject = user.id.str();
  claims.session = family.str();
  claims.role = user.role;
  claims.version = user.token_version;
  return {{"access_token", context.jwt.sign(auth::Use::access, claims, auth::kAccessLifetime)},
          {"refresh_token", refresh.text},
          {"token_type", "Bearer"},
          {"expires_in", auth::kAccessLifetime.count()},
          {"user", account_json(tx, user)}};
}

void note_session(pqxx::work& tx, const http::Request& request, const char* action,
                  const Uuid& user, const Uuid& family) {
  auto entry = audit_entry(request, action, family.str());
  entry.actor_kind = "user";
  entry.actor_id = user.str();
  entry.credential = family.str();
  store::append_audit(tx, entry);
}

http::Response begin_session(pqxx::work& tx, const Context& context, const http::Request& request,
                             const store::User& user) {
  const auto family = Uuid::make();
  auto session = open_session(tx, context, request, user, family);
  note_session(tx, request, "session.begin", user.id, family);
  return json_answer(200, session);
}

http::Response let_in(pqxx::work& tx, const Context& context, const http::Request& request,
                      const store::User& user) {
  const auto totp = store::find_totp(tx, user.id);
  if (!totp || !totp->confirmed_at) {
    return begin_session(tx, context, request, user);
  }
  const auto token = auth::make_token(auth::TokenKind::login_challenge);
  store::insert_challenge(tx, {.hash = token.hash,
                               .user = user.id,
                               .token_version = user.token_version,
                               .expires_at = context.clock.now() + auth::kChallengeLifetime});
  return json_answer(202, {{"challenge_token", token.text},
                           {"expires_in", std::chrono::seconds(auth::kChallengeLifetime).count()}});
}

Outcome<store::User> caller_by_password(Context& context, const http::Request& request,
                                        const std::string& password, const std::string& field) {
  const auto id = Uuid::parse(request.caller.id).value_or(Uuid{});
  auto user =
      in_transaction(context.database, [&](pqxx::work& tx) { return store::find_user(tx, id); });
  if (!user) return tl::unexpected(user.error());
  if (!*user) return refuse(Fault::not_found, "this account is gone");
  const auto account = to_lower((*user)->email);
  const auto wait = context.throttles.passwords.wait_of(account, request.peer);
  if (wait.count() > 0) return refuse(too_many(wait));
  if (!auth::verify_password(password, (*user)->password_hash)) {
    context.throttles.passwords.failed(account, request.peer);
    return refuse_fields({{field, "invalid", "is not the password of this account"}});
  }
  return std::move(**user);
}

}  // namespace monitron::api
