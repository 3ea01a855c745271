#pragma once
// What an HTTP check asks, and what becomes of it on the way through redirects.

#include "domain/check_settings.hpp"
#include "probe/http_url.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe {

struct HttpRequest {
  struct Header {
    std::string name;
    std::string value;
    bool secret = false;  // for the origin of the target alone
  };

  std::string method;
  HttpUrl url;
  std::vector<Header> headers;  // as they are sent, in order; without Connection
  std::string body;
  bool at_home = true;  // still at the origin of the target

  static HttpRequest of(const domain::HttpSettings& settings, HttpUrl url);

  // The same towards where an answer of `status` sent us: RFC 9110 §15.4, and no secret leaves
  // the origin it was given for.
  void redirect(int status, HttpUrl to);
  // As HTTP/1.1 has it.
  std::string text(bool keep_connection) const;

 private:
  bool has(std::string_view name) const;
  void add(std::string name, std::string value, bool secret = false);
  void remove(std::string_view name);
};

}  // namespace monitron::probe
