// /silences: those of Alertmanager, of all peers as one.

#include "alertmanager/silences.hpp"

#include "api/alertmanager.hpp"
#include "api/people.hpp"
#include "api/resource.hpp"
#include "base/log.hpp"
#include "promql/matcher.hpp"
#include "store/silenced.hpp"

#include <semaphore>

namespace monitron::api {
namespace {

using alertmanager::Matcher;
using alertmanager::Silence;
using alertmanager::Silences;

constexpr std::ptrdiff_t kAtOnce = 2;  // workers that a slow Alertmanager may hold
constexpr std::size_t kMostMatchers = 50;
constexpr std::chrono::hours kLongest{24 * 366};

struct Gate {
  std::counting_semaphore<kAtOnce> free{kAtOnce};
};

Json json_of(const Silence& silence) {
  Json matchers = Json::array();
  for (const auto& matcher : silence.matchers) {
    matchers.push_back({{"name", matcher.name},
                        {"value", matcher.value},
                        {"regex", matcher.regex},
                        {"equal", matcher.equal}});
  }
  return {{"id", silence.id},
          {"state", silence.state},
          {"matchers", std::move(matchers)},
          {"starts_at", to_rfc3339(silence.starts_at)},
          {"ends_at", to_rfc3339(silence.ends_at)},
          {"created_by", silence.created_by},
          {"comment", silence.comment}};
}

Matcher read_matcher(const Json& body, std::size_t at, std::vector<http::FieldError>& errors) {
  Fields fields(body, errors, "matchers[" + std::to_string(at) + "].");
  Matcher matcher;
  const auto name = fields.text("name", {.min = 1, .max = 200, .required = true});
  matcher.name = alertmanager::plain_name(name);  // as alerts are told
  matcher.value = fields.text("value", {.min = 0, .max = 1024, .required = true});
  matcher.regex = fields.boolean("regex", false);
  matcher.equal = fields.boolean("equal", true);
  fields.finish();
  return matcher;
}

Result<promql::Matcher> judged(const Matcher& matcher) {
  return promql::Matcher::make(promql::match_kind(matcher.regex, matcher.equal), matcher.name,
                               matcher.value);
}

void read_matchers(const Json& body, Silence& silence, std::vector<http::FieldError>& errors) {
  const auto list = body.find("matchers");
  if (list == body.end() || !list->is_array() || list->empty() || list->size() > kMostMatchers) {
    errors.push_back({"matchers", "invalid", "must be a list of 1 to 50 matchers"});
    return;
  }
  bool selects = false;  // what matches alerts without the label, too, selects nothing
  for (std::size_t at = 0; at < list->size(); ++at) {
    const auto place = "matchers[" + std::to_string(at) + "]";
    if (!list->at(at).is_object()) {
      errors.push_back({place, "invalid", "must be an object"});
      continue;
    }
    silence.matchers.push_back(read_matcher(list->at(at), at, errors));
    const auto matcher = judged(silence.matchers.back());
    if (!matcher) errors.push_back({place + ".value", "invalid", matcher.error().text});
    selects = selects || (matcher && !matcher->matches(""));
  }
  if (errors.empty() && !selects) {
    errors.push_back({"matchers", "invalid",
                      "at least one must name a value: together they would silence everything"});
  }
}

Outcome<Silence> read_silence(const http::Request& request, Instant now) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  fields.ignore({"matchers"});
  Silence silence;
  read_matchers(*body, silence, errors);
  silence.starts_at = fields.time("starts_at").value_or(now);
  const auto ends_at = fields.time("ends_at");
  if (!ends_at && !fields.has("ends_at")) {
    fields.refuse("ends_at", "required", "is missing");
  } else if (ends_at && (*ends_at <= silence.starts_at || *ends_at <= now)) {
    fields.refuse("ends_at", "invalid", "must be later than starts_at, and than now");
  } else if (ends_at && *ends_at - silence.starts_at > kLongest) {
    fields.refuse("ends_at", "invalid", "must be within 366 days of starts_at");
  }
  silence.ends_at = ends_at.value_or(Instant{});
  silence.comment = fields.text("comment", {.min = 1, .max = 1000, .required = true});
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return silence;
}

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

// Where the peers are is not for everybody to read.
tl::unexpected<Refusal> refused(const Error& error) {
  log::warning("alertmanager.refused", error.text);
  if (error.fault == Fault::invalid) {
    return refuse(Fault::invalid, "Alertmanager does not accept this silence");
  }
  return not_now("no Alertmanager answers as it should; the log says why");
}

Outcome<http::Response> list(const Silences& silences, const http::Request& request) {
  if (const auto known = known_query(request, {"state", "limit"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto state = choice_query(request, "state", {"active", "pending", "expired"});
  if (!state) return tl::unexpected(state.error());
  const auto place = page_place(request);
  if (!place) return tl::unexpected(place.error());
  const auto all = silences.list();
  if (!all) return refused(all.error());
  Json items = Json::array();
  for (const auto& silence : *all) {
    const bool wanted = state->empty() || silence.state == *state;
    if (wanted && items.size() < static_cast<std::size_t>(place->limit))
      items.push_back(json_of(silence));
  }
  return page_answer(std::move(items), "");
}

void note(Context& context, const http::Request& request, const char* action, const std::string& id,
          const Json& what) {
  (void)in_transaction(context.database, [&](pqxx::work& tx) {
    store::append_audit(tx, audit_entry(request, action, id, what));
    store::tell_silences_changed(tx);
  });
}

Outcome<http::Response> create(Context& context, const Silences& silences,
                               const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  auto silence = read_silence(request, context.clock.now());
  if (!silence) return tl::unexpected(silence.error());
  const auto by = in_transaction(context.database,
                                 [&](pqxx::work& tx) { return actor_of(tx, request.caller).name; });
  if (!by) return tl::unexpected(by.error());
  silence->created_by = *by;
  const auto id = silences.add(*silence);
  if (!id) return refused(id.error());
  silence->id = *id;
  silence->state = silence->starts_at > context.clock.now() ? "pending" : "active";
  const auto shown = json_of(*silence);
  note(context, request, "silence.create", *id, {{"after", shown}});
  auto response = json_answer(201, shown);
  response.headers.emplace_back("Location", "/api/v1/silences/" + *id);
  return response;
}

Outcome<http::Response> expire(Context& context, const Silences& silences,
                               const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  const auto ended = silences.expire(id->str());
  if (!ended) {
    if (ended.error().fault == Fault::not_found) {
      return refuse(Fault::not_found, "nothing has this id");
    }
    return refused(ended.error());
  }
  note(context, request, "silence.delete", id->str(), Json::object());
  return http::Response{.status = 204};
}

}  // namespace

void add_silence_routes(http::Router& router, Context& context) {
  using http::Method;
  const auto gate = std::make_shared<Gate>();
  const auto add = [&](Method method, const std::string& path, const char* permission, auto work) {
    mount(router, method, path, permission,
          [&context, gate, work](const http::Request& request) -> Outcome<http::Response> {
            return with_peers(context, *gate,
                              [&](const Silences& silences) { return work(silences, request); });
          });
  };
  const std::string path = "/api/v1/silences";
  add(Method::get, path, "read", list);
  add(Method::post, path, "write", [&context](const auto& silences, const auto& request) {
    return create(context, silences, request);
  });
  add(Method::delete_, path + "/:id", "write",
      [&context](const auto& silences, const auto& request) {
        return expire(context, silences, request);
      });
}

}  // namespace monitron::api
