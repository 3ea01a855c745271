// Accounts, for admins; and the first of them.

#include "access/roles.hpp"
#include "api/accounts.hpp"
#include "api/hashing.hpp"
#include "api/resource.hpp"
#include "api/roles.hpp"
#include "api/user_json.hpp"
#include "auth/password.hpp"
#include "base/log.hpp"

namespace monitron::api {
namespace {

// On a hashing thread.
Outcome<http::Response> create(Context& context, const http::Request& request) {
  std::string password;
  auto user = read_new_user(request, true, password);
  if (!user) return tl::unexpected(user.error());
  auto hash = auth::hash_password(password, context.config.bcrypt_cost);
  if (!hash) return tl::unexpected<Refusal>(hash.error());
  user->password_hash = std::move(*hash);
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (store::find_user_by_email(tx, user->email)) {
      return refuse(Fault::conflict, "this e-mail address has an account already");
    }
    if (const auto may = may_give_role(tx, request.caller, user->role); !may) {
      return tl::unexpected(may.error());
    }
    const auto made = store::insert_user(tx, *user);
    store::append_audit(
        tx, audit_entry(request, "user.create", made.id.str(), {{"after", user_json(made)}}));
    auto response = with_etag(json_answer(201, user_json(made)), made.version);
    response.headers.emplace_back("Location", "/api/v1/users/" + made.id.str());
    return response;
  });
}

struct UserPatch {
  std::optional<std::string> email, name, role, password;
};

Outcome<UserPatch> read_patch(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  UserPatch patch;
  for (const auto* name : {"email", "name", "role", "password"}) {
    if (body->contains(name) && !fields.has(name)) {
      fields.refuse(name, "invalid", "must not be null");
    }
  }
  if (fields.has("email")) patch.email = fields.text("email", {.min = 1, .max = 254});
  if (fields.has("name")) patch.name = fields.text("name", {.max = 200});
  if (fields.has("role")) patch.role = fields.text("role", {.min = 1, .max = 63});
  if (fields.has("password")) patch.password = fields.text("password", {.min = 1, .max = 2048});
  if (patch.email) check_email(fields, *patch.email);
  fields.ignore({"id", "email_verified_at", "created_at", "updated_at", "version", "email", "name",
                 "role", "password"});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return patch;
}

Outcome<void> may_become(pqxx::work& tx, const http::Caller& caller, const store::User& user,
                         const UserPatch& patch) {
  if (auto may = may_touch(tx, caller, user); !may) return may;
  if (!patch.role || *patch.role == user.role) return {};
  return may_give_role(tx, caller, *patch.role);
}

Outcome<http::Response> apply(Context& context, const http::Request& request, const Uuid& id,
                              const UserPatch& patch, const std::string& hash) {
  auto answer = in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const int admins = store::count_admins_locked(tx);
    auto user = store::find_user(tx, id);
    if (!user) return refuse(Fault::not_found, "nothing has this id");
    const auto before = user_json(*user);
    if (const auto match = check_if_match(request, user->version); !match) {
      return tl::unexpected(match.error());
    }
    if (const auto may = may_become(tx, request.caller, *user, patch); !may) {
      return tl::unexpected(may.error());
    }
    const auto role = patch.role.value_or(user->role);
    if (user->role == "admin" && role != "admin" && admins <= 1) {
      return refuse(Fault::conflict, "the last administrator stays one");
    }
    // What somebody could do with the old role or password ends with it.
    const bool ends_sessions = role != user->role || !hash.empty();
    if (ends_sessions) ++user->token_version;
    user->role = role;
    user->email = patch.email.value_or(user->email);
    user->name = patch.name.value_or(user->name);
    if (!hash.empty()) user->password_hash = hash;
    const auto after = store::update_user(tx, *user);
    if (!after) return refuse(Fault::conflict, "somebody changed it at the same time");
    if (ends_sessions) store::revoke_sessions(tx, id);
    store::append_audit(tx, audit_entry(request, "user.update", id.str(),
                                        {{"before", before},
                                         {"after", user_json(*after)},
                                         {"password_changed", !hash.empty()}}));
    return with_etag(json_answer(200, user_json(*after)), after->version);
  });
  (void)context.grants.refresh();
  return answer;
}

// On a hashing thread. A password is judged by the words of the account as it will be.
Outcome<http::Response> with_password(Context& context, const http::Request& request,
                                      const Uuid& id, const UserPatch& patch) {
  const auto user =
      in_transaction(context.database, [&](pqxx::work& tx) { return store::find_user(tx, id); });
  if (!user) return tl::unexpected(user.error());
  if (!*user) return refuse(Fault::not_found, "nothing has this id");
  const auto good = auth::check_password_rules(
      *patch.password, patch.email.value_or((*user)->email), patch.name.value_or((*user)->name));
  if (!good) return refuse_fields({{"password", "invalid", good.error().text}});
  const auto hash = auth::hash_password(*patch.password, context.config.bcrypt_cost);
  if (!hash) return tl::unexpected<Refusal>(hash.error());
  return apply(context, request, id, patch, *hash);
}

