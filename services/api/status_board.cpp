#include "api/status_board.hpp"

#include "api/resource.hpp"
#include "base/log.hpp"
#include "series/reader.hpp"

#include <utility>

namespace monitron::api {
namespace {

constexpr int kMostPages = 1000;

using Standings = std::vector<store::Standing>;

std::vector<const store::Standing*> those_of(const StatusComponent& component,
                                             const Standings& standings) {
  std::vector<const store::Standing*> found;
  for (const auto& one : standings) {
    if (domain::selects(component.selector, one.labels)) found.push_back(&one);
  }
  return found;
}

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

constexpr std::chrono::hours kDay{24};

Instant day_of(Instant time) { return std::chrono::floor<std::chrono::days>(time); }

std::vector<PublicDay> empty_days(Instant now, int days) {
  std::vector<PublicDay> all;
  for (int i = days - 1; i >= 0; --i) {
    all.push_back({.date = to_rfc3339(day_of(now) - i * kDay).substr(0, 10)});
  }
  return all;
}

// Each result counts once, wherever it is from.
void add_results(pqxx::work& tx, const Uuid& check, Instant now, std::vector<PublicDay>& days) {
  const auto first = day_of(now) - static_cast<int>(days.size() - 1) * kDay;
  const auto found = series::read_buckets(
      tx,
      {.source = check,
       .metric_name = "probe_success",
       .from = first,
       .to = now,
       .step = kDay,
       .aggregates = {{series::Aggregate::sum, 0, "sum"}, {series::Aggregate::count, 0, "count"}}});
  for (const auto& bucket : found.items) {
    const auto at = static_cast<std::size_t>((bucket.start - first) / kDay);
    if (at >= days.size() || bucket.values.size() != 2) continue;
    days[at].up += bucket.values[0];
    days[at].results += bucket.values[1];
  }
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

Outcome<std::shared_ptr<const PublicStatus>> StatusBoard::find(const std::string& slug) {
  const auto board = current(context_.clock.now());
  if (!board) return refuse(Fault::unavailable, "what the page shows cannot be read now");
  const auto found = board->pages.find(slug);
  if (found == board->pages.end()) return refuse(Fault::not_found, "there is no such status page");
  return found->second;
}

// What there is, when it is fresh or somebody else is about to read it anew.
std::shared_ptr<const StatusBoard::Board> StatusBoard::current(Instant now) {
  const auto known = [&] {
    const std::lock_guard lock(mutex_);
    return board_;
  };
  const auto before = known();
  const auto age = before ? now - before->read_at : kKept;
  if (before && age < kFresh) return before;
  std::unique_lock turn(reading_, std::defer_lock);
  if (age < kWhileRead) {
    if (!turn.try_lock()) return before;
  } else {
    turn.lock();
  }
  if (const auto board = known(); board != before) return board;
  auto fresh = read(now);
  if (!fresh) return age < kKept ? before : nullptr;
  auto made = std::make_shared<const Board>(std::move(*fresh));
  const std::lock_guard lock(mutex_);
  return board_ = std::move(made);
}

std::optional<StatusBoard::Board> StatusBoard::read(Instant now) {
  auto board = context_.database.transact([&](pqxx::work& tx) {
    Board made{.read_at = now};
    const auto pages = store::list_status_pages(tx, {.limit = kMostPages});
    std::erase_if(histories_, [&](const auto& one) {
      return std::none_of(pages.items.begin(), pages.items.end(),
                          [&](const auto& page) { return page.published && page.id == one.first; });
    });
    const bool any = std::any_of(pages.items.begin(), pages.items.end(),
                                 [](const auto& page) { return page.published; });
    if (!any) return made;
    const MaintenanceNow maintenance(tx, now);
    const auto standings = store::check_standings(tx);
    bool its_turn = true;
    for (const auto& page : pages.items) {
      if (!page.published) continue;
      made.pages[page.slug] = std::make_shared<const PublicStatus>(
          read_page(tx, page, standings, maintenance, now, its_turn));
    }
    return made;
  });
  if (!board) {
    log::warning("status.not_read", board.error().text);
    return std::nullopt;
  }
  return std::move(*board);
}

PublicStatus StatusBoard::read_page(pqxx::work& tx, const store::StatusPage& page,
                                    const Standings& standings, const MaintenanceNow& maintenance,
                                    Instant now, bool& its_turn) {
  const auto& history = history_of(tx, page, standings, now, its_turn);
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
                                 .days = history.days.at(one.id)});
    }
  }
  status.state = state_of(states);
  for (const auto& post : store::shown_status_posts(tx, page.id, kShownDays)) {
    status.posts.push_back(public_post(post));
  }
  return status;
}

const StatusBoard::History& StatusBoard::history_of(pqxx::work& tx, const store::StatusPage& page,
                                                    const Standings& standings, Instant now,
                                                    bool& its_turn) {
  auto& known = histories_[page.id];
  const bool same = known.version == page.version;
  if (same && (now - known.read_at < kHistoryFresh || !its_turn)) return known;
  History history{.version = page.version};
  std::size_t measured = 0;
  for (const auto& section : sections_of(page)) {
    for (const auto& component : section.components) {
      auto& days = history.days[component.id] = empty_days(now, page.history_days);
      if (days.empty() || !its_turn) continue;
      for (const auto* one : those_of(component, standings)) {
        if (++measured <= kMostMeasured) add_results(tx, one->id, now, days);
      }
    }
  }
  if (std::exchange(its_turn, false)) history.read_at = now;
  return known = std::move(history);
}

namespace {

Outcome<http::Response> show(StatusBoard& board, const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto status = board.find(request.params.at("slug"));
  if (!status) return tl::unexpected(status.error());
  auto response = json_answer(200, to_json(**status));
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
  if (!wanted) drawn = badge_of("status", (*status)->state);
  for (const auto& section : (*status)->sections) {
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

void add_public_status_routes(http::Router& router, Context& context) {
  const auto board = std::make_shared<StatusBoard>(context);
  const std::string place = "/api/v1/public/status/:slug";
  const auto with = [board](auto serve) {
    return [board, serve](const http::Request& request) { return serve(*board, request); };
  };
  mount(router, http::Method::get, place, "", with(show));
  mount(router, http::Method::get, place + "/badge", "", with(badge));
}

}  // namespace monitron::api
