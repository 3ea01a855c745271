// Enrolment: a token that lets new agents in, and what an agent gets for it.

#include "access/roles.hpp"
#include "api/instance_json.hpp"
#include "api/resource.hpp"
#include "api/roles.hpp"
#include "api/tokens.hpp"
#include "auth/token.hpp"
#include "store/tokens.hpp"

namespace monitron::api {
namespace {

Json enrolment_json(const store::EnrolmentToken& token) {
  return {{"id", token.id.str()},
          {"name", token.name},
          {"prefix", token.prefix},
          {"created_at", to_rfc3339(token.created_at)},
          {"expires_at", time_or_null(token.expires_at)},
          {"max_uses", token.max_uses ? Json(*token.max_uses) : Json(nullptr)},
          {"uses", token.uses}};
}

// What an agent may that was let in.
const auth::Permissions& of_agents() {
  static const auto all = auth::permissions_of_scopes({"ingest"});
  return all;
}

Outcome<http::Response> create(Context& context, const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  store::EnrolmentToken token;
  token.id = Uuid::make();
  token.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  token.expires_at = fields.time("expires_at");
  if (token.expires_at && *token.expires_at <= context.clock.now()) {
    fields.refuse("expires_at", "invalid", "must be in the future");
  }
  if (fields.has("max_uses"))
    token.max_uses = fields.integer("max_uses", 1, 1'000'000, std::nullopt);
  fields.ignore({"max_uses"});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  const auto secret = auth::make_token(auth::TokenKind::enrolment);
  token.hash = secret.hash;
  token.prefix = secret.prefix;
  if (const auto user = Uuid::parse(request.caller.id)) token.created_by = *user;
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (auto may = within_own(tx, request.caller, {of_agents(), {}}, "let agents in"); !may) {
      return tl::unexpected(may.error());
    }
    const auto made = store::insert_enrolment_token(tx, token);
    auto answer = enrolment_json(made);
    store::append_audit(
        tx, audit_entry(request, "enrolment_token.create", made.id.str(), {{"after", answer}}));
    answer["token"] = secret.text;
    return json_answer(201, answer);
  });
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  return list_answer(context.database, request, store::enrolment_token_listing(),
                     store::list_enrolment_tokens, enrolment_json);
}

Outcome<http::Response> remove(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    if (!store::delete_enrolment_token(tx, *id)) {
      return refuse(Fault::not_found, "nothing has this id");
    }
    store::append_audit(tx, audit_entry(request, "enrolment_token.delete", id->str()));
    return http::Response{.status = 204};
  });
}

// Good as long as who made it may make such.
std::optional<store::EnrolmentToken> claim(pqxx::work& tx, const std::string& hash) {
  auto needed = of_agents();
  needed.insert("enrolment:write");
  return store::claim_enrolment_token(tx, hash, access::roles_with(tx, needed));
}

// A token of its own, for who came with an enrolment token.
http::Response admit(pqxx::work& tx, const http::Request& request, const Uuid& enrolment_token,
                     const store::Instance& instance) {
  const auto secret = auth::make_token(auth::TokenKind::api);
  store::insert_api_token(tx, {.id = Uuid::make(),
                               .name = "agent " + instance.hostname.substr(0, 180),
                               .hash = secret.hash,
                               .prefix = secret.prefix,
                               .scopes = {"ingest"},
                               .instance_id = instance.id});
  store::append_audit(tx, audit_entry(request, "agent.enrol", instance.id.str(),
                                      {{"enrolment_token", enrolment_token.str()}}));
  return json_answer(201, {{"server_id", instance.id.str()}, {"token", secret.text}});
}

tl::unexpected<Refusal> refuse_second_agent() {
  return refuse(Fault::conflict,
                "an agent of this host is at work: let it go first (DELETE /api/v1/agents/{id})");
}

// A host that was there before keeps its id, and the labels that it has.
Outcome<http::Response> enrol(Context& context, const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  const auto presented = fields.text("enrolment_token", {.min = 1, .max = 200, .required = true});
  const auto registration = read_registration(fields);
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  const auto hash = auth::token_hash(auth::TokenKind::enrolment, presented);
  std::optional<tl::unexpected<Refusal>> refused;
  const auto work = [&](pqxx::work& tx) -> Result<Outcome<http::Response>> {
    const auto claimed = hash ? claim(tx, *hash) : std::nullopt;
    if (!claimed) {
      return Outcome<http::Response>(
          refuse(http::Problem{.status = 401, .detail = "the enrolment token is not valid"}));
    }
    const auto registered = store::register_instance(tx, registration, store::IfKnown::complete);
    if (!registered) {
      refused = refuse_labels();
    } else if (!store::displace_agents(tx, registered->instance.id)) {
      refused = refuse_second_agent();
    }
    // Rolled back: the enrolment token is as good as before.
    if (refused) return fail(Fault::invalid, "not let in");
    return Outcome<http::Response>(admit(tx, request, claimed->id, registered->instance));
  };
  auto answer = in_transaction(context.database, work);
  if (refused) return *refused;
  return answer;
}

}  // namespace

void add_enrolment_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/enrolment-tokens", "enrolment:read",
        [&context](const auto& request) { return list(context, request); });
  mount(router, Method::post, "/api/v1/enrolment-tokens", "enrolment:write",
        [&context](const auto& request) { return create(context, request); });
  mount(router, Method::delete_, "/api/v1/enrolment-tokens/:id", "enrolment:write",
        [&context](const auto& request) { return remove(context, request); });
  mount(router, Method::post, "/api/v1/agents/enrol", "",
        [&context](const auto& request) { return enrol(context, request); });
}

}  // namespace monitron::api
