#include "testkit/hook_collector.hpp"

#include <stdexcept>

namespace monitron::testkit {

HookCollector::HookCollector()
    : server_({}, [this](http::Request request, http::Responder responder) {
        take(std::move(request), std::move(responder));
      }) {
  if (!server_.start()) throw std::runtime_error("no listener");
}

// While there is a server that can answer for them.
HookCollector::~HookCollector() {
  const std::lock_guard lock(mutex_);
  unanswered_.clear();
}

std::string HookCollector::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(server_.port()) + path;
}

void HookCollector::answer(const std::string& path, int status) {
  const std::lock_guard lock(mutex_);
  status_[path] = status;
}

void HookCollector::redirect(const std::string& path, const std::string& to) {
  const std::lock_guard lock(mutex_);
  status_[path] = 302;
  location_[path] = to;
}

std::vector<http::Request> HookCollector::calls(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  std::vector<http::Request> found;
  for (const auto& [request, status] : calls_) {
    if (request.path == path) found.push_back(request);
  }
  return found;
}

std::vector<http::Request> HookCollector::taken(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  std::vector<http::Request> found;
  for (const auto& [request, status] : calls_) {
    if (request.path == path && status / 100 == 2) found.push_back(request);
  }
  return found;
}

void HookCollector::take(http::Request request, http::Responder responder) {
  const std::lock_guard lock(mutex_);
  const auto known = status_.find(request.path);
  http::Response response;
  response.status = known == status_.end() ? 200 : known->second;
  if (response.status / 100 == 3) {
    response.headers.emplace_back("Location", location_[request.path]);
  }
  calls_.emplace_back(std::move(request), response.status);
  if (response.status == 0) return unanswered_.push_back(std::move(responder));
  responder.send(std::move(response));
}

}  // namespace monitron::testkit
