#include "http/target.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace monitron::http {
namespace {

Result<std::string> decode(std::string_view raw) {
  auto text = percent_decode(raw);
  if (text && !is_valid_utf8(*text)) return fail(Fault::invalid, "not valid UTF-8");
  return text;
}

bool has_bad_segment(std::string_view path) {
  std::size_t start = 1;
  while (start <= path.size()) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto segment = path.substr(start, end - start);
    if (segment == "." || segment == "..") return true;
    if (segment.empty() && end != path.size()) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

Result<std::string> decode_path(std::string_view raw) {
  if (raw.empty() || raw.front() != '/') return fail(Fault::invalid, "a path begins with /");
  for (const std::string_view slash : {"%2f", "%2F", "%5c", "%5C"}) {
    if (raw.find(slash) != std::string_view::npos) {
      return fail(Fault::invalid, "an encoded slash is not allowed in a path");
    }
  }
  auto path = decode(raw);
  if (path && has_bad_segment(*path)) return fail(Fault::invalid, "empty or dot segment in a path");
  return path;
}

Result<std::string> decode_query_part(std::string_view raw) {
  std::string spaced(raw);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return decode(spaced);
}

Result<Parameters> parse_form(std::string_view raw) {
  Parameters parameters;
  while (!raw.empty()) {
    const auto part = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), part.size() + 1));
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    auto name = decode_query_part(part.substr(0, equals));
    if (!name) return fail(Fault::invalid, "a name in the query is not percent-encoded UTF-8 text");
    auto value = decode_query_part(part.substr(std::min(equals + 1, part.size())));
    if (!value) {
      return fail(Fault::invalid, "query parameter " + *name + ": not percent-encoded UTF-8 text");
    }
    parameters.emplace(std::move(*name), std::move(*value));
  }
  return parameters;
}

}  // namespace monitron::http
