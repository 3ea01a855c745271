// A second factor: one-time passwords of an application, and recovery codes for who has lost it.

#include "store/second_factor.hpp"

#include "api/account_letters.hpp"
#include "api/accounts.hpp"
#include "api/hashing.hpp"
#include "api/resource.hpp"
#include "api/roles.hpp"
#include "api/sign_in.hpp"
#include "auth/recovery_code.hpp"
#include "auth/token.hpp"
#include "auth/totp.hpp"
#include "base/bytes.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace monitron::api {
namespace {

// For guessing from many addresses by who has the password: of a million codes three are right.
constexpr std::chrono::minutes kLongestWait{15};

Uuid caller_id(const http::Request& request) {
  return Uuid::parse(request.caller.id).value_or(Uuid{});
}

// The one member of a body.
Outcome<std::string> read_only(const http::Request& request, const char* name) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  auto text = fields.text(name, {.min = 1, .max = 1024, .required = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return text;
}

Outcome<http::Response> state(Context& context, const http::Request& request) {
  const auto totp = in_transaction(
      context.database, [&](pqxx::work& tx) { return store::find_totp(tx, caller_id(request)); });
  if (!totp) return tl::unexpected(totp.error());
  const bool enabled = *totp && (*totp)->confirmed_at;
  return json_answer(200, {{"enabled", enabled},
                           {"confirmed_at", enabled ? time_or_null((*totp)->confirmed_at) : Json()},
                           {"recovery_codes_left", enabled ? (*totp)->recovery_codes : 0}});
}

constexpr const char* kChanged = "the password was changed at the same time";

// That the password which was compared is still the account's; it stays so in this transaction.
bool still_has(pqxx::work& tx, const store::User& user) {
  const auto now = store::find_user_to_change(tx, user.id);
  return now && now->password_hash == user.password_hash;
}

// On a hashing thread: the password, so that an open session alone locks nobody out.
Outcome<http::Response> enrol(Context& context, const http::Request& request,
                              const std::string& password) {
  const auto user = caller_by_password(context, request, password, "password");
  if (!user) return tl::unexpected(user.error());
  const auto secret = auth::make_totp_secret();
  const auto sealed = context.vault.seal(secret, store::totp_context(user->id));
  if (!sealed) return tl::unexpected<Refusal>(sealed.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (!still_has(tx, *user)) return refuse(Fault::conflict, kChanged);
    if (!store::put_totp(tx, user->id, *sealed)) {
      return refuse(Fault::conflict, "there is a second factor already: turn it off first");
    }
    store::append_audit(tx, audit_entry(request, "user.totp_enrolled", user->id.str()));
    return json_answer(201, {{"secret", to_base32(secret)},
                             {"uri", auth::totp_uri(secret, "Monitron", user->email)}});
  });
}

// Whether this is a code of the application, used up by this.
bool use_code(pqxx::work& tx, const Context& context, const Uuid& user, const store::Totp& totp,
              const std::string& code) {
  const auto secret = context.vault.open(totp.secret, store::totp_context(user));
  if (!secret) {
    log::error("totp.sealed", secret.error().text);
    return false;
  }
  const auto step = auth::match_totp(*secret, code, context.clock.now(), totp.last_step);
  return step && store::use_totp_step(tx, user, *step);
}

// Whether it is a code of the application or a recovery code, used up by this.
bool is_right(pqxx::work& tx, const Context& context, const store::User& user,
              const std::optional<store::Totp>& totp, const std::string& code) {
  if (!totp || !totp->confirmed_at) return false;
  if (use_code(tx, context, user.id, *totp, code)) return true;
  const auto recovery = auth::recovery_code_hash(code);
  return recovery && store::use_recovery_code(tx, user.id, *recovery);
}

Outcome<http::Response> confirm(Context& context, const http::Request& request) {
  const auto code = read_only(request, "code");
  if (!code) return tl::unexpected(code.error());
  const auto id = caller_id(request);
  const auto wait = context.throttles.codes.wait_of(id.str(), request.peer);
  if (wait.count() > 0) return refuse(too_many(wait));
  const auto codes = auth::make_recovery_codes();
  std::vector<std::string> hashes;
  Json shown = Json::array();
  for (const auto& one : codes) {
    hashes.push_back(one.hash);
    shown.push_back(one.text);
  }
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto user = store::find_user(tx, id);
    const auto totp = store::find_totp_held(tx, id);
    if (!user || !totp || totp->confirmed_at) {
      return refuse(Fault::conflict, "no second factor waits for being confirmed");
    }
    if (!use_code(tx, context, id, *totp, *code)) {
      context.throttles.codes.failed(id.str(), request.peer, kLongestWait);
      return refuse_fields({{"code", "invalid", "is not the code of now"}});
    }
    if (!store::confirm_totp(tx, id, hashes)) {
      return refuse(Fault::conflict, "it was confirmed at the same time");
    }
    store::append_audit(tx, audit_entry(request, "user.totp_enabled", id.str()));
    send_letter(tx, notice_letter(context.config.public_url, user->email,
                                  "The second factor of your account was turned on"));
    return json_answer(200, {{"recovery_codes", shown}});
  });
}

void turn_off(pqxx::work& tx, const Context& context, const http::Request& request,
              const store::User& user) {
  store::append_audit(tx, audit_entry(request, "user.totp_disabled", user.id.str()));
  send_letter(tx, notice_letter(context.config.public_url, user.email,
                                "The second factor of your account was turned off"));
}

