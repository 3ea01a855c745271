#pragma once
// Status pages, which the public is shown, and the posts on them. Written by api.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct StatusPage {
  Uuid id{};
  std::string slug{};  // of its address; no other has it
  std::string title{};
  std::string description{};
  bool published = false;
  int history_days = 90;
  std::string sections = "[]";  // a JSON list, as the API has it
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::optional<StatusPage> find_status_page(pqxx::work& tx, const Uuid& id);
std::optional<StatusPage> find_status_page_by_slug(pqxx::work& tx, const std::string& slug);
const Listing& status_page_listing();
Page<StatusPage> list_status_pages(pqxx::work& tx, const PageQuery& query);
std::vector<StatusPage> published_status_pages(pqxx::work& tx);
// Throws unique_violation for a slug that is taken.
StatusPage insert_status_page(pqxx::work& tx, const StatusPage& page);
// Nothing when it has another version.
std::optional<StatusPage> update_status_page(pqxx::work& tx, const StatusPage& page);
bool delete_status_page(pqxx::work& tx, const Uuid& id);  // with its posts

inline constexpr int kMostStatusUpdates = 200;  // of a post, the latest

struct StatusPost {
  Uuid id{};
  Uuid page_id{};
  std::string kind{};  // incident, maintenance, notice
  std::string title{};
  std::string state{};  // as its last update says
  std::string text{};
  std::vector<std::string> components{};  // ids of the page's
  std::optional<Instant> starts_at{};     // of maintenance
  std::optional<Instant> ends_at{};
  // Each state and text that it had, the first one first.
  struct Update {
    Instant at{};
    std::string state{};
    std::string text{};
  };
  std::vector<Update> updates{};
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::optional<StatusPost> find_status_post(pqxx::work& tx, const Uuid& id);
const Listing& status_post_listing();
Page<StatusPost> list_status_posts(pqxx::work& tx, const PageQuery& query,
                                   const std::optional<Uuid>& page);
StatusPost insert_status_post(pqxx::work& tx, const StatusPost& post);
// Another state or text is one update more. Nothing when it has another version.
std::optional<StatusPost> update_status_post(pqxx::work& tx, const StatusPost& post);
bool delete_status_post(pqxx::work& tx, const Uuid& id);
// What published pages show: what is not over, and what was within so many days, by its last update
// or the end of its time; at most 100 of a page, those that are not over first, the latest first.
std::map<Uuid, std::vector<StatusPost>> shown_status_posts(pqxx::work& tx, int days);

}  // namespace monitron::store
