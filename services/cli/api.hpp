#pragma once
// The REST API as the command line needs it. Blocks; each request has a deadline, 10 s if nothing
// else is said.

#include "cli/login.hpp"
#include "http/message.hpp"

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace monitron::cli {

class Api {
 public:
  static constexpr std::chrono::seconds kPatience{10};
  explicit Api(Login login) : login_(std::move(login)) {}

  // Below /api/v1. An expired login is renewed once. Faults: denied (401, 403), not_found, invalid,
  // unavailable; the text is what the server says.
  Result<nlohmann::json> get(const std::string& path);
  Result<nlohmann::json> post(const std::string& path, const nlohmann::json& body,
                              std::chrono::seconds patience = kPatience);
  Result<nlohmann::json> put(const std::string& path, const nlohmann::json& body);
  Result<nlohmann::json> remove(const std::string& path);
  // A body that is not JSON, and an answer that is not.
  Result<nlohmann::json> upload(const std::string& path, std::string body,
                                std::string content_type);
  Result<std::string> download(const std::string& path);
  // The items of all pages of a list; `look` sees each page.
  using Look = std::function<void(const nlohmann::json& page)>;
  Result<nlohmann::json> all(const std::string& path, const Look& look = {});

  // Logs in and keeps the login. `ask_code` is asked by accounts that have a second factor.
  Result<void> log_in(const std::string& email, const std::string& password,
                      const std::function<std::string()>& ask_code);
  const Login& login() const { return login_; }

 private:
  struct Call {
    http::Method method = http::Method::get;
    std::string path{};
    std::string body{};
    std::string content_type = "application/json";
    std::chrono::seconds patience = kPatience;
  };
  // An answer of 2xx; everything else is a fault.
  Result<http::Response> answered(const Call& call);
  Result<nlohmann::json> json_of(const Call& call);
  Result<http::Response> send(const Call& call) const;
  bool renew();
  Result<void> take_tokens(const nlohmann::json& answer);
  Login login_;
};

// What an answer means, for people: problem+json's detail and fields, or the status.
Result<void> judge(const http::Response& response);
Result<nlohmann::json> read_answer(const http::Response& response);
std::string percent_encoded(std::string_view text);

}  // namespace monitron::cli
