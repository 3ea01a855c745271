#include "api/status_pages.hpp"

#include "api/resource.hpp"

#include <set>

namespace monitron::api {
namespace {

using store::StatusPage;
using store::StatusPost;

constexpr std::size_t kMostSections = 20;
constexpr std::size_t kMostComponents = 50;  // of a section
constexpr std::size_t kMostDays = 20'000;    // of all components: about 1 MB of JSON

bool is_slug(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && plain(text.front()) && plain(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return plain(c) || c == '-'; });
}

// -- pages

Json read_component(Fields& fields, std::set<std::string>& ids) {
  const auto id = fields.text("id", {.min = 1, .max = 50, .required = true});
  if (!id.empty() && !is_slug(id)) {
    fields.refuse("id", "invalid", "must be of a-z, 0-9 and - between them");
  }
  if (!ids.insert(id).second) fields.refuse("id", "taken", "another component has this id");
  const auto selector = fields.labels("selector");
  if (selector.empty()) fields.refuse("selector", "required", "must have one label at least");
  return {{"id", id},
          {"name", fields.text("name", {.min = 1, .max = 200, .required = true})},
          {"description", fields.text("description", {.max = 1000})},
          {"selector", selector}};
}

Json read_section(Fields& fields, std::set<std::string>& ids) {
  Json components = Json::array();
  const auto name = fields.text("name", {.max = 200});
  for_each_object(fields, "components", kMostComponents,
                  [&](Fields& one) { components.push_back(read_component(one, ids)); });
  return {{"name", name}, {"components", std::move(components)}};
}

StatusPage read_page(Fields& fields) {
  StatusPage page;
  page.slug = fields.text("slug", {.min = 1, .max = 60, .required = true});
  if (!page.slug.empty() && !is_slug(page.slug)) {
    fields.refuse("slug", "invalid", "must be of a-z, 0-9 and - between them");
  }
  page.title = fields.text("title", {.min = 1, .max = 200, .required = true});
  page.description = fields.text("description", {.max = 4096, .lines = true});
  page.published = fields.boolean("published", false);
  page.history_days = fields.integer("history_days", 0, 365, 90);
  Json sections = Json::array();
  std::set<std::string> ids;
  for_each_object(fields, "sections", kMostSections,
                  [&](Fields& one) { sections.push_back(read_section(one, ids)); });
  if (ids.size() * static_cast<std::size_t>(page.history_days) > kMostDays) {
    fields.refuse("history_days", "too_many",
                  "of all components together must be at most 20000 days");
  }
  page.sections = sections.dump();
  return page;
}

Json writable_page(const StatusPage& page) {
  return {{"slug", page.slug},
          {"title", page.title},
          {"description", page.description},
          {"published", page.published},
          {"history_days", page.history_days},
          {"sections", Json::parse(page.sections)}};
}

template <class Row>
Json shown(const Row& row, const Json& members) {
  Json json = {{"id", row.id.str()}};
  json.update(members);
  json["version"] = row.version;
  json["created_at"] = to_rfc3339(row.created_at);
  json["updated_at"] = to_rfc3339(row.updated_at);
  return json;
}

void verify_page(pqxx::work& tx, const StatusPage& page, std::vector<http::FieldError>& errors) {
  const auto other = store::find_status_page_by_slug(tx, page.slug);
  if (other && other->id != page.id) {
    errors.push_back({"slug", "taken", "another status page has this slug"});
  }
}

// -- posts

const std::vector<std::string>& states_of(const std::string& kind) {
  static const std::vector<std::string> incident = {"investigating", "identified", "monitoring",
                                                    "resolved"},
                                        maintenance = {"scheduled", "in_progress", "completed"},
                                        notice = {"published", "resolved"};
  return kind == "maintenance" ? maintenance : kind == "notice" ? notice : incident;
}

void read_times(Fields& fields, StatusPost& post) {
  post.starts_at = fields.time("starts_at");
  post.ends_at = fields.time("ends_at");
  if (post.kind != "maintenance") {
    for (const auto* name : {"starts_at", "ends_at"}) {
      if (fields.has(name)) fields.refuse(name, "invalid", "is of maintenance alone");
    }
    return;
  }
  for (const auto* name : {"starts_at", "ends_at"}) {
    if (!fields.has(name)) fields.refuse(name, "required", "is missing");
  }
  if (post.starts_at && post.ends_at && *post.ends_at <= *post.starts_at) {
    fields.refuse("ends_at", "invalid", "must be after starts_at");
  }
}

StatusPost read_post(Fields& fields) {
  StatusPost post;
  const auto page = fields.uuid("page_id");
  if (!page && !fields.has("page_id")) fields.refuse("page_id", "required", "is missing");
  post.page_id = page.value_or(Uuid{});
  post.kind = fields.choice("kind", {"incident", "maintenance", "notice"}, "incident");
  post.title = fields.text("title", {.min = 1, .max = 200, .required = true});
  const auto& states = states_of(post.kind);
  post.state = fields.choice("state", states, states.front());
  post.text = fields.text("text", {.min = 1, .max = 4096, .required = true, .lines = true});
  post.components = fields.texts("components", 200, 50);
  read_times(fields, post);
  fields.ignore({"updates"});
  return post;
}

Json writable_post(const StatusPost& post) {
  return {{"page_id", post.page_id.str()},
          {"kind", post.kind},
          {"title", post.title},
          {"state", post.state},
          {"text", post.text},
          {"components", post.components},
          {"starts_at", time_or_null(post.starts_at)},
          {"ends_at", time_or_null(post.ends_at)}};
}

Json show_post(const StatusPost& post) {
  auto json = shown(post, writable_post(post));
  json["updates"] = Json::array();
  for (const auto& one : post.updates) {
    json["updates"].push_back(
        {{"at", to_rfc3339(one.at)}, {"state", one.state}, {"text", one.text}});
  }
  return json;
}

void verify_post(pqxx::work& tx, const StatusPost& post, std::vector<http::FieldError>& errors) {
  const auto page = store::find_status_page(tx, post.page_id);
  if (!page) {
    errors.push_back({"page_id", "not_found", "no status page has this id"});
    return;
  }
  std::set<std::string> ids;
  for (const auto& section : sections_of(*page)) {
    for (const auto& one : section.components) ids.insert(one.id);
  }
  // What was named stays so when its component has left the page.
  if (const auto before = store::find_status_post(tx, post.id)) {
    ids.insert(before->components.begin(), before->components.end());
  }
  for (std::size_t i = 0; i < post.components.size(); ++i) {
    if (ids.contains(post.components[i])) continue;
    errors.push_back({"components[" + std::to_string(i) + "]", "not_found",
                      "no component of the page has this id"});
  }
}

Outcome<http::Response> list_posts(Context& context, const http::Request& request) {
  const auto query = page_query(request, store::status_post_listing(), {"page_id"});
  if (!query) return tl::unexpected(query.error());
  const auto page = uuid_query(request, "page_id");
  if (!page) return tl::unexpected(page.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    return page_answer(request, store::list_status_posts(tx, *query, *page), show_post);
  });
}

}  // namespace

