#include "probe/http_request.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <strings.h>

namespace monitron::probe {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// What says how the message is cut, or with whom: ours to say.
bool is_ours(std::string_view name) {
  return same_name(name, "connection") || same_name(name, "content-length") ||
         same_name(name, "transfer-encoding");
}

bool is_credential(std::string_view name) {
  return same_name(name, "authorization") || same_name(name, "cookie") ||
         same_name(name, "proxy-authorization");
}

std::string authorization(const domain::HttpSettings& settings, const HttpUrl& url) {
  if (!settings.bearer_token.empty()) return "Bearer " + settings.bearer_token.text;
  if (!settings.username.empty()) {
    return "Basic " + to_base64(settings.username + ":" + settings.password.text);
  }
  return url.user_info.empty() ? "" : "Basic " + to_base64(url.user_info);
}

}  // namespace

HttpRequest HttpRequest::of(const domain::HttpSettings& settings, HttpUrl url) {
  HttpRequest request;
  request.method = settings.method;
  request.url = std::move(url);
  request.body = settings.body;
  request.headers.reserve(settings.headers.size() + settings.secret_headers.size() + 4);
  for (const auto& [name, secret] : settings.secret_headers) {
    if (!is_ours(name)) request.add(name, secret.text, true);
  }
  for (const auto& [name, value] : settings.headers) {
    if (!is_ours(name) && !request.has(name)) request.add(name, value, is_credential(name));
  }
  if (!request.has("Authorization")) {
    auto value = authorization(settings, request.url);
    if (!value.empty()) request.add("Authorization", std::move(value), true);
  }
  if (!request.has("User-Agent")) request.add("User-Agent", "Monitron/0.1");
  if (!request.has("Accept")) request.add("Accept", "*/*");
  return request;
}

void HttpRequest::redirect(int status, HttpUrl to) {
  const bool becomes_get = status == 303 || (status <= 302 && method == "POST");
  if (becomes_get && method != "HEAD") {
    method = "GET";
    body.clear();
    for (const char* name : {"Content-Type", "Content-Encoding", "Content-Language"}) remove(name);
  }
  if (!to.same_origin(url)) {
    at_home = false;
    headers.erase(std::remove_if(headers.begin(), headers.end(),
                                 [](const Header& header) { return header.secret; }),
                  headers.end());
    remove("Host");
  }
  url = std::move(to);
}

std::string HttpRequest::text(bool keep_connection) const {
  std::string text;
  text.reserve(512 + body.size());
  const auto line = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  text.append(method).append(" ").append(url.path).append(" HTTP/1.1\r\n");
  if (!has("Host")) line("Host", url.host_header());
  for (const auto& header : headers) line(header.name, header.value);
  if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    line("Content-Length", std::to_string(body.size()));
  }
  if (!keep_connection) line("Connection", "close");
  return text.append("\r\n").append(body);
}

bool HttpRequest::has(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const Header& header) { return same_name(header.name, name); });
}

void HttpRequest::add(std::string name, std::string value, bool secret) {
  headers.push_back({std::move(name), std::move(value), secret});
}

void HttpRequest::remove(std::string_view name) {
  headers.erase(std::remove_if(headers.begin(), headers.end(),
                               [&](const Header& header) { return same_name(header.name, name); }),
                headers.end());
}

}  // namespace monitron::probe
