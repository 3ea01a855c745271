#include "api/status_board.hpp"

#include "api/resource.hpp"
#include "base/log.hpp"

namespace monitron::api {
namespace {

StandingCounts counts_of(const std::vector<const store::Standing*>& those,
                         const MaintenanceNow& maintenance) {
  StandingCounts counts;
  for (const auto* one : those) {
    if (maintenance.covers(one->labels)) {
      ++counts.maintenance;
    } else if (one->stale || one->status == "unknown") {
      ++counts.unknown;
    } else if (one->status == "down") {
      ++counts.down;
    } else {
      ++counts.up;
      counts.warning += one->warning ? 1 : 0;
    }
  }
  return counts;
}

PublicPost public_post(const store::StatusPost& post) {
  PublicPost made{.id = post.id.str(),
                  .kind = post.kind,
                  .title = post.title,
                  .state = post.state,
                  .components = post.components,
                  .starts_at = post.starts_at,
                  .ends_at = post.ends_at,
                  .created_at = post.created_at};
  for (auto one = post.updates.rbegin(); one != post.updates.rend(); ++one) {
    made.updates.push_back({one->at, one->state, one->text});
  }
  return made;
}

}  // namespace

Outcome<std::shared_ptr<const StatusBoard::Shown>> StatusBoard::find(const std::string& slug) {
  std::shared_ptr<const Board> board;
  {
    const std::lock_guard lock(mutex_);
    board = board_;
  }
  const auto age = board ? clock_.now() - board->read_at : kKept;
  if (age >= kKept) {
    wanted_ = true;
    return refuse(Fault::unavailable, "what the page shows cannot be read now");
  }
  const auto found = board->pages.find(slug);
  if (found != board->pages.end() || age > kUnknown) wanted_ = true;
  if (found == board->pages.end()) {
    return refuse(Fault::not_found, "there is no such status page");
  }
  return found->second;
}

void StatusBoard::look() {
  const auto now = clock_.now();
  if (!wanted_.exchange(false) && now - looked_at_ < kQuiet) return;
  looked_at_ = now;
  auto board = database_.transact([&](pqxx::work& tx) { return read(tx, now); });
  if (!board) {
    wanted_ = true;
    return log::warning("status.not_read", board.error().text);
  }
  const std::lock_guard lock(mutex_);
  board_ = std::make_shared<const Board>(std::move(*board));
}

StatusBoard::Board StatusBoard::read(pqxx::work& tx, Instant now) const {
  Board board{.read_at = now};
  const auto pages = store::published_status_pages(tx);
  if (pages.empty()) return board;
  const MaintenanceNow maintenance(tx, now);
  const auto standings = store::check_standings(tx);
  auto posts = store::shown_status_posts(tx, kShownDays);
  for (const auto& page : pages) {
    Shown shown{.status = read_page(page, standings, maintenance, now)};
    for (const auto& post : posts[page.id]) shown.status.posts.push_back(public_post(post));
    shown.json = to_json(shown.status).dump(-1, ' ', false, Json::error_handler_t::replace);
    board.pages[page.slug] = std::make_shared<const Shown>(std::move(shown));
  }
  return board;
}

PublicStatus StatusBoard::read_page(const store::StatusPage& page,
                                    const std::vector<store::Standing>& standings,
                                    const MaintenanceNow& maintenance, Instant now) const {
  PublicStatus status{
      .slug = page.slug, .title = page.title, .description = page.description, .at = now};
  std::vector<PublicState> states;
  for (const auto& section : sections_of(page)) {
    auto& made = status.sections.emplace_back(PublicSection{.name = section.name});
    for (const auto& one : section.components) {
      states.push_back(state_of(counts_of(those_of(one, standings), maintenance)));
      made.components.push_back({.id = one.id,
                                 .name = one.name,
                                 .description = one.description,
                                 .state = states.back(),
                                 .days = history_.days_of(page, one.id, now)});
    }
  }
  status.state = state_of(states);
  return status;
}

namespace {

Outcome<http::Response> show(StatusBoard& board, const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto status = board.find(request.params.at("slug"));
  if (!status) return tl::unexpected(status.error());
  auto response = http::json_response(200, (*status)->json);
  response.headers.emplace_back("Cache-Control", "public, max-age=5");
  return response;
}

Outcome<http::Response> badge(StatusBoard& board, const http::Request& request) {
  if (const auto known = known_query(request, {"component"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto status = board.find(request.params.at("slug"));
  if (!status) return tl::unexpected(status.error());
  const auto wanted = request.query_one("component");
  std::optional<std::string> drawn;
  if (!wanted) drawn = badge_of("status", (*status)->status.state);
  for (const auto& section : (*status)->status.sections) {
    for (const auto& one : section.components) {
      if (wanted == one.id) drawn = badge_of(one.name, one.state);
    }
  }
  if (!drawn) return refuse(Fault::not_found, "the page has no such component");
  return http::Response{.content_type = "image/svg+xml",
                        .body = std::move(*drawn),
                        .headers = {{"Cache-Control", "public, max-age=5"}}};
}

}  // namespace

void add_public_status_routes(http::Router& router, StatusBoard& board) {
  const std::string place = "/api/v1/public/status/:slug";
  mount(router, http::Method::get, place, "",
        [&board](const http::Request& request) { return show(board, request); });
  mount(router, http::Method::get, place + "/badge", "",
        [&board](const http::Request& request) { return badge(board, request); });
}

}  // namespace monitron::api
