#pragma once
// Create, read, change and delete for a kind of thing that people configure: written once. A
// resource says how its rows are read from JSON, shown, and kept; PATCH is a JSON merge patch (RFC
// 7396) over what PUT would take.

#include "api/listing.hpp"
#include "api/once.hpp"
#include "api/scope.hpp"
#include "http/router.hpp"

namespace monitron::api {

template <class Row>
struct Resource {
  std::string name{};  // "check", as in audit actions
  std::string path{};  // "/api/v1/checks"
  // Permissions of those who may read and who may change; nobody as long as nothing is said.
  const char* reading = "unset";
  const char* writing = "unset";
  // Takes the members it knows from `fields` into a new row.
  std::function<Row(Fields& fields)> read{};
  // … into a changed one, if what was taken before may stay although no new row may have it.
  std::function<Row(Fields& fields, const Row& before)> read_changed{};
  // The members that PUT takes, of an existing row.
  std::function<Json(const Row&)> writable{};
  // All members, as answered.
  std::function<Json(pqxx::work&, const Row&)> show{};
  // The same of one that was made just now, when less is to be looked up for it.
  std::function<Json(pqxx::work&, const Row&)> show_new{};
  // What besides is for this caller to see.
  std::function<void(pqxx::work&, const http::Caller&, const Row&, Json&)> show_to{};
  // Of things that belong to somebody: whether they are this caller's, and what makes a new row
  // theirs. What belongs to others is not found.
  std::function<bool(const http::Caller&, const Row&)> is_for{};
  std::function<void(pqxx::work&, const http::Caller&, Row&)> claim{};
  // Of what belongs to instances: whether it is in a scope; what is not is not found. Then callers
  // are let in who have the permissions on some instances alone, to change it or to read it only.
  std::function<bool(pqxx::work&, const store::Scope&, const Row&)> in_scope{};
  bool scoped_reading_only = false;
  // Whether what a row names besides is, too.
  std::function<bool(pqxx::work&, const store::Scope&, const Row&)> names_in_scope{};
  // What a row keeps, whatever the body says.
  std::function<void(const Row& before, Row&)> keep{};
  // Whether the caller may at all make (no `before`), change or delete (no `after`) it.
  std::function<Outcome<void>(pqxx::work&, const http::Caller&, const Row* before,
                              const Row* after)>
      permit{};
  // What needs the database: checks ids named in the body, completes the row.
  std::function<void(pqxx::work&, Row&, std::vector<http::FieldError>&)> verify{};
  std::function<std::optional<Row>(pqxx::work&, const Uuid&)> find{};
  std::function<Row(pqxx::work&, const Row&)> insert{};
  std::function<std::optional<Row>(pqxx::work&, const Row&)> update{};
  std::function<bool(pqxx::work&, const Uuid&)> remove{};
  // Before it: what goes with it. A refusal must not have written anything.
  std::function<Outcome<void>(pqxx::work&, const http::Request&, const Row&)> remove_with{};
  // After the transaction.
  std::function<void()> changed{};
};

template <class Row>
class ResourceRoutes {
 public:
  ResourceRoutes(db::Pool& database, Resource<Row> resource)
      : database_(database), resource_(std::move(resource)) {}

  Outcome<http::Response> create(const http::Request& request) const {
    if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
    auto row = read(request, Json::object(), true, nullptr);
    if (!row) return tl::unexpected(row.error());
    row->id = Uuid::make();
    return in_transaction(database_, [&](pqxx::work& tx) -> Outcome<http::Response> {
      if (resource_.claim) resource_.claim(tx, request.caller, *row);
      if (auto stays = within_scope(tx, request, *row); !stays)
        return tl::unexpected(stays.error());
      if (auto errors = verified(tx, *row); !errors.empty())
        return refuse_fields(std::move(errors));
      if (auto may = permitted(tx, request, nullptr, &*row); !may)
        return tl::unexpected(may.error());
      const Row made = resource_.insert(tx, *row);
      store::append_audit(tx, audit_entry(request, resource_.name + ".create", made.id.str(),
                                          {{"after", resource_.writable(made)}}));
      auto response = with_etag(json_answer(201, shown(tx, request, made, true)), made.version);
      response.headers.emplace_back("Location", resource_.path + "/" + made.id.str());
      return response;
    });
  }

  // Once that holds.
  Outcome<http::Response> told(Outcome<http::Response> answer) const {
    if (answer && resource_.changed) resource_.changed();
    return answer;
  }

