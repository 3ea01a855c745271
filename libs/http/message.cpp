#include "http/message.hpp"

#include "base/log.hpp"

#include <nlohmann/json.hpp>

namespace monitron::http {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view detail_for_client(const Error& error) {
  switch (error.fault) {
    case Fault::invalid:
    case Fault::not_found:
    case Fault::conflict:
    case Fault::denied:
      return error.text;
    case Fault::unavailable:
    case Fault::busy:
      return "a server behind this one is away or busy; try again";
    case Fault::timeout:
      return "a server behind this one did not answer in time; try again";
    case Fault::bug:
      return "the request could not be served; the log knows why";
  }
  return "";
}

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::delete_:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
  }
  return "";
}

std::optional<std::string> Request::query_one(std::string_view name) const {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

std::string Request::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

Request inner_request(const Request& outer, Method method, std::string path) {
  return {.method = method,
          .path = std::move(path),
          .peer = outer.peer,
          .request_id = outer.request_id,
          .caller = outer.caller,
          .gone = outer.gone};
}

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 424:
      return "Failed Dependency";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Error";
  }
}

Response problem_response(const Request& request, const Problem& problem) {
  Json body = {
      {"type", "about:blank"},
      {"title", problem.title.empty() ? std::string(title_of(problem.status)) : problem.title},
      {"status", problem.status},
      {"detail", problem.detail},
      {"instance", request.path},
      {"request_id", request.request_id}};
  if (!problem.errors.empty()) {
    Json errors = Json::array();
    for (const auto& error : problem.errors) {
      errors.push_back({{"field", error.field}, {"code", error.code}, {"message", error.message}});
    }
    body["errors"] = std::move(errors);
  }
  return {problem.status, "application/problem+json", dump(body), problem.headers};
}

int status_of(Fault fault) {
  switch (fault) {
    case Fault::invalid:
      return 400;
    case Fault::not_found:
      return 404;
    case Fault::conflict:
      return 409;
    case Fault::denied:
      return 403;
    case Fault::unavailable:
    case Fault::busy:
      return 503;
    case Fault::timeout:
      return 504;
    case Fault::bug:
      return 500;
  }
  return 500;
}

Response error_response(const Request& request, const Error& error) {
  Problem problem{.status = status_of(error.fault),
                  .detail = std::string(detail_for_client(error))};
  if (is_transient(error.fault)) problem.headers.emplace_back("Retry-After", "1");
  if (is_transient(error.fault) || error.fault == Fault::bug) {
    log::error("request.failed", error.text,
               {{"fault", to_string(error.fault)},
                {"path", request.path},
                {"request_id", request.request_id}});
  }
  return problem_response(request, problem);
}

Response json_response(int status, std::string body) {
  return {status, "application/json", std::move(body), {}};
}

}  // namespace monitron::http
