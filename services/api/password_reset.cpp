// A forgotten password is chosen anew by whoever reads the account's letters.

#include "api/account_letters.hpp"
#include "api/accounts.hpp"
#include "api/hashing.hpp"
#include "api/resource.hpp"
#include "api/sign_in.hpp"
#include "auth/password.hpp"
#include "auth/token.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "store/account_tokens.hpp"

namespace monitron::api {
namespace {

using store::AccountTokenKind;

Outcome<std::string> read_email(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  auto email = fields.text("email", {.min = 1, .max = 254, .required = true});
  if (!email.empty() && !is_email(email)) {
    fields.refuse("email", "invalid", "is not an e-mail address");
  }
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return email;
}

Outcome<void> ask_for_letter(Context& context, const http::Request& request,
                             const store::User& user) {
  const auto token = auth::make_token(auth::TokenKind::password_reset);
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const bool put = store::put_account_token(
        tx, {.kind = AccountTokenKind::password_reset,
             .hash = token.hash,
             .user = user.id,
             .email = user.email,
             .expires_at = context.clock.now() + auth::kPasswordResetLifetime});
    if (!put) return;  // a letter is on its way already
    send_letter(tx, password_reset_letter(context.config.public_url, user, token.text));
    store::append_audit(tx, audit_entry(request, "user.password_forgotten", user.id.str()));
  });
}

void forgot(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  const auto email = read_email(request);
  if (!email) return exchange->send(to_response(request, email.error()));
  const auto account = to_lower(*email);
  const auto wait = context.throttles.letters.wait_of(account, request.peer);
  if (wait.count() > 0) return exchange->send(http::problem_response(request, too_many(wait)));
  context.throttles.letters.failed(account, request.peer);
  const auto user = in_transaction(
      context.database, [&](pqxx::work& tx) { return store::find_user_by_email(tx, *email); });
  if (!user) return exchange->send(to_response(request, user.error()));
  exchange->send(json_answer(202, {{"detail",
                                    "if there is an account with this address, a letter is on its "
                                    "way to it"}}));
  // After the answer, so that its time does not tell whether there is an account.
  if (!*user) return;
  if (const auto asked = ask_for_letter(context, request, **user); !asked) {
    log::error("password_reset.letter", "it could not be asked for",
               {{"request_id", request.request_id}});
  }
}

struct Reset {
  std::string token;
  std::string password;
};

Outcome<Reset> read_reset(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  Reset reset;
  reset.token = fields.text("token", {.min = 1, .max = 200, .required = true});
  reset.password = fields.text("password", {.min = 1, .max = 2048, .required = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return reset;
}

tl::unexpected<Refusal> bad_token() {
  return refuse_fields({{"token", "invalid", "is unknown, used or too old: ask for a new letter"}});
}

// The token goes in the transaction that it is used in; before, what is refused costs no hash.
Outcome<http::Response> finish_reset(Context& context, const http::Request& request,
                                     const Reset& given) {
  const auto token = auth::token_hash(auth::TokenKind::password_reset, given.token);
  if (!token) return bad_token();
  const auto kind = AccountTokenKind::password_reset;
  const auto user = in_transaction(context.database, [&](pqxx::work& tx) {
    return store::account_token_user(tx, kind, *token);
  });
  if (!user) return tl::unexpected(user.error());
  if (!*user) return bad_token();
  if (const auto good = auth::check_password_rules(given.password, (*user)->email, (*user)->name);
      !good) {
    return refuse_fields({{"password", "invalid", good.error().text}});
  }
  const auto hash = auth::hash_password(given.password, context.config.bcrypt_cost);
  if (!hash) return tl::unexpected<Refusal>(hash.error());
  auto answer = in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto taken = store::take_account_token(tx, kind, *token);
    if (!taken) return bad_token();
    store::set_password(tx, taken->id, *hash);
    store::verify_email(tx, taken->id);
    store::append_audit(
        tx, audit_entry(request, "user.password_reset", taken->id.str(), {{"by", "letter"}}));
    send_letter(tx, password_changed_letter(context.config.public_url, *taken));
    return http::Response{.status = 204};
  });
  (void)context.grants.refresh();
  if (answer) context.throttles.passwords.succeeded(to_lower((*user)->email), request.peer);
  return answer;
}

void reset(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  auto given = read_reset(exchange->request());
  if (!given) return exchange->send(to_response(exchange->request(), given.error()));
  answer_from_hashing(context, exchange,
                      [given = std::move(*given)](Context& at, const http::Request& request) {
                        return finish_reset(at, request, given);
                      });
}

}  // namespace

void add_password_reset_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add_async(Method::post, "/api/v1/auth/password/forgot", http::open_to_all(),
                   [&context](const auto& exchange) { forgot(context, exchange); });
  router.add_async(Method::post, "/api/v1/auth/password/reset", http::open_to_all(),
                   [&context](const auto& exchange) { reset(context, exchange); });
}

}  // namespace monitron::api
