#include "api/promql_parameters.hpp"

#include "base/text.hpp"
#include "promql/check_types.hpp"
#include "promql/parser.hpp"

#include <cmath>

namespace monitron::api {

namespace {

constexpr double kMaxSeconds = 9.2e15;           // as many milliseconds fit in 64 bits
constexpr double kMaxDuration = 9223372036.854;  // as many seconds in nanoseconds
// As Prometheus's own clients write the first and the last time there is: to the millisecond, no
// four digits hold these years.
constexpr std::string_view kFirstTime = "-292273086-05-16T16:47:06Z";
constexpr std::string_view kLastTime = "292277025-08-18T07:12:54.999999999Z";
constexpr std::int64_t kFirstMs = -9'223'372'036'854'775;  // far enough, with room to go back
constexpr std::int64_t kLastMs = 9'223'372'036'854'775;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::optional<double> seconds_of(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  return parse_number<double>(text);
}

std::optional<std::int64_t> milliseconds_of(std::string_view text, double most) {
  const auto seconds = seconds_of(text);
  if (!seconds || !(std::abs(*seconds) < most)) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(*seconds * 1000));
}

bool is_form(const http::Request& request) {
  const auto type = to_lower(request.header("content-type"));
  return trim(type.substr(0, type.find(';'))) == "application/x-www-form-urlencoded";
}

}  // namespace

PromqlResult<PromqlParameters> PromqlParameters::of(const http::Request& request) {
  PromqlParameters parameters;
  parameters.given_ = request.query;
  if (request.body.empty() || !is_form(request)) return parameters;
  auto form = http::parse_form(request.body);
  if (!form) return refuse({PromqlError::Type::bad_data, form.error().text});
  for (const auto& [name, value] : *form) {
    if (name != "match[]") parameters.given_.erase(name);
  }
  parameters.given_.merge(*form);
  return parameters;
}

std::string PromqlParameters::one(std::string_view name) const {
  const auto found = given_.lower_bound(name);
  return found != given_.end() && found->first == name ? found->second : std::string();
}

std::vector<std::string> PromqlParameters::all(std::string_view name) const {
  std::vector<std::string> values;
  const auto [begin, end] = given_.equal_range(name);
  for (auto at = begin; at != end; ++at) values.push_back(at->second);
  return values;
}

PromqlResult<std::int64_t> PromqlParameters::time(std::string_view name,
                                                  std::optional<std::int64_t> otherwise) const {
  const auto text = one(name);
  if (text.empty() && otherwise) return *otherwise;
  if (const auto ms = milliseconds_of(text, kMaxSeconds)) return *ms;
  if (text == kFirstTime) return kFirstMs;
  if (text == kLastTime) return kLastMs;
  if (const auto instant = parse_rfc3339(text)) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(instant->time_since_epoch())
        .count();
  }
  const auto words = "cannot parse " + quoted(text) + " to a valid timestamp";
  // Where it may be missing, Prometheus says a little more.
  if (!otherwise) return refuse(bad_parameter(name, words));
  return refuse(
      bad_parameter(name, "Invalid time value for '" + std::string(name) + "': " + words));
}

PromqlResult<std::int64_t> PromqlParameters::duration(std::string_view name) const {
  const auto text = one(name);
  if (const auto ms = milliseconds_of(text, kMaxDuration)) return *ms;
  if (const auto ms = promql::parse_duration(text)) return *ms;
  const bool too_long = seconds_of(text).has_value();
  return refuse(bad_parameter(name, "cannot parse " + quoted(text) + " to a valid duration" +
                                        (too_long ? ". It overflows int64" : "")));
}

PromqlResult<std::size_t> PromqlParameters::limit() const {
  const auto text = one("limit");
  if (text.empty()) return 0;
  const auto number = parse_number<std::size_t>(text);
  if (!number) return refuse({PromqlError::Type::bad_data, "limit must be a number"});
  return *number;
}

PromqlResult<std::vector<std::vector<promql::Matcher>>> PromqlParameters::selectors(
    Naming naming) const {
  const auto wrong = [&](const std::string& text) {
    return refuse(naming == Naming::named ? bad_parameter("match[]", text)
                                          : PromqlError{PromqlError::Type::bad_data, text});
  };
  std::vector<std::vector<promql::Matcher>> sets;
  for (const auto& text : all("match[]")) {
    auto matchers = promql::parse_selector(text);
    if (!matchers) return wrong(matchers.error().text);
    if (!promql::selects_something(*matchers)) {
      return wrong("match[] must contain at least one non-empty matcher");
    }
    sets.push_back(std::move(*matchers));
  }
  return sets;
}

}  // namespace monitron::api
