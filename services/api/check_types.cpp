#include "api/check_types.hpp"

#include "api/check_secrets.hpp"
#include "api/resource.hpp"
#include "contracts/check_definition.hpp"
#include "store/check_definitions.hpp"
#include "store/check_types.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using domain::KindInfo;

const char* name_of(domain::TargetForm form) {
  using Form = domain::TargetForm;
  switch (form) {
    case Form::url:
      return "url";
    case Form::host_port:
      return "host_port";
    case Form::host:
      return "host";
    case Form::domain:
      return "domain";
    case Form::name:
      return "name";
    case Form::word:
      break;
  }
  return "word";
}

Json common(const std::string& name, const std::string& description, const KindInfo& info,
            const nlohmann::json& schema) {
  return {{"name", name},
          {"description", description},
          {"kind", info.name},
          {"target", name_of(info.target)},
          {"default_port", info.port == 0 ? Json(nullptr) : Json(info.port)},
          {"interval_seconds", info.interval.count()},
          {"timeout_seconds", info.timeout.count() / 1000},
          {"retry_interval_seconds", info.retry_interval.count()},
          {"failures_before_down", info.failures_before_down},
          {"successes_before_up", info.successes_before_up},
          {"active", info.active},
          {"settings_schema", Json::parse(schema.dump())}};
}

Json show_built_in(const KindInfo& info) {
  const std::string name(info.name);
  Json shown =
      common(name, std::string(info.about), info, contracts::check_settings_schema(info.kind));
  shown["built_in"] = true;
  return shown;
}

Json show_own(const store::CheckType& row, const contracts::CheckType& type) {
  Json shown =
      common(row.name, type.description, domain::info_of(type.kind), contracts::schema_of(type));
  shown["built_in"] = false;
  shown["definition"] = row.definition;
  shown["version"] = row.version;
  shown["created_at"] = to_rfc3339(row.created_at);
  shown["updated_at"] = to_rfc3339(row.updated_at);
  return shown;
}

Json show_row(const store::CheckType& row) {
  contracts::CheckType type;
  (void)contracts::parse_check_type(row.definition, type);
  return show_own(row, type);
}

// YAML as such, or as the member "definition" of JSON.
Outcome<std::string> definition_of(const http::Request& request) {
  const auto type = to_lower(request.header("content-type"));
  if (type.find("yaml") != std::string::npos) return request.body;
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  auto text = fields.text(
      "definition", {.min = 1, .max = contracts::kCheckTypeBytes, .required = true, .lines = true});
  fields.ignore({"name", "description", "kind", "target", "default_port", "interval_seconds",
                 "timeout_seconds", "retry_interval_seconds", "failures_before_down",
                 "successes_before_up", "active", "settings_schema", "built_in", "version",
                 "created_at", "updated_at"});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return text;
}

struct Given {
  store::CheckType row{};
  contracts::CheckType type{};
};

Outcome<Given> read_type(const http::Request& request) {
  const auto text = definition_of(request);
  if (!text) return tl::unexpected(text.error());
  Given given;
  given.row.definition = *text;
  auto problems = contracts::parse_check_type(*text, given.type);
  if (!problems.empty()) {
    std::vector<http::FieldError> errors;
    for (auto& problem : problems) {
      const std::string field =
          problem.field.empty() ? "definition" : "definition." + problem.field;
      errors.push_back({field, std::move(problem.code), std::move(problem.message)});
    }
    return refuse_fields(std::move(errors));
  }
  given.row.name = given.type.name;
  return given;
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    Json items = Json::array();
    for (const auto& info : domain::check_kinds()) items.push_back(show_built_in(info));
    for (const auto& row : store::check_types(tx)) items.push_back(show_row(row));
    return json_answer(200, {{"items", std::move(items)}});
  });
}

Outcome<http::Response> get(Context& context, const http::Request& request) {
  const auto& name = request.params.at("name");
  if (const auto kind = domain::parse_check_kind(name)) {
    return json_answer(200, show_built_in(domain::info_of(*kind)));
  }
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto row = store::find_check_type(tx, name);
    if (!row) return refuse(Fault::not_found, "no type has this name");
    return with_etag(json_answer(200, show_row(*row)), row->version);
  });
}

