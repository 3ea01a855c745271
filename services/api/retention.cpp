// GET and PUT /retention: the classes of retention, all at once, as their order matters.

#include "api/retention.hpp"

#include "api/resource.hpp"
#include "promql/parser.hpp"
#include "store/retention.hpp"

namespace monitron::api {
namespace {

using std::chrono::seconds;
using store::Retention;
using store::RetentionClass;

constexpr seconds kDay = std::chrono::hours(24);
constexpr seconds kLongest = 36'500 * kDay;
using Member = seconds RetentionClass::*;
constexpr std::pair<const char*, Member> kTimes[] = {{"raw", &RetentionClass::raw},
                                                     {"rollup_5m", &RetentionClass::rollup_5m},
                                                     {"rollup_1h", &RetentionClass::rollup_1h}};

// 30d and not 4w2d, as people wrote it.
std::string text_of(seconds time) {
  if (time % kDay == seconds(0)) return std::to_string(time / kDay) + "d";
  return promql::format_duration(std::chrono::milliseconds(time).count());
}

Json show(const Retention& retention) {
  Json classes = Json::array();
  for (const auto& one : retention.classes) {
    Json shown = {{"id", one.id}, {"name", one.name}, {"labels", Json(one.labels)}};
    for (const auto& [name, member] : kTimes) shown[name] = text_of(one.*member);
    classes.push_back(std::move(shown));
  }
  return {{"classes", std::move(classes)}};
}

seconds read_time(Fields& fields, const char* name) {
  const auto text = fields.text(name, {.min = 1, .max = 30, .required = true});
  if (text.empty()) return seconds(0);
  const auto ms = promql::parse_duration(text);
  const auto time = std::chrono::milliseconds(ms.value_or(0));
  if (time < kDay || time > kLongest || time % seconds(1) != std::chrono::milliseconds(0)) {
    fields.refuse(name, "invalid", "must be a duration like 30d, from 1d to 100y");
    return seconds(0);
  }
  return std::chrono::duration_cast<seconds>(time);
}

// The id of a class that is there already, by its id or its name; -1 for a new one.
int known_id(const Retention& before, std::optional<int> id, const std::string& name) {
  for (const auto& one : before.classes) {
    if (id ? one.id == *id : one.name == name) return one.id;
  }
  return -1;
}

// The last one takes what is left, and no other may.
void check_order(const std::vector<RetentionClass>& classes,
                 std::vector<http::FieldError>& errors) {
  const auto field = [](std::size_t at, const char* member) {
    return "classes[" + std::to_string(at) + "]." + member;
  };
  for (std::size_t at = 0; at < classes.size(); ++at) {
    const bool last = at + 1 == classes.size();
    if (last != classes[at].labels.empty()) {
      errors.push_back({field(at, "labels"), "invalid",
                        last ? "must be empty in the last class: it takes all the rest"
                             : "must name a label: only the last class takes all the rest"});
    }
    for (std::size_t other = 0; other < at; ++other) {
      if (classes[other].name == classes[at].name) {
        errors.push_back({field(at, "name"), "invalid", "is that of another class too"});
      }
      if (classes[other].id == classes[at].id && classes[at].id >= 0) {
        errors.push_back({field(at, "id"), "invalid", "is that of another class too"});
      }
    }
  }
}

RetentionClass read_class(const Json& body, const Retention& before, std::size_t at,
                          std::vector<http::FieldError>& errors) {
  Fields fields(body, errors, "classes[" + std::to_string(at) + "].");
  RetentionClass made;
  made.name = fields.text("name", {.min = 1, .max = 100, .required = true});
  made.labels = fields.labels("labels");
  for (const auto& [name, member] : kTimes) made.*member = read_time(fields, name);
  std::optional<int> id;
  if (fields.has("id")) id = fields.integer("id", 0, store::kMaxRetentionClasses - 1, 0);
  made.id = known_id(before, id, made.name);
  if (id && made.id < 0) fields.refuse("id", "invalid", "is of no class there is");
  fields.finish();
  return made;
}

// The list of the body, with ids of classes there are and -1 for new ones.
Outcome<std::vector<RetentionClass>> read_classes(const Json& body, const Retention& before) {
  std::vector<http::FieldError> errors;
  const auto list = body.find("classes");
  const bool fits = list != body.end() && list->is_array() && !list->empty() &&
                    list->size() <= store::kMaxRetentionClasses;
  if (!fits) {
    return refuse_fields({{"classes", "invalid", "must be a list of 1 to 16 classes"}});
  }
  for (const auto& [name, value] : body.items()) {
    if (name != "classes") errors.push_back({name, "unknown", "is not known here"});
  }
  std::vector<RetentionClass> classes;
  for (const auto& item : *list) {
    if (!item.is_object()) {
      return refuse_fields(
          {{"classes[" + std::to_string(classes.size()) + "]", "invalid", "must be an object"}});
    }
    classes.push_back(read_class(item, before, classes.size(), errors));
  }
  check_order(classes, errors);
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return classes;
}

// The class that takes all the rest is always 0; new ones get ids that are free.
Outcome<void> give_ids(std::vector<RetentionClass>& classes) {
  if (classes.back().id > 0) {
    return refuse_fields({{"classes", "invalid",
                           "the last class must be the one that took all the rest before: give it "
                           "its id, 0"}});
  }
  for (std::size_t at = 0; at + 1 < classes.size(); ++at) {
    if (classes[at].id == 0) {
      return refuse_fields({{"classes[" + std::to_string(at) + "]", "invalid",
                             "takes all the rest (its id is 0) and must be the last"}});
    }
  }
  classes.back().id = 0;
  std::set<int> taken;
  for (const auto& one : classes) taken.insert(one.id);
  int next = 1;
  for (auto& one : classes) {
    if (one.id >= 0) continue;
    while (taken.contains(next)) ++next;
    taken.insert(one.id = next);
  }
  return {};
}

Outcome<void> none_in_use_is_gone(pqxx::work& tx, const Retention& before,
                                  const std::vector<RetentionClass>& after) {
  for (const auto& old : before.classes) {
    const bool stays =
        std::any_of(after.begin(), after.end(), [&](const auto& one) { return one.id == old.id; });
    if (stays || !store::is_in_use(tx, old.id)) continue;
    return refuse(Fault::conflict, "the class \"" + old.name +
                                       "\" has series: it can be changed, also so that it takes "
                                       "no new ones, but it must stay in the list");
  }
  return {};
}

Outcome<http::Response> replace(Context& context, const http::Request& request) {
  if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto before = store::lock_retention(tx);
    if (const auto match = check_if_match(request, before.version); !match) {
      return tl::unexpected(match.error());
    }
    auto classes = read_classes(*body, before);
    if (!classes) return tl::unexpected(classes.error());
    if (auto given = give_ids(*classes); !given) return tl::unexpected(given.error());
    if (auto safe = none_in_use_is_gone(tx, before, *classes); !safe) {
      return tl::unexpected(safe.error());
    }
    const Retention after{.classes = std::move(*classes), .version = before.version + 1};
    store::replace_retention(tx, after);
    store::append_audit(tx, audit_entry(request, "retention.update", "",
                                        {{"before", show(before)}, {"after", show(after)}}));
    return with_etag(json_answer(200, show(after)), after.version);
  });
}

Outcome<http::Response> get(Context& context, const http::Request& request) {
  if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto retention = store::read_retention(tx);
    return with_etag(json_answer(200, show(retention)), retention.version);
  });
}

}  // namespace

void add_retention_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/retention", "retention:read",
        [&context](const auto& request) { return get(context, request); });
  mount(router, Method::put, "/api/v1/retention", "retention:write",
        [&context](const auto& request) { return replace(context, request); });
}

}  // namespace monitron::api
