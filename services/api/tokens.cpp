#include "api/tokens.hpp"

#include "api/resource.hpp"
#include "api/roles.hpp"
#include "auth/roles.hpp"
#include "auth/token.hpp"
#include "store/tokens.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::seconds kTicketLifetime{30};

Json token_json(const store::ApiToken& token) {
  return {{"id", token.id.str()},
          {"name", token.name},
          {"scopes", token.scopes},
          {"prefix", token.prefix},
          {"server_id", id_or_null(token.instance_id)},
          {"created_at", to_rfc3339(token.created_at)},
          {"expires_at", time_or_null(token.expires_at)},
          {"last_used_at", time_or_null(token.last_used_at)}};
}

void check_expiry(const Context& context, Fields& fields,
                  const std::optional<Instant>& expires_at) {
  if (expires_at && *expires_at <= context.clock.now()) {
    fields.refuse("expires_at", "invalid", "must be in the future");
  }
}

// Nobody hands on more than he has.
void check_scope(const http::Caller& caller, Fields& fields, std::size_t i,
                 const std::string& scope) {
  const auto field = "scopes[" + std::to_string(i) + "]";
  if (!auth::is_scope(scope)) {
    return fields.refuse(field, "invalid",
                         "must be read, write, ingest or a permission that is not about accounts");
  }
  for (const auto& permission : auth::permissions_of_scopes({scope})) {
    if (caller.may_somewhere(permission)) continue;  // and the token may it there
    return fields.refuse(field, "denied", "you have no permission " + permission + " yourself");
  }
}

Outcome<store::ApiToken> read_token(const Context& context, const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  store::ApiToken token;
  token.id = Uuid::make();
  token.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  token.scopes = fields.texts("scopes", kMostPermissions, 40);
  for (std::size_t i = 0; i < token.scopes.size(); ++i) {
    check_scope(request.caller, fields, i, token.scopes[i]);
  }
  if (token.scopes.empty() && errors.empty()) fields.refuse("scopes", "required", "is missing");
  token.expires_at = fields.time("expires_at");
  check_expiry(context, fields, token.expires_at);
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return token;
}

Outcome<http::Response> create_token(Context& context, const http::Request& request) {
  auto token = read_token(context, request);
  if (!token) return tl::unexpected(token.error());
  const auto secret = auth::make_token(auth::TokenKind::api);
  token->hash = secret.hash;
  token->prefix = secret.prefix;
  if (const auto user = Uuid::parse(request.caller.id)) token->created_by = *user;
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto made = store::insert_api_token(tx, *token);
    auto body = token_json(made);
    store::append_audit(tx, audit_entry(request, "token.create", made.id.str(), {{"after", body}}));
    body["token"] = secret.text;
    return json_answer(201, body);
  });
}

Outcome<http::Response> list_tokens(Context& context, const http::Request& request) {
  const auto query = page_query(request, store::api_token_listing());
  if (!query) return tl::unexpected(query.error());
  // Everybody sees the own ones, administrators all.
  std::optional<Uuid> owner;
  if (!request.caller.may("tokens:read")) owner = Uuid::parse(request.caller.id).value_or(Uuid{});
  const auto page = in_transaction(
      context.database, [&](pqxx::work& tx) { return store::list_api_tokens(tx, *query, owner); });
  if (!page) return tl::unexpected(page.error());
  return page_answer(request, *page, token_json);
}

Outcome<http::Response> delete_token(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto token = store::find_api_token_by_id(tx, *id);
    if (!token || !store::revoke_api_token(tx, *id)) {
      return refuse(Fault::not_found, "nothing has this id");
    }
    store::append_audit(
        tx, audit_entry(request, "token.delete", id->str(), {{"before", token_json(*token)}}));
    return http::Response{.status = 204};
  });
}

}  // namespace

void add_token_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/tokens", "session",
        [&context](const auto& request) { return list_tokens(context, request); });
  mount(router, Method::post, "/api/v1/tokens", "tokens:write",
        [&context](const auto& request) { return create_token(context, request); });
  mount(router, Method::delete_, "/api/v1/tokens/:id", "tokens:write",
        [&context](const auto& request) { return delete_token(context, request); });
}

void add_ticket_routes(http::Router& router, Context& context) {
  const auto create = [&context](const http::Request& request) -> Outcome<http::Response> {
    auth::Claims claims;
    claims.id = Uuid::make().str();
    claims.subject = request.caller.id;
    claims.session = request.caller.kind == "user" ? request.caller.name : "";
    claims.role = request.caller.kind;
    // The caller was let in with this version; the stream looks at it again every few seconds.
    claims.version = context.grants.version_of(request.caller.id);
    const auto made = in_transaction(context.database, [&](pqxx::work& tx) {
      store::insert_ticket(tx, claims.id, context.clock.now() + kTicketLifetime + auth::kLeeway);
    });
    if (!made) return tl::unexpected(made.error());
    // The signature's leeway is meant for clocks that differ; a ticket gets none of it.
    const auto ticket =
        context.jwt.sign(auth::Use::ticket, claims, kTicketLifetime - auth::kLeeway);
    return json_answer(201, {{"ticket", ticket}, {"expires_in", kTicketLifetime.count()}});
  };
  mount(router, http::Method::post, "/api/v1/stream/tickets", "session", create);
}

}  // namespace monitron::api