struct Ending {
  std::string password;
  std::string code;
};

Outcome<Ending> read_ending(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  Ending ending;
  ending.password = fields.text("password", {.min = 1, .max = 1024, .required = true});
  ending.code = fields.text("code", {.max = 100});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return ending;
}

// On a hashing thread. Who has only the password gets rid of the second factor no more than in.
Outcome<http::Response> disable(Context& context, const http::Request& request,
                                const Ending& given) {
  const auto user = caller_by_password(context, request, given.password, "password");
  if (!user) return tl::unexpected(user.error());
  const auto account = user->id.str();
  auto& throttle = context.throttles.codes;
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (!still_has(tx, *user)) return refuse(Fault::conflict, kChanged);
    const auto totp = store::find_totp_held(tx, user->id);
    if (!totp) return http::Response{.status = 204};
    const auto wait = throttle.wait_of(account, request.peer);
    if (totp->confirmed_at && wait.count() > 0) return refuse(too_many(wait));
    if (totp->confirmed_at && !is_right(tx, context, *user, totp, given.code)) {
      throttle.failed(account, request.peer, kLongestWait);
      return refuse_fields({{"code", "invalid", "is neither the code of now nor a recovery code"}});
    }
    store::delete_totp(tx, user->id);
    turn_off(tx, context, request, *user);
    return http::Response{.status = 204};
  });
}

void ask_to_disable(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  auto given = read_ending(exchange->request());
  if (!given) return exchange->send(to_response(exchange->request(), given.error()));
  answer_from_hashing(context, exchange,
                      [given = std::move(*given)](Context& at, const http::Request& asked) {
                        return disable(at, asked, given);
                      });
}

// For who has lost application and recovery codes.
Outcome<http::Response> remove(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto user = store::find_user(tx, *id);
    if (!user) return refuse(Fault::not_found, "nothing has this id");
    if (const auto may = may_touch(tx, request.caller, *user); !may) {
      return tl::unexpected(may.error());
    }
    if (!store::delete_totp(tx, *id)) {
      return refuse(Fault::not_found, "this user has no second factor");
    }
    turn_off(tx, context, request, *user);
    return http::Response{.status = 204};
  });
}

struct Proof {
  std::string challenge;
  std::string code;
};

Outcome<Proof> read_proof(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  Proof proof;
  proof.challenge = fields.text("challenge_token", {.min = 1, .max = 200, .required = true});
  proof.code = fields.text("code", {.min = 1, .max = 100, .required = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return proof;
}

// What was tried is counted with the challenge, which is kept with the refusal, and in the memory
// of who guesses, across challenges. What has to wait was not tried.
Outcome<http::Response> prove(Context& context, const http::Request& request) {
  const auto proof = read_proof(request);
  if (!proof) return tl::unexpected(proof.error());
  const auto hash = auth::token_hash(auth::TokenKind::login_challenge, proof->challenge);
  if (!hash) return refuse(not_let_in("sign in again: the challenge is over"));
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto challenge = store::find_challenge_held(tx, *hash);
    const auto user = challenge ? store::find_user_held(tx, challenge->user) : std::nullopt;
    if (!user || user->token_version != challenge->token_version) {
      return refuse(not_let_in("sign in again: the challenge is over"));
    }
    const auto account = user->id.str();
    // One at a time, by however many challenges: a failure is known to who tries next.
    const auto totp = store::find_totp_held(tx, user->id);
    const auto wait = context.throttles.codes.wait_of(account, request.peer);
    if (wait.count() > 0) return refuse(too_many(wait));
    if (!is_right(tx, context, *user, totp, proof->code)) {
      store::count_attempt(tx, *hash);
      context.throttles.codes.failed(account, request.peer, kLongestWait);
      log::warning("login.failed", "second factor",
                   {{"peer", request.peer}, {"request_id", request.request_id}});
      return refuse(not_let_in("the code is wrong or was used before"));
    }
    context.throttles.codes.succeeded(account, request.peer);
    store::delete_challenge(tx, *hash);
    return begin_session(tx, context, request, *user);
  });
}

void ask_to_enrol(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  auto password = read_only(exchange->request(), "password");
  if (!password) return exchange->send(to_response(exchange->request(), password.error()));
  answer_from_hashing(context, exchange,
                      [given = std::move(*password)](Context& at, const http::Request& asked) {
                        return enrol(at, asked, given);
                      });
}

}  // namespace

void add_second_factor_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::post, "/api/v1/auth/login/verify", "",
        [&context](const auto& request) { return prove(context, request); });
  mount(router, Method::get, "/api/v1/me/totp", "session",
        [&context](const auto& request) { return state(context, request); });
  router.add_async(Method::post, "/api/v1/me/totp", http::needs("session"),
                   [&context](const auto& exchange) { ask_to_enrol(context, exchange); });
  mount(router, Method::post, "/api/v1/me/totp/confirm", "session",
        [&context](const auto& request) { return confirm(context, request); });
  router.add_async(Method::post, "/api/v1/me/totp/disable", http::needs("session"),
                   [&context](const auto& exchange) { ask_to_disable(context, exchange); });
  mount(router, Method::delete_, "/api/v1/users/:id/totp", "users:write",
        [&context](const auto& request) { return remove(context, request); });
}

}  // namespace monitron::api
