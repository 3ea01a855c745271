// Registration, login, refresh, logout and GET /me.

#include "api/accounts.hpp"
#include "api/resource.hpp"
#include "api/user_json.hpp"
#include "auth/password.hpp"
#include "auth/token.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::hours kSessionLifetime{24 * 14};

http::Problem too_many(std::chrono::seconds wait) {
  return {.status = 429,
          .detail = "too many failed tries; wait " + std::to_string(wait.count()) + " s",
          .headers = {{"Retry-After", std::to_string(wait.count())}}};
}

http::Problem not_let_in(const std::string& detail) {
  return {.status = 401, .detail = detail, .headers = {{"WWW-Authenticate", "Bearer"}}};
}

// A session: an access token, and the refresh token that follows it in the same family.
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
          {"user", account_json(user)}};
}

struct Credentials {
  std::string email;
  std::string password;
};

Outcome<Credentials> read_credentials(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  Credentials credentials;
  credentials.email = fields.text("email", {.min = 1, .max = 254, .required = true});
  credentials.password = fields.text("password", {.min = 1, .max = 1024, .required = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return credentials;
}

// On a hashing thread: the same work and the same answer whether or not the account exists.
Outcome<http::Response> finish_login(Context& context, const http::Request& request,
                                     const Credentials& credentials) {
  const auto account = to_lower(credentials.email);
  auto user = in_transaction(context.database, [&](pqxx::work& tx) {
    return store::find_user_by_email(tx, credentials.email);
  });
  if (!user) return tl::unexpected(user.error());
  const bool known = user->has_value();
  const auto& hash = known ? (*user)->password_hash : auth::dummy_hash(context.config.bcrypt_cost);
  const bool right = auth::verify_password(credentials.password, hash) && known;
  if (!right) {
    context.throttle.failed(account, request.peer);
    log::warning("login.failed", "", {{"peer", request.peer}, {"request_id", request.request_id}});
    return refuse(not_let_in("e-mail address or password is wrong"));
  }
  context.throttle.succeeded(account, request.peer);
  auto session = in_transaction(context.database, [&](pqxx::work& tx) {
    return open_session(tx, context, **user, Uuid::make());
  });
  if (!session) return tl::unexpected(session.error());
  return json_answer(200, *session);
}

void login(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  auto credentials = read_credentials(request);
  if (!credentials) return exchange->send(to_response(request, credentials.error()));
  const auto wait = context.throttle.wait_of(to_lower(credentials->email), request.peer);
  if (wait.count() > 0) return exchange->send(http::problem_response(request, too_many(wait)));
  const bool taken = context.hashing.run([&context, exchange, given = std::move(*credentials)] {
    exchange->send(
        to_response(exchange->request(), finish_login(context, exchange->request(), given)));
  });
  if (!taken) {
    exchange->send(http::error_response(request, {Fault::unavailable, "the login queue is full"}));
  }
}

struct PasswordChange {
  std::string before;
  std::string after;
};

Outcome<PasswordChange> read_password_change(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  PasswordChange change;
  change.before = fields.text("old_password", {.min = 1, .max = 1024, .required = true});
  change.after = fields.text("new_password", {.min = 1, .max = 1024, .required = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return change;
}

// Whoever knew the old password is out: all sessions end, and the one that asked gets a new one.
Outcome<http::Response> store_password(Context& context, const http::Request& request,
                                       const store::User& known, const std::string& hash) {
  auto answer = in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    auto user = known;
    user.password_hash = hash;
    ++user.token_version;
    store::revoke_sessions(tx, user.id);
    const auto after = store::update_user(tx, user);
    if (!after) return refuse(Fault::conflict, "somebody changed it at the same time");
    store::append_audit(
        tx, audit_entry(request, "user.password", user.id.str(), {{"password_changed", true}}));
    return json_answer(200, open_session(tx, context, *after, Uuid::make()));
  });
  (void)context.grants.refresh();
  return answer;
}

// On a hashing thread.
Outcome<http::Response> finish_password(Context& context, const http::Request& request,
                                        const PasswordChange& change) {
  const auto id = Uuid::parse(request.caller.id).value_or(Uuid{});
  auto user =
      in_transaction(context.database, [&](pqxx::work& tx) { return store::find_user(tx, id); });
  if (!user) return tl::unexpected(user.error());
  if (!*user) return refuse(Fault::not_found, "this account is gone");
  const auto account = to_lower((*user)->email);
  const auto wait = context.throttle.wait_of(account, request.peer);
  if (wait.count() > 0) return refuse(too_many(wait));
  if (!auth::verify_password(change.before, (*user)->password_hash)) {
    context.throttle.failed(account, request.peer);
    return refuse_fields({{"old_password", "invalid", "is not the password of this account"}});
  }
  if (const auto good = auth::check_password_rules(change.after, (*user)->email); !good) {
    return refuse_fields({{"new_password", "invalid", good.error().text}});
  }
  const auto hash = auth::hash_password(change.after, context.config.bcrypt_cost);
  if (!hash) return tl::unexpected<Refusal>(hash.error());
  return store_password(context, request, **user, *hash);
}

void change_password(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  auto change = read_password_change(request);
  if (!change) return exchange->send(to_response(request, change.error()));
  const bool taken = context.hashing.run([&context, exchange, given = std::move(*change)] {
    exchange->send(
        to_response(exchange->request(), finish_password(context, exchange->request(), given)));
  });
  if (!taken) {
    exchange->send(
        http::error_response(request, {Fault::unavailable, "the hashing queue is full"}));
  }
}

Outcome<http::Response> finish_register(Context& context, const http::Request& request,
                                        store::User user, const std::string& password) {
  auto hash = auth::hash_password(password, context.config.bcrypt_cost);
  if (!hash) return tl::unexpected<Refusal>(hash.error());
  user.password_hash = std::move(*hash);
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (store::find_user_by_email(tx, user.email)) {
      return refuse(Fault::conflict, "this e-mail address has an account already");
    }
    const auto made = store::insert_user(tx, user);
    store::append_audit(
        tx, audit_entry(request, "user.register", made.id.str(), {{"after", user_json(made)}}));
    return json_answer(201, user_json(made));
  });
}

