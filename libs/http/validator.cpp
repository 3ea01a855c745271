#include "http/validator.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace monitron::http {
namespace {

constexpr std::size_t kDigestCharacters = 22;

// A gateway that compresses marks tags as weak; both kinds are the same here.
std::string_view without_weakness(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

}  // namespace

void add_validator(const Request& request, Response& response) {
  const bool reads = request.method == Method::get || request.method == Method::head;
  if (!reads || response.status != 200 || response.body.empty()) return;
  const auto digest = to_base64url(sha256(response.body)).substr(0, kDigestCharacters);
  auto& headers = response.headers;
  auto given = std::find_if(headers.begin(), headers.end(),
                            [](const auto& header) { return header.first == "ETag"; });
  if (given == headers.end()) given = headers.insert(given, {"ETag", "\"\""});
  auto& tag = given->second;
  tag.insert(tag.size() - 1, (tag.size() > 2 ? "." : "") + digest);
  const auto known = split_list(request.header("if-none-match"));
  const bool has_it = std::any_of(known.begin(), known.end(), [&](const auto& one) {
    return one == "*" || without_weakness(one) == tag;
  });
  if (!has_it) return;
  response.status = 304;
  response.body.clear();
}

std::string version_of_tag(std::string_view tag) {
  tag = without_weakness(tag);
  const auto dot = tag.find('.');
  if (dot == std::string_view::npos) return std::string(tag);
  return std::string(tag.substr(0, dot)) + "\"";
}

}  // namespace monitron::http
