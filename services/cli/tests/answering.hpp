#pragma once
// A server that answers by "METHOD /path" (and ?state=…, where it is asked for), and keeps what it
// was asked.

#include "cli/api.hpp"
#include "http/server.hpp"

#include <gtest/gtest.h>
#include <map>
#include <mutex>

namespace monitron::cli {

class Answering {
 public:
  Answering() { EXPECT_TRUE(server_.start()); }
  Login login() const { return {"http://127.0.0.1:" + std::to_string(server_.port()), "t", ""}; }

  // JSON, or text as it is. What is not here is answered with 404.
  std::map<std::string, nlohmann::json> answers;
  // Bodies; what is not JSON as text. While nothing is asked.
  std::map<std::string, nlohmann::json> asked;

 private:
  void answer(const http::Request& request, http::Responder responder) {
    const std::lock_guard lock(mutex_);
    auto key = std::string(http::to_string(request.method)) + " " + request.path;
    if (const auto state = request.query_one("state")) key += "?state=" + *state;
    auto body = nlohmann::json::parse(request.body, nullptr, false);
    asked[key] = body.is_discarded() ? nlohmann::json(request.body) : std::move(body);
    const auto found = answers.find(key);
    http::Response response{.status = found == answers.end() ? 404 : 200};
    response.content_type = "application/json";
    response.body = R"({"detail":"nothing has this id"})";
    if (found != answers.end()) {
      response.body =
          found->second.is_string() ? found->second.get<std::string>() : found->second.dump();
    }
    responder.send(std::move(response));
  }

  std::mutex mutex_;
  http::Server server_{http::ServerConfig{},
                       [this](const http::Request& request, http::Responder responder) {
                         answer(request, std::move(responder));
                       }};
};

}  // namespace monitron::cli
