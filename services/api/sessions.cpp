// Registration, login, refresh and logout.

#include "api/account_letters.hpp"
#include "api/accounts.hpp"
#include "api/email_verification.hpp"
#include "api/hashing.hpp"
#include "api/resource.hpp"
#include "api/sign_in.hpp"
#include "api/user_json.hpp"
#include "auth/password.hpp"
#include "auth/token.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace monitron::api {
namespace {

constexpr const char* kWrong = "e-mail address or password is wrong";

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

// Only here the password is known: when the cost was raised since, its hash follows.
std::optional<std::string> rehashed(const Context& context, const std::string& password,
                                    const std::string& hash) {
  if (!auth::needs_rehash(hash, context.config.bcrypt_cost)) return std::nullopt;
  const auto better = auth::hash_password(password, context.config.bcrypt_cost);
  return better ? std::optional(*better) : std::nullopt;
}

// On a hashing thread: the same work and the same answer whether or not the account exists.
Outcome<http::Response> finish_login(Context& context, const http::Request& request,
                                     const Credentials& credentials) {
  const auto account = to_lower(credentials.email);
  // Others that waited in the same line may have failed meanwhile.
  const auto wait = context.throttles.passwords.wait_of(account, request.peer);
  if (wait.count() > 0) return refuse(too_many(wait));
  auto user = in_transaction(context.database, [&](pqxx::work& tx) {
    return store::find_user_by_email(tx, credentials.email);
  });
  if (!user) return tl::unexpected(user.error());
  const bool known = user->has_value();
  const auto& hash = known ? (*user)->password_hash : auth::dummy_hash(context.config.bcrypt_cost);
  const bool right = auth::verify_password(credentials.password, hash) && known;
  if (!right) {
    context.throttles.passwords.failed(account, request.peer);
    log::warning("login.failed", "", {{"peer", request.peer}, {"request_id", request.request_id}});
    return refuse(not_let_in(kWrong));
  }
  context.throttles.passwords.succeeded(account, request.peer);
  const auto better = rehashed(context, credentials.password, hash);
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto now = store::find_user_held(tx, (*user)->id);
    // The password was changed while it was compared.
    if (!now || now->token_version != (*user)->token_version) return refuse(not_let_in(kWrong));
    if (better) store::rehash_password(tx, now->id, hash, *better);
    return let_in(tx, context, request, *now);
  });
}

void login(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  auto credentials = read_credentials(request);
  if (!credentials) return exchange->send(to_response(request, credentials.error()));
  const auto wait = context.throttles.passwords.wait_of(to_lower(credentials->email), request.peer);
  if (wait.count() > 0) return exchange->send(http::problem_response(request, too_many(wait)));
  answer_from_hashing(context, exchange,
                      [given = std::move(*credentials)](Context& at, const http::Request& asked) {
                        return finish_login(at, asked, given);
                      });
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
    const auto now = store::find_user_to_change(tx, known.id);
    if (!now || now->password_hash != known.password_hash) {
      return refuse(Fault::conflict, "somebody changed it at the same time");
    }
    const auto after = store::set_password(tx, known.id, hash);
    if (!after) return refuse(Fault::not_found, "this account is gone");
    store::append_audit(
        tx, audit_entry(request, "user.password", known.id.str(), {{"password_changed", true}}));
    send_letter(tx, password_changed_letter(context.config.public_url, *after));
    return begin_session(tx, context, request, *after);
  });
  (void)context.grants.refresh();
  return answer;
}

// On a hashing thread.
Outcome<http::Response> finish_password(Context& context, const http::Request& request,
                                        const PasswordChange& change) {
  const auto user = caller_by_password(context, request, change.before, "old_password");
  if (!user) return tl::unexpected(user.error());
  if (const auto good = auth::check_password_rules(change.after, user->email, user->name); !good) {
    return refuse_fields({{"new_password", "invalid", good.error().text}});
  }
  const auto hash = auth::hash_password(change.after, context.config.bcrypt_cost);
  if (!hash) return tl::unexpected<Refusal>(hash.error());
  return store_password(context, request, *user, *hash);
}

void change_password(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  auto change = read_password_change(request);
  if (!change) return exchange->send(to_response(request, change.error()));
  answer_from_hashing(context, exchange,
                      [given = std::move(*change)](Context& at, const http::Request& asked) {
                        return finish_password(at, asked, given);
                      });
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
    ask_to_verify(tx, context, made);
    return json_answer(201, user_json(made));
  });
}

void register_user(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  if (context.config.registration != Registration::open) {
    return exchange->send(http::error_response(
        request, {Fault::denied, context.config.registration == Registration::off
                                     ? "registration is off; ask an administrator"
                                     : "registration is by invitation; ask an administrator"}));
  }
  std::string password;
  auto user = read_new_user(request, false, password);
  if (!user) return exchange->send(to_response(request, user.error()));
  // Its answer tells whether an address has an account: nobody is to ask for many.
  auto& throttle = context.throttles.registrations;
  const auto account = to_lower(user->email);
  const auto wait = throttle.wait_of(account, request.peer);
  if (wait.count() > 0) return exchange->send(http::problem_response(request, too_many(wait)));
  throttle.failed(account, request.peer);
  answer_from_hashing(context, exchange,
                      [user = std::move(*user), password](Context& at, const http::Request& asked) {
                        return finish_register(at, asked, user, password);
                      });
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
    if (revoked && store::revoke_family(tx, use.family)) {
      note_session(tx, request, "session.reused", use.user, use.family);
    }
    if (use.state != store::RefreshState::good) return std::nullopt;
    const auto user = store::find_user_held(tx, use.user);
    if (!user) return std::nullopt;
    return open_session(tx, context, request, *user, use.family);
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
    if (use.state != store::RefreshState::unknown && store::revoke_family(tx, use.family)) {
      note_session(tx, request, "session.end", use.user, use.family);
    }
  });
  if (!done) return tl::unexpected(done.error());
  (void)context.grants.refresh();
  return http::Response{.status = 204};
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
}

}  // namespace monitron::api
