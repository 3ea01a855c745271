#include "store/status_pages.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

std::string page_columns() {
  return "id, slug, title, description, published, history_days, sections, version, " +
         ms_of("created_at") + ", " + ms_of("updated_at");
}

StatusPage read_status_page(const pqxx::row& row) {
  StatusPage page;
  page.id = uuid_of(row["id"]);
  page.slug = row["slug"].c_str();
  page.title = row["title"].c_str();
  page.description = row["description"].c_str();
  page.published = row["published"].as<bool>();
  page.history_days = row["history_days"].as<int>();
  page.sections = row["sections"].c_str();
  page.version = row["version"].as<int>();
  page.created_at = instant_of(row["created_at"]);
  page.updated_at = instant_of(row["updated_at"]);
  return page;
}

std::string post_columns() {
  return "id, page_id, kind, title, state, text, components, updates, version, " +
         ms_of("starts_at") + ", " + ms_of("ends_at") + ", " + ms_of("created_at") + ", " +
         ms_of("updated_at");
}

StatusPost read_post(const pqxx::row& row) {
  StatusPost post;
  post.id = uuid_of(row["id"]);
  post.page_id = uuid_of(row["page_id"]);
  post.kind = row["kind"].c_str();
  post.title = row["title"].c_str();
  post.state = row["state"].c_str();
  post.text = row["text"].c_str();
  post.components = texts_of(row["components"]);
  post.starts_at = optional_instant_of(row["starts_at"]);
  post.ends_at = optional_instant_of(row["ends_at"]);
  for (const auto& one : nlohmann::json::parse(row["updates"].c_str())) {
    post.updates.push_back({from_ms(one["at_ms"].get<std::int64_t>()), one["state"], one["text"]});
  }
  post.version = row["version"].as<int>();
  post.created_at = instant_of(row["created_at"]);
  post.updated_at = instant_of(row["updated_at"]);
  return post;
}

template <class Read>
auto first(const pqxx::result& rows, Read read) -> std::optional<decltype(read(rows[0]))> {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

// The update that a post has now; state and text as these parameters.
std::string update_sql(int state, int text) {
  return "jsonb_build_array(jsonb_build_object('at_ms', (extract(epoch FROM now()) * "
         "1000)::bigint, 'state', $" +
         std::to_string(state) + "::text, 'text', $" + std::to_string(text) + "::text))";
}

}  // namespace

std::optional<StatusPage> find_status_page(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + page_columns() + " FROM status_pages WHERE id = $1", id.str()),
      read_status_page);
}

std::optional<StatusPage> find_status_page_by_slug(pqxx::work& tx, const std::string& slug) {
  return first(
      tx.exec_params("SELECT " + page_columns() + " FROM status_pages WHERE slug = $1", slug),
      read_status_page);
}

const Listing& status_page_listing() {
  static const Listing listing{
      .keys = {{"slug", "slug"},
               {"title", "lower(title)"},
               {"created_at", "status_pages.created_at", SortKey::Type::time},
               {"updated_at", "status_pages.updated_at", SortKey::Type::time}},
      .searched = {"slug", "title", "description"}};
  return listing;
}

Page<StatusPage> list_status_pages(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, status_page_listing());
  return read_page<StatusPage>(tx.exec("SELECT " + page_columns() + list.value +
                                       "FROM status_pages WHERE " + list.where + list.order),
                               read_status_page, query.limit);
}

std::vector<StatusPage> published_status_pages(pqxx::work& tx) {
  return read_all<StatusPage>(
      tx.exec("SELECT " + page_columns() + " FROM status_pages WHERE published ORDER BY id"),
      read_status_page);
}

StatusPage insert_status_page(pqxx::work& tx, const StatusPage& page) {
  return read_status_page(tx.exec_params1(
      "INSERT INTO status_pages (id, slug, title, description, published, history_days, sections) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING " +
          page_columns(),
      page.id.str(), page.slug, page.title, page.description, page.published, page.history_days,
      page.sections));
}

std::optional<StatusPage> update_status_page(pqxx::work& tx, const StatusPage& page) {
  return first(
      tx.exec_params("UPDATE status_pages SET slug = $3, title = $4, description = $5, "
                     "published = $6, history_days = $7, sections = $8, version = version + 1, "
                     "updated_at = now() WHERE id = $1 AND version = $2 RETURNING " +
                         page_columns(),
                     page.id.str(), page.version, page.slug, page.title, page.description,
                     page.published, page.history_days, page.sections),
      read_status_page);
}

