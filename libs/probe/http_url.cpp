#include "probe/http_url.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <http_parser.h>

namespace monitron::probe {

std::string HttpUrl::host_header() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (https ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::string HttpUrl::str() const { return (https ? "https://" : "http://") + host_header() + path; }

Result<HttpUrl> parse_http_url(std::string_view text) {
  const auto bad = [&] { return fail(Fault::invalid, "not an HTTP URL: " + std::string(text)); };
  const bool clean = std::none_of(text.begin(), text.end(),
                                  [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
  http_parser_url parts;
  http_parser_url_init(&parts);
  if (!clean || http_parser_parse_url(text.data(), text.size(), 0, &parts) != 0) return bad();
  const auto part = [&](http_parser_url_fields field) {
    if ((parts.field_set & (1U << field)) == 0) return std::string();
    return std::string(text.substr(parts.field_data[field].off, parts.field_data[field].len));
  };
  HttpUrl url;
  const std::string scheme = to_lower(part(UF_SCHEMA));
  if (scheme != "http" && scheme != "https") return bad();
  url.https = scheme == "https";
  url.host = to_lower(part(UF_HOST));
  if (url.host.empty()) return bad();
  url.port = parts.port != 0 ? parts.port : (url.https ? 443 : 80);
  url.path = part(UF_PATH).empty() ? "/" : part(UF_PATH);
  if ((parts.field_set & (1U << UF_QUERY)) != 0) url.path += "?" + part(UF_QUERY);
  url.user_info = part(UF_USERINFO);
  return url;
}

Result<HttpUrl> follow(const HttpUrl& base, std::string_view location) {
  location = location.substr(0, location.find('#'));
  const auto scheme_end = location.find("://");
  const bool absolute = scheme_end != std::string_view::npos &&
                        location.substr(0, scheme_end).find_first_of("/?") == std::string::npos;
  if (absolute) return parse_http_url(location);
  const std::string scheme = base.https ? "https:" : "http:";
  if (location.starts_with("//")) return parse_http_url(scheme + std::string(location));
  const std::string host =
      base.host.find(':') == std::string::npos ? base.host : "[" + base.host + "]";
  const std::string origin = scheme + "//" + host + ":" + std::to_string(base.port);
  if (location.starts_with("/")) return parse_http_url(origin + std::string(location));
  const std::string path = base.path.substr(0, base.path.find('?'));
  if (location.empty()) return parse_http_url(origin + base.path);
  if (location.starts_with("?")) return parse_http_url(origin + path + std::string(location));
  return parse_http_url(origin + path.substr(0, path.rfind('/') + 1) + std::string(location));
}

}  // namespace monitron::probe