std::vector<StatusSection> sections_of(const StatusPage& page) {
  std::vector<StatusSection> sections;
  for (const auto& section : Json::parse(page.sections)) {
    auto& made = sections.emplace_back();
    made.name = section["name"].get<std::string>();
    for (const auto& one : section["components"]) {
      made.components.push_back(
          {one["id"], one["name"], one["description"], one["selector"].get<store::Labels>()});
    }
  }
  return sections;
}

std::vector<const store::Standing*> those_of(const StatusComponent& component,
                                             const std::vector<store::Standing>& standings) {
  std::vector<const store::Standing*> found;
  for (const auto& one : standings) {
    if (domain::selects(component.selector, one.labels)) found.push_back(&one);
  }
  return found;
}

void add_status_page_routes(http::Router& router, Context& context) {
  Resource<StatusPage> pages;
  pages.name = "status_page";
  pages.path = "/api/v1/status-pages";
  pages.reading = "status-pages:read";
  pages.writing = "status-pages:write";
  pages.read = read_page;
  pages.writable = writable_page;
  pages.show = [](pqxx::work&, const StatusPage& page) { return shown(page, writable_page(page)); };
  pages.verify = verify_page;
  pages.find = store::find_status_page;
  pages.insert = store::insert_status_page;
  pages.update = store::update_status_page;
  pages.remove = store::delete_status_page;
  mount(router, context, pages);
  mount(router, http::Method::get, pages.path, pages.reading, [&context](const auto& request) {
    return list_answer(context.database, request, store::status_page_listing(),
                       store::list_status_pages,
                       [](const StatusPage& page) { return shown(page, writable_page(page)); });
  });
  Resource<StatusPost> posts;
  posts.name = "status_post";
  posts.path = "/api/v1/status-posts";
  posts.reading = pages.reading;
  posts.writing = pages.writing;
  posts.read = read_post;
  posts.writable = writable_post;
  posts.show = [](pqxx::work&, const StatusPost& post) { return show_post(post); };
  posts.verify = verify_post;
  posts.find = store::find_status_post;
  posts.insert = store::insert_status_post;
  posts.update = store::update_status_post;
  posts.remove = store::delete_status_post;
  mount(router, context, posts);
  mount(router, http::Method::get, posts.path, posts.reading,
        [&context](const auto& request) { return list_posts(context, request); });
}

}  // namespace monitron::api
