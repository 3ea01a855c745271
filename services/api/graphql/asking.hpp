#pragma once
// How fields get what they show: each asks a route of the REST interface, as the caller who sent
// the request. So who may not ask a route is refused the fields that come from it, filters and
// limits are the same, and what is done is done and written down by the same code.

#include "api/answer.hpp"
#include "http/router.hpp"

#include <chrono>

namespace monitron::api {

using Query = decltype(http::Request::query);

// One request on its way. Threads: the one that executes it.
class Asking {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // `outer`: the request with its caller, as it came.
  Asking(const http::Router& router, const http::Request& outer, Deadline deadline)
      : router_(router), outer_(outer), deadline_(deadline) {}

  // The answer's body; null when it has none. Faults as the status says, the text is for people.
  // `body`: null for none.
  Result<Json> ask(http::Method method, const std::string& path, Query query = {},
                   const Json& body = nullptr);

  bool expired() const;

 private:
  http::Request inner(http::Method method, const std::string& path) const;

  const http::Router& router_;
  const http::Request& outer_;
  const Deadline deadline_;
  int changes_ = 0;
  std::size_t read_ = 0;  // bytes of answers so far
};

// `path` with the value in the place of "{name}". Fault: not_found for what cannot be part of one.
Result<std::string> with_id(std::string path, const std::string& name, const std::string& value);

}  // namespace monitron::api