void change(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  const auto id = only_id(request);
  if (!id) return exchange->send(to_response(request, id.error()));
  auto patch = read_patch(request);
  if (!patch) return exchange->send(to_response(request, patch.error()));
  if (!patch->password) {
    return exchange->send(to_response(request, apply(context, request, *id, *patch, "")));
  }
  answer_from_hashing(context, exchange,
                      [id = *id, patch = *patch](Context& at, const http::Request& asked) {
                        return with_password(at, asked, id, patch);
                      });
}

Outcome<http::Response> remove(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  auto answer = in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const int admins = store::count_admins_locked(tx);
    const auto user = store::find_user(tx, *id);
    if (!user) return refuse(Fault::not_found, "nothing has this id");
    if (const auto may = may_touch(tx, request.caller, *user); !may) {
      return tl::unexpected(may.error());
    }
    if (user->role == "admin" && admins <= 1) {
      return refuse(Fault::conflict, "the last administrator cannot be deleted");
    }
    if (const auto match = check_if_match(request, user->version); !match) {
      return tl::unexpected(match.error());
    }
    store::delete_user(tx, *id);
    store::append_audit(
        tx, audit_entry(request, "user.delete", id->str(), {{"before", user_json(*user)}}));
    return http::Response{.status = 204};
  });
  (void)context.grants.refresh();
  return answer;
}

Outcome<http::Response> get(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  auto user =
      in_transaction(context.database, [&](pqxx::work& tx) { return store::find_user(tx, *id); });
  if (!user) return tl::unexpected(user.error());
  if (!*user) return refuse(Fault::not_found, "nothing has this id");
  return with_etag(json_answer(200, user_json(**user)), (*user)->version);
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  return list_answer(context.database, request, store::user_listing(), store::list_users,
                     user_json);
}

}  // namespace

void check_email(Fields& fields, const std::string& email) {
  if (!email.empty() && !is_email(email)) {
    fields.refuse("email", "invalid", "is not an e-mail address");
  }
}

void check_password(Fields& fields, const std::string& password, const store::User& user) {
  if (const auto good = auth::check_password_rules(password, user.email, user.name); !good) {
    fields.refuse("password", "invalid", good.error().text);
  }
}

Json user_json(const store::User& user) {
  return {{"id", user.id.str()},
          {"email", user.email},
          {"name", user.name},
          {"role", user.role},
          {"email_verified_at", time_or_null(user.email_verified_at)},
          {"version", user.version},
          {"created_at", to_rfc3339(user.created_at)},
          {"updated_at", to_rfc3339(user.updated_at)}};
}

Json account_json(pqxx::work& tx, const store::User& user) {
  auto json = user_json(user);
  const auto held = access::held_by(tx, user);
  json["permissions"] = held.everywhere;
  json["limited"] = Json::array();
  for (const auto& [permissions, labels] : held.limited) {
    json["limited"].push_back({{"permissions", permissions}, {"labels", labels}});
  }
  return json;
}

Outcome<store::User> read_new_user(const http::Request& request, bool with_role,
                                   std::string& password) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  store::User user;
  user.id = Uuid::make();
  user.email = fields.text("email", {.min = 1, .max = 254, .required = true});
  user.name = fields.text("name", {.max = 200});
  user.role = "viewer";
  if (with_role) user.role = fields.text("role", {.min = 1, .max = 63}, "viewer");
  password = fields.text("password", {.min = 1, .max = 2048, .required = true});
  check_email(fields, user.email);
  if (!password.empty()) check_password(fields, password, user);
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return user;
}

void add_user_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/users", "users:read",
        [&context](const auto& request) { return list(context, request); });
  auto making = http::needs("users:write");
  making.once = true;
  const auto made_once =
      once(context, [&context](const auto& request) { return create(context, request); });
  router.add_async(
      Method::post, "/api/v1/users", making, [&context, made_once](const auto& exchange) {
        answer_from_hashing(context, exchange,
                            [made_once](auto&, const auto& asked) { return made_once(asked); });
      });
  mount(router, Method::get, "/api/v1/users/:id", "users:read",
        [&context](const auto& request) { return get(context, request); });
  router.add_async(Method::patch, "/api/v1/users/:id", http::needs("users:write"),
                   [&context](const auto& exchange) { change(context, exchange); });
  mount(router, Method::delete_, "/api/v1/users/:id", "users:write",
        [&context](const auto& request) { return remove(context, request); });
}

Result<void> make_first_admin(Context& context) {
  const auto& config = context.config;
  if (config.admin_email.empty() || config.admin_password.empty()) return {};
  const auto admins =
      context.database.transact([&](pqxx::work& tx) { return store::count_admins_locked(tx); });
  if (!admins) return fail(admins.error());
  if (*admins > 0) return {};
  const auto hash = auth::hash_password(config.admin_password, config.bcrypt_cost);
  if (!hash) return fail(hash.error());
  store::User user{.id = Uuid::make(),
                   .email = config.admin_email,
                   .name = "Administrator",
                   .role = "admin",
                   .password_hash = *hash};
  const auto made = context.database.transact([&](pqxx::work& tx) {
    store::insert_user(tx, user);
    http::Request nobody;
    store::append_audit(tx,
                        audit_entry(nobody, "user.create", user.id.str(), {{"first_admin", true}}));
  });
  if (!made && made.error().fault == Fault::conflict) return {};  // the other replica was quicker
  if (made) log::info("admin.created", "first administrator made", {{"email", config.admin_email}});
  return made;
}

}  // namespace monitron::api
