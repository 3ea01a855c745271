#include "api/silence_json.hpp"

#include "base/label_name.hpp"
#include "promql/matcher.hpp"

namespace monitron::api {
namespace {

using alertmanager::Matcher;
using alertmanager::Silence;

constexpr std::size_t kMostMatchers = 50;
constexpr std::chrono::hours kLongest{24 * 366};

Matcher read_matcher(const Json& body, std::size_t at, std::vector<http::FieldError>& errors) {
  Fields fields(body, errors, "matchers[" + std::to_string(at) + "].");
  Matcher matcher;
  const auto name = fields.text("name", {.min = 1, .max = 200, .required = true});
  matcher.name = as_label_name(name);  // as alerts are told
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
  silence.matchers.clear();
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

void read_times(Fields& fields, Silence& silence, Instant now) {
  silence.starts_at = fields.time("starts_at").value_or(silence.starts_at);
  if (fields.has("ends_at")) {
    const auto ends_at = fields.time("ends_at");
    if (!ends_at) return;  // which is complained of already
    silence.ends_at = *ends_at;
  } else if (silence.ends_at == Instant{}) {
    return fields.refuse("ends_at", "required", "is missing");
  }
  if (silence.ends_at <= silence.starts_at || silence.ends_at <= now) {
    fields.refuse("ends_at", "invalid", "must be later than starts_at, and than now");
  } else if (silence.ends_at - silence.starts_at > kLongest) {
    fields.refuse("ends_at", "invalid", "must be within 366 days of starts_at");
  }
}

}  // namespace

Json silence_json(const Silence& silence) {
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

Outcome<Silence> read_silence(const http::Request& request, Instant now, const Silence* before) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  fields.ignore({"matchers"});
  Silence silence;
  silence.starts_at = now;
  if (before != nullptr) {
    silence = *before;
    if (before->state == "expired") silence.starts_at = now;
  }
  if (before == nullptr || body->contains("matchers")) read_matchers(*body, silence, errors);
  read_times(fields, silence, now);
  if (before == nullptr || fields.has("comment")) {
    silence.comment = fields.text("comment", {.min = 1, .max = 1000, .required = true});
  }
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return silence;
}

}  // namespace monitron::api
