// The own account: who it is, and where it is signed in.

#include "api/account_letters.hpp"
#include "api/accounts.hpp"
#include "api/email_verification.hpp"
#include "api/hashing.hpp"
#include "api/resource.hpp"
#include "api/sign_in.hpp"
#include "api/user_json.hpp"
#include "base/text.hpp"

namespace monitron::api {
namespace {

Uuid caller_id(const http::Request& request) {
  return Uuid::parse(request.caller.id).value_or(Uuid{});
}

Uuid caller_session(const http::Request& request) {
  return Uuid::parse(request.caller.name).value_or(Uuid{});
}

Outcome<http::Response> me(Context& context, const http::Request& request) {
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto user = store::find_user(tx, caller_id(request));
    if (!user) return refuse(Fault::not_found, "this account is gone");
    return with_etag(json_answer(200, account_json(tx, *user)), user->version);
  });
}

struct Profile {
  std::optional<std::string> name, email;
  std::string password;
};

Outcome<Profile> read_profile(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  Profile profile;
  for (const auto* name : {"name", "email"}) {
    if (body->contains(name) && !fields.has(name)) {
      fields.refuse(name, "invalid", "must not be null");
    }
  }
  if (fields.has("name")) profile.name = fields.text("name", {.max = 200});
  if (fields.has("email")) profile.email = fields.text("email", {.min = 1, .max = 254});
  if (profile.email) check_email(fields, *profile.email);
  profile.password = fields.text("password", {.max = 1024});
  fields.ignore(
      {"id", "role", "email_verified_at", "created_at", "updated_at", "version", "name", "email"});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return profile;
}

Outcome<http::Response> store_profile(Context& context, const http::Request& request,
                                      const Profile& profile, bool by_password) {
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    auto user = store::find_user(tx, caller_id(request));
    if (!user) return refuse(Fault::not_found, "this account is gone");
    if (const auto match = check_if_match(request, user->version); !match) {
      return tl::unexpected(match.error());
    }
    const auto before = *user;
    user->name = profile.name.value_or(user->name);
    user->email = profile.email.value_or(user->email);
    const bool moved = to_lower(user->email) != to_lower(before.email);
    if (moved && !by_password) {
      return refuse_fields({{"password", "required", "is needed to change the address"}});
    }
    // Each new address gets a letter, whosever it is, or tells that it has an account.
    auto& throttle = context.throttles.letters;
    const auto account = "account " + user->id.str();
    if (const auto wait = throttle.wait_of(account, ""); moved && wait.count() > 0) {
      return refuse(too_many(wait));
    }
    if (moved) throttle.failed(account, "");
    const auto taken = store::find_user_by_email(tx, user->email);
    if (taken && taken->id != user->id) {
      return refuse_fields({{"email", "taken", "has an account already"}});
    }
    const auto after = store::update_user(tx, *user);
    if (!after) return refuse(Fault::conflict, "somebody changed it at the same time");
    store::append_audit(tx,
                        audit_entry(request, "user.profile", after->id.str(),
                                    {{"before", user_json(before)}, {"after", user_json(*after)}}));
    if (moved) {
      send_letter(tx, notice_letter(context.config.public_url, before.email,
                                    "The address of your account was changed"));
      ask_to_verify(tx, context, *after);
    }
    return with_etag(json_answer(200, account_json(tx, *after)), after->version);
  });
}

// A new address is where letters for a new password go: whoever found a session open does not get
// the account by it.
void change(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  auto profile = read_profile(request);
  if (!profile) return exchange->send(to_response(request, profile.error()));
  if (!profile->email || profile->password.empty()) {
    return exchange->send(to_response(request, store_profile(context, request, *profile, false)));
  }
  answer_from_hashing(context, exchange,
                      [given = std::move(*profile)](
                          Context& at, const http::Request& asked) -> Outcome<http::Response> {
                        const auto user = caller_by_password(at, asked, given.password, "password");
                        if (!user) return tl::unexpected(user.error());
                        return store_profile(at, asked, given, true);
                      });
}

Json session_json(const store::SessionRow& row, const Uuid& current) {
  return {{"id", row.id.str()},
          {"created_at", to_rfc3339(row.created_at)},
          {"last_used_at", to_rfc3339(row.last_used_at)},
          {"expires_at", to_rfc3339(row.expires_at)},
          {"address", row.address},
          {"user_agent", row.user_agent},
          {"current", row.id == current}};
}

Outcome<http::Response> sessions(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto rows = in_transaction(context.database, [&](pqxx::work& tx) {
    return store::list_sessions(tx, caller_id(request));
  });
  if (!rows) return tl::unexpected(rows.error());
  Json items = Json::array();
  for (const auto& row : *rows) items.push_back(session_json(row, caller_session(request)));
  return page_answer(request, std::move(items), "");
}

Outcome<http::Response> end_session(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  auto answer = in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (!store::revoke_session(tx, caller_id(request), *id)) {
      return refuse(Fault::not_found, "nothing has this id");
    }
    store::append_audit(tx, audit_entry(request, "session.end", id->str()));
    return http::Response{.status = 204};
  });
  (void)context.grants.refresh();
  return answer;
}

Outcome<http::Response> end_other_sessions(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  auto answer = in_transaction(context.database, [&](pqxx::work& tx) {
    store::revoke_other_sessions(tx, caller_id(request), caller_session(request));
    store::append_audit(tx, audit_entry(request, "session.end_others", request.caller.id));
    return http::Response{.status = 204};
  });
  (void)context.grants.refresh();
  return answer;
}

}  // namespace

void add_profile_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/me", "session",
        [&context](const auto& request) { return me(context, request); });
  router.add_async(Method::patch, "/api/v1/me", http::needs("session"),
                   [&context](const auto& exchange) { change(context, exchange); });
  mount(router, Method::get, "/api/v1/me/sessions", "session",
        [&context](const auto& request) { return sessions(context, request); });
  mount(router, Method::delete_, "/api/v1/me/sessions", "session",
        [&context](const auto& request) { return end_other_sessions(context, request); });
  mount(router, Method::delete_, "/api/v1/me/sessions/:id", "session",
        [&context](const auto& request) { return end_session(context, request); });
}

}  // namespace monitron::api
