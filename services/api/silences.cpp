// /silences: those of Alertmanager, of all peers as one. What is made, changed or ended here is
// remembered, so that a peer that was away is told by the notifier.

#include "alertmanager/silences.hpp"

#include "alertmanager/read.hpp"
#include "api/alertmanager.hpp"
#include "api/people.hpp"
#include "api/resource.hpp"
#include "api/silence_json.hpp"
#include "base/bytes.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "store/silenced.hpp"

#include <algorithm>
#include <semaphore>
#include <tuple>

namespace monitron::api {
namespace {

using alertmanager::PeerAnswer;
using alertmanager::Silence;
using alertmanager::Silences;
using alertmanager::WantedSilence;

constexpr std::ptrdiff_t kAtOnce = 2;  // workers that a slow Alertmanager may hold
// What the notifier found out so lately saves waiting for what does not answer.
constexpr std::chrono::seconds kKnownFor{20};

struct Gate {
  std::counting_semaphore<kAtOnce> free{kAtOnce};
};

tl::unexpected<Refusal> not_now(std::string why) {
  return refuse(http::Problem{.status = 503, .detail = std::move(why)});
}

// With Alertmanager, unless it is not there or too many ask at once.
template <class Do>
Outcome<http::Response> with_peers(const Context& context, Gate& gate, Do work) {
  if (context.config.alertmanagers.empty()) {
    return not_now("no Alertmanager is configured: ALERTMANAGER_URL is empty");
  }
  if (!gate.free.try_acquire()) {
    return not_now("too many ask Alertmanager at once");
  }
  const std::unique_ptr<Gate, void (*)(Gate*)> leaving(&gate, [](Gate* g) { g->free.release(); });
  return work(Silences(context.config.alertmanagers));
}

std::string in_words(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string away(const std::vector<std::string>& names) {
  return "Alertmanager at " + in_words(names) +
         (names.size() == 1 ? " does not answer" : " do not answer");
}

std::vector<std::string> names_of(const Silences& silences) {
  std::vector<std::string> names;
  for (const auto& peer : silences.peers()) names.push_back(peer.name());
  return names;
}

// What it means that no peer answers.
constexpr const char* kUnread = "what it silences is not known";
constexpr const char* kUnchanged = "nothing is silenced or changed by this";

tl::unexpected<Refusal> refused(const Silences& silences, const Error& error,
                                const std::string& meaning) {
  log::warning("alertmanager.refused", error.text);
  if (error.fault == Fault::invalid) {
    return refuse(Fault::invalid, "Alertmanager does not accept this silence");
  }
  if (error.fault == Fault::denied) {
    return not_now("Alertmanager at " + in_words(names_of(silences)) +
                   " does not let Monitron in: its user, password or token is wrong");
  }
  return not_now(away(names_of(silences)) + "; " + meaning);
}

// Whether the notifier has found lately that none of them answers.
bool known_to_be_away(Context& context, const Silences& silences) {
  const auto states = context.database.transact(store::peer_states);
  if (!states) return false;
  const auto since = context.clock.now() - kKnownFor;
  return std::all_of(silences.peers().begin(), silences.peers().end(), [&](const auto& peer) {
    return std::any_of(states->begin(), states->end(), [&](const store::PeerState& state) {
      return state.url == peer.url() && !state.answers && state.checked_at > since;
    });
  });
}

Outcome<std::vector<PeerAnswer>> answers_of(const Silences& silences,
                                            const std::string& meaning = kUnread) {
  auto answers = silences.ask();
  for (const auto& answer : answers) {
    if (answer.silences) return answers;
  }
  return refused(silences, answers.front().silences.error(), meaning);
}

Json warnings_of(const std::vector<std::string>& names, const std::string& what) {
  Json warnings = Json::array();
  if (!names.empty()) warnings.push_back(away(names) + ": " + what);
  return warnings;
}

// What is asked for of the list.
struct Wish {
  std::string state{};
  store::PageQuery sorted{};  // its sort, direction and text
  PagePlace place{};
};

const store::Listing& silence_listing() {
  static const store::Listing listing{.keys = {{"starts_at", ""}, {"ends_at", ""}}};
  return listing;
}

// Where a silence stands in the list, which goes on behind it in the next page.
using Place = std::tuple<int, std::int64_t, std::string>;

Place place_of(const Silence& silence, const Wish& wish) {
  if (const auto* key = wish.sorted.sort) {
    const auto time = to_ms(key->name == "starts_at" ? silence.starts_at : silence.ends_at);
    return {0, wish.sorted.descending ? -time : time, silence.id};
  }
  const int rank = silence.state == "active" ? 0 : silence.state == "pending" ? 1 : 2;
  return {rank, -to_ms(silence.ends_at), silence.id};
}

bool is_wanted(const Silence& silence, const Wish& wish) {
  const auto has = [text = to_lower(wish.sorted.text)](const std::string& in) {
    return to_lower(in).find(text) != std::string::npos;
  };
  const bool stands = wish.state.empty() || silence.state == wish.state;
  return stands && (has(silence.comment) || has(silence.created_by));
}

std::string text_of(const Place& place) {
  const auto& [rank, age, id] = place;
  return std::to_string(rank) + " " + std::to_string(age) + " " + id;
}

std::optional<Place> parse_place(const std::string& text) {
  const auto parts = split_list(text, ' ');
  if (parts.size() != 3) return std::nullopt;
  const auto rank = parse_number<int>(parts[0]);
  const auto age = parse_number<std::int64_t>(parts[1]);
  if (!rank || !age) return std::nullopt;
  return Place{*rank, *age, parts[2]};
}

Outcome<http::Response> page_of(const http::Request& request, std::vector<Silence> all,
                                const Wish& wish, Json warnings) {
  std::optional<Place> after;
  if (!wish.place.position.empty()) {
    after = parse_place(wish.place.position);
    if (!after) return bad_cursor();
  }
  std::sort(all.begin(), all.end(),
            [&](const auto& a, const auto& b) { return place_of(a, wish) < place_of(b, wish); });
  Json items = Json::array();
  std::string next;
  const Silence* last = nullptr;
  for (const auto& silence : all) {
    if (!is_wanted(silence, wish) || (after && place_of(silence, wish) <= *after)) continue;
    if (items.size() == static_cast<std::size_t>(wish.place.limit)) {
      next = text_of(place_of(*last, wish));
      break;
    }
    items.push_back(silence_json(silence));
    last = &silence;
  }
  return json_answer(200, {{"items", std::move(items)},
                           {"next_cursor", cursor_of(request, next)},
                           {"warnings", std::move(warnings)}});
}

Outcome<Wish> read_wish(const http::Request& request) {
  if (const auto known = known_query(request, {"state", "limit", "cursor", "sort", "q"}); !known) {
    return tl::unexpected(known.error());
  }
  Wish wish{.sorted = {.text = request.query_one("q").value_or("")}};
  if (const auto sort = sort_query(request, silence_listing(), wish.sorted); !sort) {
    return tl::unexpected(sort.error());
  }
  const auto state = choice_query(request, "state", {"active", "pending", "expired"});
  if (!state) return tl::unexpected(state.error());
  const auto place = page_place(request);
  if (!place) return tl::unexpected(place.error());
  wish.state = *state;
  wish.place = *place;
  return wish;
}

Outcome<http::Response> list(Context& context, const Silences& silences,
                             const http::Request& request) {
  const auto wish = read_wish(request);
  if (!wish) return tl::unexpected(wish.error());
  if (known_to_be_away(context, silences)) {
    return not_now(away(names_of(silences)) + "; " + kUnread);
  }
  const auto answers = answers_of(silences);
  if (!answers) return tl::unexpected(answers.error());
  std::vector<std::string> missing;
  for (std::size_t at = 0; at < answers->size(); ++at) {
    if (!answers->at(at).silences) missing.push_back(silences.peers()[at].name());
  }
  return page_of(request, *alertmanager::all_of(*answers), *wish,
                 warnings_of(missing, "what it alone silences is not known"));
}

// One that is there, as it is wanted; its row, if it was made or changed here.
struct Found {
  Uuid row = Uuid::make();
  WantedSilence wanted{};
};

WantedSilence wanted_of(const store::WantedSilence& row, Instant now) {
  WantedSilence wanted;
  if (auto read = alertmanager::read_silences(row.wanted); read && !read->empty()) {
    wanted.silence = std::move(read->front());
  }
  wanted.ended = row.ended;
  wanted.version = row.version;
  wanted.copies = alertmanager::read_copies(row.copies);
  wanted.silence.state = row.ended || row.ends_at <= now  ? "expired"
                         : wanted.silence.starts_at > now ? "pending"
                                                          : "active";
  return wanted;
}

// What a peer says goes first: somebody may have changed it there. What no peer knows that answers
// may be known here.
Outcome<Found> find(Context& context, const Silences& silences,
                    const std::vector<PeerAnswer>& answers, const std::string& id) {
  const auto row = in_transaction(context.database,
                                  [&](pqxx::work& tx) { return store::silence_with_copy(tx, id); });
  if (!row) return tl::unexpected(row.error());
  auto there = alertmanager::found(silences.peers(), answers, id);
  if (!there && !*row) return refuse(Fault::not_found, "nothing has this id");
  Found found;
  if (*row) {
    found.row = (*row)->id;
    found.wanted = wanted_of(**row, context.clock.now());
    found.wanted.silence.id = id;
  }
  if (there && *row) found.wanted.silence = there->silence;
  if (there && !*row) found.wanted = *there;
  return found;
}

// The one that a request names.
struct Named {
  std::string id;
  std::vector<PeerAnswer> answers;
  Found found;
};

Outcome<Named> named(Context& context, const Silences& silences, const http::Request& request,
                     const char* unanswered) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  auto answers = answers_of(silences, unanswered);
  if (!answers) return tl::unexpected(answers.error());
  auto found = find(context, silences, *answers, id->str());
  if (!found) return tl::unexpected(found.error());
  return Named{id->str(), std::move(*answers), std::move(*found)};
}

// Alertmanager is told outside of the transaction that keeps an Idempotency-Key: when that fails,
// the same request comes again, and the silence it made is there. A silence has no place for a key;
// one that says the same is it.
Outcome<Found> new_or_told(Context& context, const Silences& silences,
                           const std::vector<PeerAnswer>& answers, const http::Request& request,
                           Silence silence) {
  if (!request.header("idempotency-key").empty()) {
    const auto id = alertmanager::told_already(answers, silence, context.clock.now());
    if (id) return find(context, silences, answers, *id);
  }
  Found made;
  made.wanted.silence = std::move(silence);
  return made;
}

// Written down with what has become of it, and told to the notifier.
Outcome<void> remember(Context& context, const http::Request& request, const Found& found,
                       const Silences::Settled& settled, const char* action, const Json& what) {
  const store::WantedSilence row{.id = found.row,
                                 .wanted = alertmanager::text_of(std::vector{found.wanted.silence}),
                                 .ends_at = found.wanted.silence.ends_at,
                                 .ended = found.wanted.ended,
                                 .version = found.wanted.version,
                                 .copies = alertmanager::text_of(settled.told)};
  const auto done = in_transaction(context.database, [&](pqxx::work& tx) {
    store::put_silence(tx, row);
    store::append_audit(tx, audit_entry(request, action, settled.id, what));
    store::tell_silences_changed(tx);
  });
  if (!done) return tl::unexpected(done.error());
  return {};
}

Json shown(const Silence& silence, const Silences::Settled& settled) {
  auto json = silence_json(silence);
  json["warnings"] = warnings_of(settled.missed, "it is told as soon as it does");
  return json;
}

// Tells all peers that answer; a refusal when none of them takes it.
Outcome<http::Response> put(Context& context, const Silences& silences,
                            const std::vector<PeerAnswer>& answers, const http::Request& request,
                            Found found, bool is_new) {
  const auto before = found.wanted.silence.id;
  auto settled = silences.settle(found.wanted, answers);
  if (settled.id.empty()) return refused(silences, *settled.trouble, kUnchanged);
  // Of one that was told already, and not written down.
  if (is_new) settled.told.insert(found.wanted.copies.begin(), found.wanted.copies.end());
  auto& silence = found.wanted.silence;
  silence.id = settled.id;
  silence.state = silence.starts_at > context.clock.now() ? "pending" : "active";
  const auto json = silence_json(silence);
  Json what = {{"after", json}};
  if (!is_new) what["changed"] = before;
  const auto done = remember(context, request, found, settled,
                             is_new ? "silence.create" : "silence.update", what);
  if (!done) return tl::unexpected(done.error());
  auto response = json_answer(is_new ? 201 : 200, shown(silence, settled));
  response.headers.emplace_back("Location", "/api/v1/silences/" + settled.id);
  return response;
}

Outcome<std::string> name_of_caller(Context& context, const http::Request& request) {
  return in_transaction(context.database,
                        [&](pqxx::work& tx) { return actor_of(tx, request.caller).name; });
}

Outcome<http::Response> create(Context& context, const Silences& silences,
                               const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  auto silence = read_silence(request, context.clock.now());
  if (!silence) return tl::unexpected(silence.error());
  const auto by = name_of_caller(context, request);
  if (!by) return tl::unexpected(by.error());
  silence->created_by = *by;
  const auto answers = answers_of(silences, kUnchanged);
  if (!answers) return tl::unexpected(answers.error());
  auto made = new_or_told(context, silences, *answers, request, std::move(*silence));
  if (!made) return tl::unexpected(made.error());
  return put(context, silences, *answers, request, std::move(*made), true);
}

// Alertmanager keeps the id where it can; else it ends the old one and makes another.
Outcome<http::Response> change(Context& context, const Silences& silences,
                               const http::Request& request) {
  auto asked = named(context, silences, request, kUnchanged);
  if (!asked) return tl::unexpected(asked.error());
  auto& found = asked->found;
  const bool over = found.wanted.silence.state == "expired";
  auto silence = read_silence(request, context.clock.now(), &found.wanted.silence);
  if (!silence) return tl::unexpected(silence.error());
  if (over) {
    const auto by = name_of_caller(context, request);
    if (!by) return tl::unexpected(by.error());
    silence->created_by = *by;
    found = Found();
  } else {
    ++found.wanted.version;
  }
  found.wanted.silence = std::move(*silence);
  return put(context, silences, asked->answers, request, std::move(found), over);
}

Outcome<http::Response> one(Context& context, const Silences& silences,
                            const http::Request& request) {
  const auto asked = named(context, silences, request, kUnread);
  if (!asked) return tl::unexpected(asked.error());
  return json_answer(200, silence_json(asked->found.wanted.silence));
}

Outcome<http::Response> expire(Context& context, const Silences& silences,
                               const http::Request& request) {
  auto asked = named(context, silences, request, kUnchanged);
  if (!asked) return tl::unexpected(asked.error());
  auto& found = asked->found;
  if (found.wanted.silence.state == "expired") return http::Response{.status = 204};
  found.wanted.ended = true;
  ++found.wanted.version;
  auto settled = silences.settle(found.wanted, asked->answers);
  if (settled.told.empty()) return refused(silences, *settled.trouble, kUnchanged);
  settled.id = asked->id;
  const auto done = remember(context, request, found, settled, "silence.delete", Json::object());
  if (!done) return tl::unexpected(done.error());
  if (settled.missed.empty()) return http::Response{.status = 204};
  return json_answer(200,
                     {{"warnings", warnings_of(settled.missed, "it goes on there until it does")}});
}

}  // namespace

void add_silence_routes(http::Router& router, Context& context) {
  using http::Method;
  using Work = Outcome<http::Response> (*)(Context&, const Silences&, const http::Request&);
  const auto gate = std::make_shared<Gate>();
  const auto with = [&](Work work) {
    return [&context, gate, work](const http::Request& request) -> Outcome<http::Response> {
      return with_peers(context, *gate,
                        [&](const Silences& silences) { return work(context, silences, request); });
    };
  };
  const auto add = [&](Method method, const std::string& path, const char* permission, Work work) {
    mount(router, method, path, permission, with(work));
  };
  const std::string path = "/api/v1/silences";
  add(Method::get, path, "silences:read", list);
  mount_once(router, context, path, http::needs("silences:write"), with(create));
  add(Method::get, path + "/:id", "silences:read", one);
  add(Method::put, path + "/:id", "silences:write", change);
  add(Method::delete_, path + "/:id", "silences:write", expire);
}

}  // namespace monitron::api