  Outcome<http::Response> get(const http::Request& request) const {
    const auto id = only_id(request);
    if (!id) return tl::unexpected(id.error());
    return in_transaction(database_, [&](pqxx::work& tx) -> Outcome<http::Response> {
      const auto row = find(tx, request, *id);
      if (!row) return missing();
      return with_etag(json_answer(200, shown(tx, request, *row)), row->version);
    });
  }

  // `whole`: PUT, else PATCH.
  Outcome<http::Response> change(const http::Request& request, bool whole) const {
    const auto id = only_id(request);
    if (!id) return tl::unexpected(id.error());
    return told(in_transaction(database_, [&](pqxx::work& tx) -> Outcome<http::Response> {
      const auto before = find(tx, request, *id);
      if (!before) return missing();
      if (const auto match = check_if_match(request, before->version); !match) {
        return tl::unexpected(match.error());
      }
      auto base = whole ? Json::object() : resource_.writable(*before);
      auto row = read(request, std::move(base), whole, &*before);
      if (!row) return tl::unexpected(row.error());
      row->id = *id;
      row->version = before->version;
      if (resource_.keep) resource_.keep(*before, *row);
      if (auto stays = within_scope(tx, request, *row); !stays)
        return tl::unexpected(stays.error());
      if (auto errors = verified(tx, *row); !errors.empty())
        return refuse_fields(std::move(errors));
      if (auto may = permitted(tx, request, &*before, &*row); !may)
        return tl::unexpected(may.error());
      const auto after = resource_.update(tx, *row);
      if (!after) return refuse(Fault::conflict, "somebody changed it at the same time");
      store::append_audit(tx, audit_entry(request, resource_.name + ".update", id->str(),
                                          {{"before", resource_.writable(*before)},
                                           {"after", resource_.writable(*after)}}));
      return with_etag(json_answer(200, shown(tx, request, *after)), after->version);
    }));
  }

  Outcome<http::Response> remove(const http::Request& request) const {
    const auto id = only_id(request);
    if (!id) return tl::unexpected(id.error());
    return told(in_transaction(database_, [&](pqxx::work& tx) -> Outcome<http::Response> {
      const auto row = find(tx, request, *id);
      if (!row) return missing();
      if (const auto match = check_if_match(request, row->version); !match) {
        return tl::unexpected(match.error());
      }
      if (auto may = permitted(tx, request, &*row, nullptr); !may)
        return tl::unexpected(may.error());
      if (resource_.remove_with) {
        if (auto may = resource_.remove_with(tx, request, *row); !may) {
          return tl::unexpected(may.error());
        }
      }
      resource_.remove(tx, *id);
      store::append_audit(tx, audit_entry(request, resource_.name + ".delete", id->str(),
                                          {{"before", resource_.writable(*row)}}));
      return http::Response{.status = 204};
    }));
  }

 private:
  static tl::unexpected<Refusal> missing() {
    return refuse(Fault::not_found, "nothing has this id");
  }

  Outcome<void> permitted(pqxx::work& tx, const http::Request& request, const Row* before,
                          const Row* after) const {
    return resource_.permit ? resource_.permit(tx, request.caller, before, after) : Outcome<void>();
  }

  std::optional<Row> find(pqxx::work& tx, const http::Request& request, const Uuid& id) const {
    auto row = resource_.find(tx, id);
    if (row && resource_.is_for && !resource_.is_for(request.caller, *row)) return std::nullopt;
    if (row && resource_.in_scope && !resource_.in_scope(tx, scope(request), *row))
      return std::nullopt;
    return row;
  }

  store::Scope scope(const http::Request& request) const {
    const bool reads = request.method == http::Method::get || request.method == http::Method::head;
    return scope_of(request.caller, reads ? resource_.reading : resource_.writing);
  }

  // Before anything else is said about ids in the body: what is foreign is as what is not there.
  Outcome<void> within_scope(pqxx::work& tx, const http::Request& request, const Row& row) const {
    if (!resource_.in_scope) return {};
    const auto whose = scope(request);
    if (!whose) return {};
    const bool names = !resource_.names_in_scope || resource_.names_in_scope(tx, whose, row);
    if (names && resource_.in_scope(tx, whose, row)) return {};
    std::string labels;
    for (const auto& one : *whose) labels += (labels.empty() ? "" : " or ") + Json(one).dump();
    return refuse(Fault::denied, "you have the permission " + std::string(resource_.writing) +
                                     " on instances with the labels " + labels + " alone");
  }

