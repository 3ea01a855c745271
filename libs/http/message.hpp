#pragma once
// Requests and answers as values, and problem details (RFC 9457).

#include "base/result.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace monitron::http {

enum class Method { get, head, post, put, patch, delete_, options };
std::string_view to_string(Method method);

// Header names are lower case.
using Headers = std::map<std::string, std::string, std::less<>>;

// Permissions on those things alone that have all of these labels.
struct LimitedPermissions {
  std::set<std::string, std::less<>> permissions{};
  std::map<std::string, std::string> labels{};
  bool operator==(const LimitedPermissions&) const = default;
};

// Who asks, as a router's guard found out.
struct Caller {
  std::string kind{};  // "user", "token", "agent"; "" for nobody
  std::string id{};
  std::string name{};
  std::set<std::string, std::less<>> permissions{};
  std::vector<LimitedPermissions> limited{};  // besides
  bool may(std::string_view permission) const { return permissions.count(permission) > 0; }
  bool may_somewhere(std::string_view permission) const {
    return may(permission) || std::any_of(limited.begin(), limited.end(), [&](const auto& one) {
             return one.permissions.count(permission) > 0;
           });
  }
  bool operator==(const Caller&) const = default;
};

// What nobody waits for, as who does it and who looks after it share it.
struct LongWork {
  std::atomic<std::int64_t> done{0};
  std::atomic<std::int64_t> total{0};  // 0: not known
  std::atomic<bool> unwanted{false};   // it is of no use any more
};

struct Request {
  Method method = Method::get;
  std::string path{};  // percent-decoded, valid UTF-8, no NUL, no "//", no ".."
  std::multimap<std::string, std::string, std::less<>> query{};  // percent-decoded
  Headers headers{};
  std::string body{};
  std::string peer{};        // X-Forwarded-For of the gateway, else the socket's
  std::string request_id{};  // X-Request-Id of the gateway, else made
  std::map<std::string, std::string, std::less<>>
      params{};     // filled by the router: ":id" → params["id"]
  Caller caller{};  // filled by the router's guard
  // Becomes true when the client has gone before its answer; null: this server cannot tell.
  std::shared_ptr<const std::atomic<bool>> gone{};
  std::shared_ptr<LongWork> work{};  // null: somebody waits for the answer

  std::optional<std::string> query_one(std::string_view name) const;
  std::string header(std::string_view name) const;  // "" when absent
};

// One from within, of the caller and the client of `outer`, for Router::ask.
Request inner_request(const Request& outer, Method method, std::string path);

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

struct FieldError {
  std::string field{};    // "metrics[3].value"
  std::string code{};     // "required", "invalid", "too_long" …
  std::string message{};  // for people
};

struct Problem {
  int status = 500;
  std::string title{};
  std::string detail{};
  std::vector<FieldError> errors{};
  std::vector<std::pair<std::string, std::string>> headers{};  // e.g. Retry-After
};

std::string_view title_of(int status);
// application/problem+json with the request's id and path.
Response problem_response(const Request& request, const Problem& problem);
// The one place that says which status a fault has; text of bugs is not told to clients.
int status_of(Fault fault);
Response error_response(const Request& request, const Error& error);

Response json_response(int status, std::string body);

}  // namespace monitron::http
