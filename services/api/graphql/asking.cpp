#include "api/graphql/arguments.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20;  // of all that one request reads
constexpr std::chrono::milliseconds kForTheRest{500};      // what is left after the longest wait

Fault fault_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return Fault::denied;
    case 404:
      return Fault::not_found;
    case 409:
    case 412:
      return Fault::conflict;
    case 429:
    case 503:
      return Fault::unavailable;
    case 504:
      return Fault::timeout;
    default:
      return status < 500 ? Fault::invalid : Fault::bug;
  }
}

// Of problem details, or of an answer as Prometheus gives it.
std::string text_of(const Json& problem, int status) {
  if (!problem.is_object()) return std::string(http::title_of(status));
  std::string text = problem.value("detail", problem.value("error", ""));
  for (const auto& error : problem.value("errors", Json::array())) {
    text += "; " + argument_name(error.value("field", "")) + ": " + error.value("message", "");
  }
  return text.empty() ? std::string(http::title_of(status)) : text;
}

}  // namespace

bool Asking::expired() const {
  return std::chrono::steady_clock::now() >= deadline_ || (outer_.gone && outer_.gone->load());
}

// What the client said in headers is about the whole; what concerns a change goes on to each.
http::Request Asking::inner(http::Method method, const std::string& path) const {
  auto request = http::inner_request(outer_, method, path);
  if (method == http::Method::get) return request;
  const auto left = deadline_ - std::chrono::steady_clock::now() - kForTheRest;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left).count();
  request.headers.emplace("prefer", "wait=" + std::to_string(std::max<std::int64_t>(seconds, 0)));
  // The same changes in the same order: the same keys when the request is sent again.
  if (const auto key = outer_.header("idempotency-key"); !key.empty()) {
    request.headers.emplace("idempotency-key",
                            changes_ == 0 ? key : key + "." + std::to_string(changes_));
  }
  return request;
}

Result<Json> Asking::ask(http::Method method, const std::string& path, Query query,
                         const Json& body) {
  auto request = inner(method, path);
  if (method != http::Method::get) ++changes_;
  request.query = std::move(query);
  if (!body.is_null()) {
    request.headers.emplace("content-type", "application/json");
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  const auto answer = router_.ask(std::move(request), deadline_);
  read_ += answer.body.size();
  if (read_ > kMostBytes) {
    return fail(Fault::invalid, "the request reads more than 16 MiB: ask for less at once");
  }
  auto json = Json::parse(answer.body, nullptr, false);
  if (answer.status >= 400) return fail(fault_of(answer.status), text_of(json, answer.status));
  return json.is_discarded() ? Json(nullptr) : json;
}

Result<std::string> with_id(std::string path, const std::string& name, const std::string& value) {
  if (value.empty() || value.find_first_of("/?#%:{}") != std::string::npos) {
    return fail(Fault::not_found, "nothing has this " + name);
  }
  const auto place = "{" + name + "}";
  const auto at = path.find(place);
  MONITRON_EXPECTS(at != std::string::npos);
  return path.replace(at, place.size(), value);
}

}  // namespace monitron::api