  Json shown(pqxx::work& tx, const http::Request& request, const Row& row,
             bool is_new = false) const {
    const auto& show = is_new && resource_.show_new ? resource_.show_new : resource_.show;
    Json json = show(tx, row);
    if (resource_.show_to) resource_.show_to(tx, request.caller, row, json);
    return json;
  }

  // The id may be sent back as it was read, but names no other row.
  static void check_id(const http::Request& request, const Json& body, Fields& fields) {
    const auto id = request.params.find("id");
    const auto given = body.find("id");
    if (id == request.params.end() || given == body.end()) return;
    const auto wanted = Uuid::parse(id->second);
    const auto named = Uuid::parse(given->is_string() ? given->get<std::string>() : "");
    if (!named || !wanted || *named != *wanted) {
      fields.refuse("id", "invalid", "is not the one of the address");
    }
  }

  Row row_of(Fields& fields, const Row* before) const {
    if (before == nullptr || !resource_.read_changed) return resource_.read(fields);
    return resource_.read_changed(fields, *before);
  }

  Outcome<Row> read(const http::Request& request, Json base, bool whole, const Row* before) const {
    auto body = parse_body(request);
    if (!body) return tl::unexpected(body.error());
    if (whole) {
      base = std::move(*body);
    } else {
      base.merge_patch(*body);
    }
    std::vector<http::FieldError> errors;
    Fields fields(base, errors);
    Row row = row_of(fields, before);
    check_id(request, base, fields);
    fields.ignore({"id", "version", "created_at", "updated_at"});
    fields.finish();
    if (!errors.empty()) return refuse_fields(std::move(errors));
    return row;
  }

  std::vector<http::FieldError> verified(pqxx::work& tx, Row& row) const {
    std::vector<http::FieldError> errors;
    if (resource_.verify) resource_.verify(tx, row, errors);
    return errors;
  }

  db::Pool& database_;
  Resource<Row> resource_;
};

// With `fields`, a GET answers with these members alone (see select_fields()).
inline void mount(http::Router& router, http::Method method, const std::string& path,
                  const http::Access& access, OutcomeHandler handler) {
  router.add(method, path, access, [handler = std::move(handler)](const http::Request& request) {
    if (request.method != http::Method::get || !request.query_one("fields")) {
      return to_response(request, handler(request));
    }
    return to_response(request, select_fields(request, handler));
  });
}
inline void mount(http::Router& router, http::Method method, const std::string& path,
                  const std::string& permission, OutcomeHandler handler) {
  mount(router, method, path, permission.empty() ? http::open_to_all() : http::needs(permission),
        std::move(handler));
}

// A POST that heeds an Idempotency-Key.
inline void mount_once(http::Router& router, Context& context, const std::string& path,
                       http::Access access, OutcomeHandler handler) {
  access.once = true;
  mount(router, http::Method::post, path, access, once(context, std::move(handler)));
}

// POST path; GET, PUT, PATCH, DELETE path/:id. The list is the resource's own.
template <class Row>
void mount(http::Router& router, Context& context, const Resource<Row>& resource) {
  using http::Method;
  const auto routes = std::make_shared<ResourceRoutes<Row>>(context.database, resource);
  const auto one = resource.path + "/:id";
  const bool scoped = static_cast<bool>(resource.in_scope);
  const auto reading =
      scoped ? http::needs_somewhere(resource.reading) : http::needs(resource.reading);
  auto writing = scoped && !resource.scoped_reading_only ? http::needs_somewhere(resource.writing)
                                                         : http::needs(resource.writing);
  // What is to be known elsewhere in the program after a transaction must be for good by then.
  writing.bulk = !resource.changed;
  auto making = writing;
  making.once = true;
  const auto create =
      once(context, [routes](const auto& request) { return routes->create(request); });
  mount(router, Method::post, resource.path, making,
        [routes, create](const auto& request) { return routes->told(create(request)); });
  mount(router, Method::get, one, reading,
        [routes](const auto& request) { return routes->get(request); });
  mount(router, Method::put, one, writing,
        [routes](const auto& request) { return routes->change(request, true); });
  mount(router, Method::patch, one, writing,
        [routes](const auto& request) { return routes->change(request, false); });
  mount(router, Method::delete_, one, writing,
        [routes](const auto& request) { return routes->remove(request); });
}

}  // namespace monitron::api
