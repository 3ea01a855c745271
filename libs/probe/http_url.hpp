#pragma once
// URLs of HTTP checks and of their redirects.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::probe {

struct HttpUrl {
  bool https = false;
  std::string host;  // without brackets
  int port = 80;
  std::string path = "/";  // with query
  std::string user_info;   // "user:password", or empty

  bool same_origin(const HttpUrl& other) const {
    return https == other.https && host == other.host && port == other.port;
  }
  std::string host_header() const;
  std::string str() const;  // without user and password
};

// http and https only. Fault: invalid.
Result<HttpUrl> parse_http_url(std::string_view text);
// `location` as seen from `base` (RFC 3986 §5, the usual cases).
Result<HttpUrl> follow(const HttpUrl& base, std::string_view location);

}  // namespace monitron::probe