bool delete_status_page(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM status_pages WHERE id = $1", id.str()).affected_rows() == 1;
}

std::optional<StatusPost> find_status_post(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + post_columns() + " FROM status_posts WHERE id = $1", id.str()),
      read_post);
}

const Listing& status_post_listing() {
  static const Listing listing{
      .keys = {{"title", "lower(title)"},
               {"state", "state"},
               {"created_at", "status_posts.created_at", SortKey::Type::time},
               {"updated_at", "status_posts.updated_at", SortKey::Type::time}},
      .searched = {"title", "state", "text"},
      .newest_first = true};
  return listing;
}

Page<StatusPost> list_status_posts(pqxx::work& tx, const PageQuery& query,
                                   const std::optional<Uuid>& page) {
  const auto list = list_sql(tx, query, status_post_listing());
  const auto of = page ? " AND page_id = " + tx.quote(page->str()) : std::string();
  return read_page<StatusPost>(tx.exec("SELECT " + post_columns() + list.value +
                                       "FROM status_posts WHERE " + list.where + of + list.order),
                               read_post, query.limit);
}

StatusPost insert_status_post(pqxx::work& tx, const StatusPost& post) {
  return read_post(tx.exec_params1(
      "INSERT INTO status_posts (id, page_id, kind, title, state, text, components, starts_at, "
      "ends_at, updates) VALUES ($1, $2, $3, $4, $5, $6, $7, " +
          from_ms_sql(8) + ", " + from_ms_sql(9) + ", " + update_sql(5, 6) + ") RETURNING " +
          post_columns(),
      post.id.str(), post.page_id.str(), post.kind, post.title, post.state, post.text,
      json_of(post.components), ms_or_null(post.starts_at), ms_or_null(post.ends_at)));
}

std::optional<StatusPost> update_status_post(pqxx::work& tx, const StatusPost& post) {
  return first(tx.exec_params(
                   "UPDATE status_posts SET page_id = $3, kind = $4, title = $5, components = $8, "
                   "starts_at = " +
                       from_ms_sql(9) + ", ends_at = " + from_ms_sql(10) +
                       ", updates = CASE WHEN state = $6 AND text = $7 THEN updates ELSE "
                       "CASE WHEN jsonb_array_length(updates) >= " +
                       std::to_string(kMostStatusUpdates) +
                       " THEN updates - 0 ELSE updates END || " + update_sql(6, 7) +
                       " END, state = $6, text = $7, version = version + 1, updated_at = now() "
                       "WHERE id = $1 AND version = $2 RETURNING " +
                       post_columns(),
                   post.id.str(), post.version, post.page_id.str(), post.kind, post.title,
                   post.state, post.text, json_of(post.components), ms_or_null(post.starts_at),
                   ms_or_null(post.ends_at)),
               read_post);
}

bool delete_status_post(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM status_posts WHERE id = $1", id.str()).affected_rows() == 1;
}

std::map<Uuid, std::vector<StatusPost>> shown_status_posts(pqxx::work& tx, int days) {
  const std::string over =
      "(state IN ('resolved', 'completed') OR coalesce(ends_at < now(), false))";
  const std::string over_since =
      "CASE WHEN state IN ('resolved', 'completed') THEN "
      "to_timestamp((updates -> -1 ->> 'at_ms')::bigint / 1000.0) ELSE ends_at END";
  const auto rows = tx.exec_params(
      "SELECT " + post_columns() + " FROM (SELECT p.* FROM status_pages s CROSS JOIN LATERAL (" +
          "SELECT *, " + over + " AS over FROM status_posts WHERE page_id = s.id AND (NOT " + over +
          " OR " + over_since + " > now() - make_interval(days => $1)) " +
          "ORDER BY over, created_at DESC, id DESC LIMIT 100) p WHERE s.published) shown "
          "ORDER BY over, created_at DESC, id DESC",
      days);
  std::map<Uuid, std::vector<StatusPost>> posts;
  for (const auto& row : rows) {
    auto post = read_post(row);
    posts[post.page_id].push_back(std::move(post));
  }
  return posts;
}

}  // namespace monitron::store