Outcome<http::Response> create(Context& context, const http::Request& request) {
  auto given = read_type(request);
  if (!given) return tl::unexpected(given.error());
  given->row.id = Uuid::make();
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto made = store::insert_check_type(tx, given->row);
    if (!made) return refuse(Fault::conflict, "a type of this name is there already");
    store::append_audit(tx, audit_entry(request, "check_type.create", made->id.str(),
                                        {{"name", made->name}, {"after", made->definition}}));
    auto response = with_etag(json_answer(201, show_own(*made, given->type)), made->version);
    response.headers.emplace_back("Location", "/api/v1/check-types/" + made->name);
    return response;
  });
}

// The first check of this type that the new definition has no place for; "": none.
std::string check_that_breaks(pqxx::work& tx, const contracts::CheckType& type) {
  const contracts::CheckTypes types{{type.name, type}};
  for (const auto& row : store::checks_of_kind(tx, type.name)) {
    const auto check = store::definition_of(row, types);
    if (!check) return "check \"" + row.name + "\": " + check.error().text;
  }
  return "";
}

// Secrets of its checks may not be sent elsewhere by a change of the type.
bool may_change(pqxx::work& tx, const std::string& before, const contracts::CheckType& after) {
  contracts::CheckType type;
  (void)contracts::parse_check_type(before, type);
  const bool same = type.kind == after.kind && type.target == after.target &&
                    go_to_the_same(type.settings, after.settings);
  const bool secret = std::any_of(type.parameters.begin(), type.parameters.end(), [](auto& one) {
    return one.second.kind == contracts::CheckType::Parameter::Kind::secret;
  });
  return same || !secret || store::checks_of_kind(tx, type.name).empty();
}

Outcome<http::Response> change(Context& context, const http::Request& request) {
  auto given = read_type(request);
  if (!given) return tl::unexpected(given.error());
  const auto& name = request.params.at("name");
  if (given->row.name != name) {
    return refuse_fields({{"definition.name", "invalid", "is not the one of the address"}});
  }
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto before = store::find_check_type(tx, name);
    if (!before) return refuse(Fault::not_found, "no type has this name");
    if (const auto match = check_if_match(request, before->version); !match) {
      return tl::unexpected(match.error());
    }
    if (!may_change(tx, before->definition, given->type)) {
      return refuse(Fault::conflict,
                    "its checks have secrets, which would go elsewhere: define another type");
    }
    if (const auto broken = check_that_breaks(tx, given->type); !broken.empty()) {
      return refuse(Fault::conflict, "a check would not fit any more: " + broken);
    }
    given->row.version = before->version;
    const auto after = store::update_check_type(tx, given->row);
    if (!after) return refuse(Fault::conflict, "somebody changed it at the same time");
    store::append_audit(
        tx, audit_entry(request, "check_type.update", after->id.str(),
                        {{"before", before->definition}, {"after", after->definition}}));
    return with_etag(json_answer(200, show_own(*after, given->type)), after->version);
  });
}

Outcome<http::Response> remove(Context& context, const http::Request& request) {
  const auto& name = request.params.at("name");
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto row = store::find_check_type(tx, name);
    if (!row) return refuse(Fault::not_found, "no type has this name");
    if (const auto match = check_if_match(request, row->version); !match) {
      return tl::unexpected(match.error());
    }
    const auto users = store::checks_of_kind(tx, name).size();
    if (users > 0) {
      return refuse(Fault::conflict, users == 1
                                         ? "a check is of this type"
                                         : std::to_string(users) + " checks are of this type");
    }
    store::delete_check_type(tx, name);
    store::append_audit(tx, audit_entry(request, "check_type.delete", row->id.str(),
                                        {{"name", name}, {"before", row->definition}}));
    return http::Response{.status = 204};
  });
}

}  // namespace

void add_check_type_routes(http::Router& router, Context& context) {
  using http::Method;
  const std::string all = "/api/v1/check-types";
  const auto with = [&context](auto serve) {
    return [&context, serve](const http::Request& request) { return serve(context, request); };
  };
  // Kinds are of nobody's instances: whoever sees a check may know what kinds there are.
  const auto reading = http::needs_somewhere("checks:read");
  mount(router, Method::get, all, reading, with(list));
  const auto writing = http::also_in_bulk(http::needs("checks:write"));
  mount_once(router, context, all, writing, with(create));
  mount(router, Method::get, all + "/:name", reading, with(get));
  mount(router, Method::put, all + "/:name", writing, with(change));
  mount(router, Method::delete_, all + "/:name", writing, with(remove));
}

}  // namespace monitron::api
