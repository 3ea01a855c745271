// What people do about incidents: acknowledge, assign, note. Each act is a row of its own, told to
// all who look on; what contradicts where the incident stands is refused by domain::apply.

#include "store/incident_actions.hpp"

#include "api/channels.hpp"
#include "api/incident_json.hpp"
#include "api/people.hpp"
#include "api/resource.hpp"
#include "api/rules.hpp"
#include "contracts/incident_changed.hpp"
#include "store/outbox.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kLongestText = 4000;

// What somebody asks for.
struct Asked {
  store::IncidentAct act{};
  std::string text{};  // the comment or the note
};

domain::IncidentEvent event_of(const store::IncidentAct& act, const std::string& by, Instant at) {
  domain::IncidentEvent event{at, domain::Noted{}};
  std::visit([&](const auto& what) { event.what = what; }, act);
  if (auto* given = std::get_if<domain::Acknowledged>(&event.what)) given->by = by;
  return event;
}

// Remembers the act and tells of it.
Outcome<void> act_on(pqxx::work& tx, const http::Request& request, const store::Incident& incident,
                     const Asked& asked) {
  const auto actor = actor_of(tx, request.caller);
  auto state = incident.state;
  if (const auto done = domain::apply(state, event_of(asked.act, actor.name, incident.as_of));
      !done) {
    return refuse(done.error().fault, done.error().text);
  }
  const auto at = store::add_act(tx, incident.id, actor, asked.act, asked.text);
  const std::string kind(store::kind_of(asked.act));
  store::append_audit(
      tx, audit_entry(request, "incident." + kind, incident.id.str(), {{"text", asked.text}}));
  std::optional<UserId> audience;
  if (incident.audience) audience = UserId{*incident.audience};
  store::kApiOutbox.append(tx, contracts::to_message(contracts::IncidentChanged{
                                   .change_id = Uuid::make(),
                                   .incident_id = IncidentId{incident.id},
                                   .action = kind,
                                   .state = std::string(to_string(state.status)),
                                   .by = actor.name,
                                   .at = at,
                                   .labels = incident.labels,
                                   .audience = audience}));
  return {};
}

// Whoever has the permission for it, and the person whose own threshold the incident is about.
Outcome<void> may_act(pqxx::work& tx, const http::Caller& caller, const store::Incident& incident,
                      const std::string& permission) {
  const bool is_theirs = incident.audience && caller.id == incident.audience->str();
  if (is_theirs || store::is_told_in_scope(tx, scope_of(caller, permission), incident.labels)) {
    return {};
  }
  return refuse(Fault::denied, "this needs the permission " + permission);
}

// `permission` is needed besides that of the route, `seeing`. `ask` reads what is asked for in the
// transaction; `status`: of the answer with the incident as it is then, 204: without it.
template <class Ask>
Outcome<http::Response> act(Context& context, const http::Request& request, const char* seeing,
                            const char* permission, int status, Ask ask) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto incident = store::lock_incident(tx, *id);
    if (!incident || !is_told(tx, request.caller, seeing, *incident)) {
      return refuse(Fault::not_found, "nothing has this id");
    }
    if (const auto may = may_act(tx, request.caller, *incident, permission); !may) {
      return tl::unexpected(may.error());
    }
    if (const auto match = check_if_match(request, store::version_of(tx, *id)); !match) {
      return tl::unexpected(match.error());
    }
    const Outcome<Asked> asked = ask(tx);
    if (!asked) return tl::unexpected(asked.error());
    if (const auto done = act_on(tx, request, *incident, *asked); !done) {
      return tl::unexpected(done.error());
    }
    if (status == 204) return http::Response{.status = 204};
    const auto after = store::find_incident(tx, *id);
    return with_etag(json_answer(status, whole_incident_json(tx, *after, context.clock.now())),
                     store::version_of(tx, *id));
  });
}

Outcome<Asked> read_acknowledgement(const http::Request& request, Instant now) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  Asked asked;
  domain::Acknowledged given;
  asked.text = fields.text("comment", {.max = kLongestText, .lines = true});
  given.comment = asked.text;
  given.expires_at = fields.time("expires_at");
  if (given.expires_at && *given.expires_at <= now) {
    fields.refuse("expires_at", "invalid", "must be in the future");
  }
  given.sticky = fields.boolean("sticky", false);
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  asked.act = std::move(given);
  return asked;
}

Outcome<Asked> read_assignee(pqxx::work& tx, const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  const auto id = fields.uuid("user_id");
  if (!body->contains("user_id")) {
    fields.refuse("user_id", "required", "is missing; null assigns it to nobody");
  }
  fields.finish();
  domain::Assigned assigned;
  if (id) {
    if (const auto name = store::name_of_user(tx, *id)) {
      assigned.to = domain::Person{*id, *name};
    } else {
      fields.refuse("user_id", "invalid", "no user has this id");
    }
  }
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return Asked{assigned, ""};
}

Outcome<Asked> read_note(const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  auto text = fields.text("text", {.min = 1, .max = kLongestText, .required = true, .lines = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return Asked{domain::Noted{}, std::move(text)};
}

}  // namespace

void add_incident_action_routes(http::Router& router, Context& context) {
  using http::Method;
  const std::string one = "/api/v1/incidents/:id";
  // Where "incidents:read" is asked for, may_act() asks for more.
  mount(router, Method::put, one + "/acknowledgement",
        http::also_in_bulk(http::needs_somewhere("incidents:read")),
        [&context](const http::Request& request) {
          return act(
              context, request, "incidents:read", "incidents:acknowledge", 200,
              [&](pqxx::work&) { return read_acknowledgement(request, context.clock.now()); });
        });
  mount(router, Method::delete_, one + "/acknowledgement",
        http::also_in_bulk(http::needs_somewhere("incidents:read")),
        [&context](const http::Request& request) {
          return act(context, request, "incidents:read", "incidents:acknowledge", 204,
                     [](pqxx::work&) -> Outcome<Asked> {
                       return Asked{domain::Unacknowledged{}, ""};
                     });
        });
  mount(router, Method::put, one + "/assignee",
        http::also_in_bulk(http::needs_somewhere("incidents:assign")),
        [&context](const http::Request& request) {
          return act(context, request, "incidents:assign", "incidents:assign", 200,
                     [&](pqxx::work& tx) { return read_assignee(tx, request); });
        });
  mount_once(router, context, one + "/notes",
             http::also_in_bulk(http::needs_somewhere("incidents:read")),
             [&context](const http::Request& request) {
               return act(context, request, "incidents:read", "incidents:note", 201,
                          [&](pqxx::work&) { return read_note(request); });
             });
}

}  // namespace monitron::api
