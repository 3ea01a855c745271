#include "store/dependencies.hpp"

#include "api/maintenance.hpp"
#include "api/resource.hpp"
#include "db/limited.hpp"
#include "store/watched_labels.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace monitron::api {
namespace {

using store::Dependency;

constexpr std::size_t kMostParents = 100;

std::vector<Uuid> read_parents(Fields& fields) {
  std::vector<Uuid> parents;
  const auto texts = fields.texts("parents", kMostParents, 36);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto id = Uuid::parse(texts[i]);
    if (!id) {
      fields.refuse("parents[" + std::to_string(i) + "]", "invalid", "is no id of a check");
    } else if (std::find(parents.begin(), parents.end(), *id) == parents.end()) {
      parents.push_back(*id);
    }
  }
  if (texts.empty()) fields.refuse("parents", "required", "must name a check");
  return parents;
}

Dependency read(Fields& fields) {
  Dependency dependency;
  dependency.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  dependency.children = fields.labels("children");
  dependency.child_check_id = fields.uuid("child_check_id");
  if (dependency.child_check_id && !dependency.children.empty()) {
    fields.refuse("children", "invalid", "names labels, and child_check_id a check: choose one");
  } else if (!dependency.child_check_id && dependency.children.empty()) {
    fields.refuse("children", "required",
                  "must name a label of what depends, or child_check_id a check");
  }
  dependency.parents = read_parents(fields);
  return dependency;
}

Json writable(const Dependency& dependency) {
  Json parents = Json::array();
  for (const auto& parent : dependency.parents) parents.push_back(parent.str());
  return {{"name", dependency.name},
          {"children", dependency.children},
          {"child_check_id", id_or_null(dependency.child_check_id)},
          {"parents", std::move(parents)}};
}

Json show(const Dependency& dependency) {
  Json json = {{"id", dependency.id.str()}};
  json.update(writable(dependency));
  json["version"] = dependency.version;
  json["created_at"] = to_rfc3339(dependency.created_at);
  json["updated_at"] = to_rfc3339(dependency.updated_at);
  return json;
}

using Parents = std::unordered_map<Uuid, std::vector<Uuid>>;

// From `check` over its parents to one of `children`; empty: there is no way. Each check is looked
// at once.
std::vector<Uuid> way_to(const std::unordered_set<Uuid>& children, const Uuid& check,
                         const Parents& parents) {
  std::unordered_map<Uuid, Uuid> came_from = {{check, check}};
  std::vector<Uuid> queue = {check};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const auto at = queue[i];
    if (children.contains(at)) {
      std::vector<Uuid> way = {at};
      while (way.back() != check) way.push_back(came_from.at(way.back()));
      std::reverse(way.begin(), way.end());
      return way;
    }
    const auto next = parents.find(at);
    if (next == parents.end()) continue;
    for (const auto& parent : next->second) {
      if (came_from.emplace(parent, at).second) queue.push_back(parent);
    }
  }
  return {};
}

std::string names_of(pqxx::work& tx, const std::vector<Uuid>& way) {
  std::string text;
  for (const auto& id : way) {
    const auto check = store::find_check(tx, id);
    // One that the caller may not see takes part in it, without its name.
    text += (text.empty() ? "" : " → ") + (check ? check->name : "another check");
  }
  return text;
}

// Who depends on what: checks that are named, and those that have the labels now, enabled or not. A
// parent that has them too is no child.
class Children {
 public:
  explicit Children(pqxx::work& tx)
      : checks_(db::as_owner(tx, [&] { return store::labels_of_checks(tx); })) {}

  std::vector<Uuid> of(const Dependency& dependency) const {
    if (dependency.child_check_id) return {*dependency.child_check_id};
    std::vector<Uuid> children;
    const auto& parents = dependency.parents;
    for (const auto& check : checks_) {
      const bool parent = std::find(parents.begin(), parents.end(), check.id) != parents.end();
      if (!parent && domain::selects(dependency.children, check.labels)) {
        children.push_back(check.id);
      }
    }
    return children;
  }

 private:
  std::vector<store::LabelledCheck> checks_;
};

}  // namespace

void refuse_cycles(pqxx::work& tx, const Dependency& dependency,
                   std::vector<http::FieldError>& errors) {
  const Children known(tx);
  Parents parents;
  for (const auto& other : db::as_owner(tx, [&] { return store::dependencies(tx); })) {
    if (other.id == dependency.id) continue;
    for (const auto& child : known.of(other)) {
      auto& of_child = parents[child];
      of_child.insert(of_child.end(), other.parents.begin(), other.parents.end());
    }
  }
  const auto children = known.of(dependency);
  for (std::size_t i = 0; i < dependency.parents.size(); ++i) {
    auto way = way_to({children.begin(), children.end()}, dependency.parents[i], parents);
    if (way.empty()) continue;
    way.insert(way.begin(), way.back());
    errors.push_back({"parents[" + std::to_string(i) + "]", "cycle",
                      "the check would depend on itself: " + names_of(tx, way)});
  }
}

namespace {

void verify(pqxx::work& tx, const Dependency& dependency, std::vector<http::FieldError>& errors) {
  store::lock_dependencies(tx);
  const auto unknown = store::unknown_checks(tx, dependency.parents);
  for (std::size_t i = 0; i < dependency.parents.size(); ++i) {
    if (std::find(unknown.begin(), unknown.end(), dependency.parents[i]) == unknown.end()) continue;
    errors.push_back({"parents[" + std::to_string(i) + "]", "not_found", "no check has this id"});
  }
  const auto& child = dependency.child_check_id;
  if (child && !store::unknown_checks(tx, {*child}).empty()) {
    errors.push_back({"child_check_id", "not_found", "no check has this id"});
  }
  if (errors.empty()) refuse_cycles(tx, dependency, errors);
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  return list_answer(context.database, request, store::dependency_listing(),
                     store::list_dependencies, show);
}

}  // namespace

void add_dependency_routes(http::Router& router, Context& context) {
  Resource<Dependency> resource;
  resource.name = "dependency";
  resource.path = "/api/v1/dependencies";
  resource.reading = "dependencies:read";
  resource.writing = "dependencies:write";
  resource.read = read;
  resource.writable = writable;
  resource.show = [](pqxx::work&, const Dependency& dependency) { return show(dependency); };
  resource.verify = verify;
  resource.find = store::find_dependency;
  resource.insert = store::insert_dependency;
  resource.update = store::update_dependency;
  resource.remove = store::delete_dependency;
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, resource.reading,
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
