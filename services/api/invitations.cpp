// People are asked in by an administrator and choose their own password.

#include "store/invitations.hpp"

#include "access/roles.hpp"
#include "api/account_letters.hpp"
#include "api/accounts.hpp"
#include "api/hashing.hpp"
#include "api/people.hpp"
#include "api/resource.hpp"
#include "api/roles.hpp"
#include "api/sign_in.hpp"
#include "api/user_json.hpp"
#include "auth/password.hpp"
#include "auth/token.hpp"

namespace monitron::api {
namespace {

Json invitation_json(const store::Invitation& one) {
  return {{"id", one.id.str()},
          {"email", one.email},
          {"role", one.role},
          {"invited_by", id_or_null(one.invited_by)},
          {"created_at", to_rfc3339(one.created_at)},
          {"expires_at", to_rfc3339(one.expires_at)}};
}

Outcome<store::Invitation> read_invitation(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  store::Invitation one;
  one.email = fields.text("email", {.min = 1, .max = 254, .required = true});
  check_email(fields, one.email);
  one.role = fields.text("role", {.min = 1, .max = 63}, "viewer");
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return one;
}

Outcome<http::Response> invite(Context& context, const http::Request& request) {
  if (context.config.registration == Registration::off) {
    return refuse(Fault::denied, "invitations are off (MONITRON_API_REGISTRATION)");
  }
  auto invitation = read_invitation(request);
  if (!invitation) return tl::unexpected(invitation.error());
  const auto token = auth::make_token(auth::TokenKind::invitation);
  invitation->id = Uuid::make();
  invitation->hash = token.hash;
  invitation->expires_at = context.clock.now() + auth::kInvitationLifetime;
  if (const auto inviter = Uuid::parse(request.caller.id);
      inviter && request.caller.kind == "user") {
    invitation->invited_by = *inviter;
  }
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (store::find_user_by_email(tx, invitation->email)) {
      return refuse_fields({{"email", "taken", "has an account already"}});
    }
    if (const auto may = may_give_role(tx, request.caller, invitation->role); !may) {
      return tl::unexpected(may.error());
    }
    if (const auto earlier = store::find_invitation_to(tx, invitation->email)) {
      if (const auto may = may_touch(tx, request.caller, *earlier); !may) {
        return tl::unexpected(may.error());
      }
    }
    const auto made = store::put_invitation(tx, *invitation);
    store::append_audit(tx, audit_entry(request, "invitation.create", made.id.str(),
                                        {{"after", invitation_json(made)}}));
    send_letter(tx, invitation_letter(context.config.public_url, made.email,
                                      actor_of(tx, request.caller).name, token.text));
    return json_answer(201, invitation_json(made));
  });
}

Outcome<http::Response> revoke(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto there = store::find_invitation(tx, *id);
    if (!there) return refuse(Fault::not_found, "nothing has this id");
    if (const auto may = may_touch(tx, request.caller, *there); !may) {
      return tl::unexpected(may.error());
    }
    store::delete_invitation(tx, *id);
    store::append_audit(tx, audit_entry(request, "invitation.delete", id->str(),
                                        {{"before", invitation_json(*there)}}));
    return http::Response{.status = 204};
  });
}

struct Acceptance {
  std::string token;
  std::string name;
  std::string password;
};

Outcome<Acceptance> read_acceptance(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  Acceptance given;
  given.token = fields.text("token", {.min = 1, .max = 200, .required = true});
  given.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  given.password = fields.text("password", {.min = 1, .max = 2048, .required = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return given;
}

tl::unexpected<Refusal> bad_token() {
  return refuse_fields(
      {{"token", "invalid", "is unknown, used, taken back or too old: ask for a new invitation"}});
}

// What somebody may no longer give does not come by letter either.
std::optional<store::Invitation> good_invitation(pqxx::work& tx, const std::string& token) {
  auto found = store::find_invitation(tx, token);
  if (!found || !found->invited_by) return std::nullopt;
  const auto held = held_now(tx, {.kind = "user", .id = found->invited_by->str()}).everywhere;
  const auto given = access::permissions_of_role(tx, found->role);
  const bool may = held.count("users:write") > 0 && auth::lacking(given, held).empty();
  return may ? found : std::nullopt;
}

Outcome<http::Response> open_account(pqxx::work& tx, Context& context, const http::Request& request,
                                     const store::User& asked, const std::string& token) {
  if (store::find_user_by_email(tx, asked.email)) {
    return refuse(Fault::conflict, "this e-mail address has an account already");
  }
  if (!good_invitation(tx, token)) return bad_token();
  const auto taken = store::take_invitation(tx, token);
  if (!taken) return bad_token();
  auto row = asked;
  row.email = taken->email;
  row.role = taken->role;
  row.email_verified_at = context.clock.now();  // the letter has reached them
  const auto made = store::insert_user(tx, row);
  store::append_audit(tx, audit_entry(request, "user.invitation_accepted", made.id.str(),
                                      {{"after", user_json(made)}}));
  auto answer = let_in(tx, context, request, made);
  answer.status = 201;
  return answer;
}

// On a hashing thread; what is refused before costs no hash.
Outcome<http::Response> finish_acceptance(Context& context, const http::Request& request,
                                          const Acceptance& given) {
  const auto token = auth::token_hash(auth::TokenKind::invitation, given.token);
  if (!token || context.config.registration == Registration::off) return bad_token();
  const auto invitation =
      in_transaction(context.database, [&](pqxx::work& tx) { return good_invitation(tx, *token); });
  if (!invitation) return tl::unexpected(invitation.error());
  if (!*invitation) return bad_token();
  const auto& email = (*invitation)->email;
  if (const auto good = auth::check_password_rules(given.password, email, given.name); !good) {
    return refuse_fields({{"password", "invalid", good.error().text}});
  }
  const auto hash = auth::hash_password(given.password, context.config.bcrypt_cost);
  if (!hash) return tl::unexpected<Refusal>(hash.error());
  store::User user;
  user.id = Uuid::make();
  user.email = email;
  user.name = given.name;
  user.password_hash = *hash;
  return in_transaction(context.database, [&](pqxx::work& tx) {
    return open_account(tx, context, request, user, *token);
  });
}

void accept(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  auto given = read_acceptance(exchange->request());
  if (!given) return exchange->send(to_response(exchange->request(), given.error()));
  answer_from_hashing(context, exchange,
                      [given = std::move(*given)](Context& at, const http::Request& request) {
                        return finish_acceptance(at, request, given);
                      });
}

}  // namespace

void add_invitation_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/users/invitations", "users:read",
        [&context](const auto& request) {
          return list_answer(context.database, request, store::invitation_listing(),
                             store::list_invitations, invitation_json);
        });
  mount_once(router, context, "/api/v1/users/invitations", http::needs("users:write"),
             [&context](const auto& request) { return invite(context, request); });
  mount(router, Method::delete_, "/api/v1/users/invitations/:id", "users:write",
        [&context](const auto& request) { return revoke(context, request); });
  router.add_async(Method::post, "/api/v1/auth/invitations/accept", http::open_to_all(),
                   [&context](const auto& exchange) { accept(context, exchange); });
}

}  // namespace monitron::api
