#include "api/email_verification.hpp"

#include "api/account_letters.hpp"
#include "api/accounts.hpp"
#include "api/resource.hpp"
#include "auth/token.hpp"
#include "store/account_tokens.hpp"

namespace monitron::api {
namespace {

using store::AccountTokenKind;

Outcome<std::string> read_token(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  auto token = fields.text("token", {.min = 1, .max = 200, .required = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return token;
}

Outcome<http::Response> verify(Context& context, const http::Request& request) {
  const auto token = read_token(request);
  if (!token) return tl::unexpected(token.error());
  const auto hash = auth::token_hash(auth::TokenKind::email_verification, *token);
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto user =
        hash ? store::take_account_token(tx, AccountTokenKind::email_verification, *hash)
             : std::nullopt;
    if (!user) {
      return refuse_fields(
          {{"token", "invalid", "is unknown, used or too old: ask for a new letter"}});
    }
    store::verify_email(tx, user->id);
    store::append_audit(
        tx, audit_entry(request, "user.email_verified", user->id.str(), {{"email", user->email}}));
    return http::Response{.status = 204};
  });
}

Outcome<http::Response> ask(Context& context, const http::Request& request) {
  const auto id = Uuid::parse(request.caller.id).value_or(Uuid{});
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto user = store::find_user(tx, id);
    if (!user) return refuse(Fault::not_found, "this account is gone");
    if (user->email_verified_at) return refuse(Fault::conflict, "the address is verified already");
    if (!ask_to_verify(tx, context, *user)) {
      return refuse(http::Problem{.status = 429,
                                  .detail = "a letter was sent within the last minute",
                                  .headers = {{"Retry-After", "60"}}});
    }
    return json_answer(202, {{"detail", "a letter is on its way to " + user->email}});
  });
}

}  // namespace

bool ask_to_verify(pqxx::work& tx, const Context& context, const store::User& user) {
  const auto token = auth::make_token(auth::TokenKind::email_verification);
  const bool put = store::put_account_token(
      tx, {.kind = AccountTokenKind::email_verification,
           .hash = token.hash,
           .user = user.id,
           .email = user.email,
           .expires_at = context.clock.now() + auth::kEmailVerificationLifetime});
  if (put) send_letter(tx, verification_letter(context.config.public_url, user, token.text));
  return put;
}

void add_email_verification_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::post, "/api/v1/auth/email/verify", "",
        [&context](const auto& request) { return verify(context, request); });
  mount(router, Method::post, "/api/v1/me/email-verification", "session",
        [&context](const auto& request) { return ask(context, request); });
}

}  // namespace monitron::api