void register_user(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  if (!context.config.registration) {
    return exchange->send(http::error_response(
        request, {Fault::denied, "registration is off; ask an administrator"}));
  }
  std::string password;
  auto user = read_new_user(request, false, password);
  if (!user) return exchange->send(to_response(request, user.error()));
  const bool taken = context.hashing.run([&context, exchange, user = std::move(*user), password] {
    exchange->send(to_response(exchange->request(),
                               finish_register(context, exchange->request(), user, password)));
  });
  if (!taken) {
    exchange->send(
        http::error_response(request, {Fault::unavailable, "the hashing queue is full"}));
  }
}

Outcome<std::string> read_refresh(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  auto token = fields.text("refresh_token", {.min = 1, .max = 200, .required = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  const auto hash = auth::token_hash(auth::TokenKind::refresh, token);
  return hash ? *hash : std::string();
}

Outcome<http::Response> refresh(Context& context, const http::Request& request) {
  const auto hash = read_refresh(request);
  if (!hash) return tl::unexpected(hash.error());
  bool revoked = false;
  auto session = in_transaction(context.database, [&](pqxx::work& tx) -> std::optional<Json> {
    const auto use = store::use_refresh(tx, *hash);
    revoked = use.state == store::RefreshState::used;
    // Somebody has a copy: nobody can tell who is the right one, so both must log in again.
    if (revoked) store::revoke_family(tx, use.family);
    if (use.state != store::RefreshState::good) return std::nullopt;
    const auto user = store::find_user(tx, use.user);
    if (!user) return std::nullopt;
    return open_session(tx, context, *user, use.family);
  });
  if (!session) return tl::unexpected(session.error());
  if (revoked) {
    log::warning("session.reused", "a refresh token came twice; its session is over",
                 {{"peer", request.peer}, {"request_id", request.request_id}});
    (void)context.grants.refresh();
  }
  if (!*session) return refuse(not_let_in("the refresh token is not valid"));
  return json_answer(200, **session);
}

Outcome<http::Response> logout(Context& context, const http::Request& request) {
  const auto hash = read_refresh(request);
  if (!hash) return tl::unexpected(hash.error());
  const auto done = in_transaction(context.database, [&](pqxx::work& tx) {
    const auto use = store::use_refresh(tx, *hash);
    if (use.state != store::RefreshState::unknown) store::revoke_family(tx, use.family);
  });
  if (!done) return tl::unexpected(done.error());
  (void)context.grants.refresh();
  return http::Response{.status = 204};
}

Outcome<http::Response> me(Context& context, const http::Request& request) {
  const auto id = Uuid::parse(request.caller.id);
  auto user = in_transaction(
      context.database, [&](pqxx::work& tx) { return store::find_user(tx, id.value_or(Uuid{})); });
  if (!user) return tl::unexpected(user.error());
  if (!*user) return refuse(Fault::not_found, "this account is gone");
  return with_etag(json_answer(200, account_json(**user)), (*user)->version);
}

}  // namespace

void add_session_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add_async(Method::post, "/api/v1/auth/register", http::open_to_all(),
                   [&context](const auto& exchange) { register_user(context, exchange); });
  router.add_async(Method::post, "/api/v1/auth/login", http::open_to_all(),
                   [&context](const auto& exchange) { login(context, exchange); });
  mount(router, Method::post, "/api/v1/auth/refresh", "",
        [&context](const auto& request) { return refresh(context, request); });
  mount(router, Method::post, "/api/v1/auth/logout", "",
        [&context](const auto& request) { return logout(context, request); });
  router.add_async(Method::post, "/api/v1/auth/password", http::needs("session"),
                   [&context](const auto& exchange) { change_password(context, exchange); });
  mount(router, Method::get, "/api/v1/me", "session",
        [&context](const auto& request) { return me(context, request); });
}

}  // namespace monitron::api
