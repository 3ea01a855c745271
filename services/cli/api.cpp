#include "cli/api.hpp"

#include "cli/answers.hpp"
#include "http/client.hpp"

#include <cctype>

namespace monitron::cli {
namespace {

using nlohmann::json;

std::string problem_text(const http::Response& response) {
  const auto problem = json::parse(response.body, nullptr, false);
  if (!problem.is_object()) return "the server answered HTTP " + std::to_string(response.status);
  std::string text = text_of(problem, "detail");
  if (text.empty()) text = text_of(problem, "title");
  const auto errors = problem.find("errors");
  if (errors != problem.end() && errors->is_array()) {
    for (const auto& error : *errors) {
      if (error.is_object())
        text += "\n  " + text_of(error, "field") + ": " + text_of(error, "message");
    }
  }
  return text;
}

Fault fault_of(int status) {
  if (status == 401 || status == 403) return Fault::denied;
  if (status == 404) return Fault::not_found;
  if (status == 409) return Fault::conflict;
  return status < 500 && status != 429 ? Fault::invalid : Fault::unavailable;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out.push_back(c);
    } else {
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

Result<void> judge(const http::Response& response) {
  if (response.status >= 200 && response.status < 300) return {};
  return fail(fault_of(response.status), problem_text(response));
}

Result<json> read_answer(const http::Response& response) {
  if (auto fine = judge(response); !fine) return fail(fine.error());
  if (response.body.empty()) return json();
  auto body = json::parse(response.body, nullptr, false);
  if (body.is_discarded()) return fail(Fault::unavailable, "the answer is not JSON");
  return body;
}

Result<http::Response> Api::send(const Call& call) const {
  http::ClientRequest request;
  request.method = call.method;
  request.url = login_.url + "/api/v1" + call.path;
  request.headers = {{"Accept", "application/json, */*;q=0.5"}};
  if (!call.body.empty()) request.headers.emplace_back("Content-Type", call.content_type);
  if (!login_.token.empty())
    request.headers.emplace_back("Authorization", "Bearer " + login_.token);
  request.body = call.body;
  request.max_response_bytes = 64u << 20;
  request.timeout = call.patience;
  auto answer = http::fetch(request);
  if (!answer) return fail(answer.error().in(login_.url));
  return answer;
}

Result<http::Response> Api::answered(const Call& call) {
  auto answer = send(call);
  if (answer && answer->status == 401 && renew()) answer = send(call);
  if (!answer) return answer;
  if (answer->status == 401 && login_.token.empty()) {
    return fail(Fault::denied, "not logged in: monitron login, or MONITRON_TOKEN");
  }
  if (auto fine = judge(*answer); !fine) return fail(fine.error());
  return answer;
}

Result<json> Api::json_of(const Call& call) { return answered(call).and_then(read_answer); }

Result<json> Api::get(const std::string& path) { return json_of({.path = path}); }

Result<json> Api::post(const std::string& path, const json& body, std::chrono::seconds patience) {
  return json_of(
      {.method = http::Method::post, .path = path, .body = body.dump(), .patience = patience});
}

Result<json> Api::put(const std::string& path, const json& body) {
  return json_of({.method = http::Method::put, .path = path, .body = body.dump()});
}

Result<json> Api::remove(const std::string& path) {
  return json_of({.method = http::Method::delete_, .path = path});
}

Result<json> Api::upload(const std::string& path, std::string body, std::string content_type) {
  return json_of({.method = http::Method::post,
                  .path = path,
                  .body = std::move(body),
                  .content_type = std::move(content_type)});
}

Result<std::string> Api::download(const std::string& path) {
  auto answer = answered({.path = path});
  if (!answer) return fail(answer.error());
  return std::move(answer->body);
}

Result<json> Api::all(const std::string& path, const Look& look) {
  json items = json::array();
  const std::string separator = path.find('?') == std::string::npos ? "?" : "&";
  std::string cursor;
  do {
    auto page = get(path + separator + "limit=1000" + cursor);
    if (!page) return page;
    const auto found = page->find("items");
    if (found == page->end() || !found->is_array()) {
      return fail(Fault::unavailable, "the answer is no page");
    }
    if (look) look(*page);
    for (auto& item : *found) items.push_back(std::move(item));
    const auto next = text_of(*page, "next_cursor");
    cursor = next.empty() ? "" : "&cursor=" + percent_encoded(next);
  } while (!cursor.empty());
  return items;
}

Result<void> Api::take_tokens(const json& answer) {
  login_.token = text_of(answer, "access_token");
  login_.refresh_token = text_of(answer, "refresh_token");
  if (login_.token.empty()) return fail(Fault::unavailable, "the answer has no access_token");
  return save_login(login_);
}

// The refresh token is good for one use; what comes back is kept at once.
bool Api::renew() {
  if (login_.refresh_token.empty()) return false;
  const json body{{"refresh_token", login_.refresh_token}};
  const auto answer =
      send({.method = http::Method::post, .path = "/auth/refresh", .body = body.dump()})
          .and_then(read_answer);
  return answer && take_tokens(*answer);
}

Result<void> Api::log_in(const std::string& email, const std::string& password,
                         const std::function<std::string()>& ask_code) {
  login_.token.clear();
  const json body{{"email", email}, {"password", password}};
  const auto ask = [this](const char* path, const json& given) {
    return send({.method = http::Method::post, .path = path, .body = given.dump()})
        .and_then(read_answer);
  };
  auto answer = ask("/auth/login", body);
  if (!answer) return fail(answer.error());
  if (const auto challenge = text_of(*answer, "challenge_token"); !challenge.empty()) {
    answer = ask("/auth/login/verify", {{"challenge_token", challenge}, {"code", ask_code()}});
    if (!answer) return fail(answer.error());
  }
  return take_tokens(*answer);
}

}  // namespace monitron::cli
