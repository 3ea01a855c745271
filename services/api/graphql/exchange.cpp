#include "api/graphql/exchange.hpp"

#include "api/fields.hpp"
#include "base/text.hpp"

#include <cstdlib>

namespace monitron::api {
namespace {

constexpr const char* kResponse = "application/graphql-response+json";

// "text/html;q=0.5" without its parameters, and how much it is wanted.
struct Wanted {
  std::string type{};
  double quality = 1;
};

Wanted wanted_of(const std::string& range) {
  const auto parts = split_list(range, ';');
  if (parts.empty()) return {.quality = 0};
  Wanted wanted{to_lower(parts.front())};
  for (const auto& part : parts) {
    if (part.starts_with("q=")) wanted.quality = std::strtod(part.c_str() + 2, nullptr);
  }
  return wanted;
}

tl::unexpected<NoRequest> refuse(int status, std::string text) {
  return tl::unexpected(NoRequest{status, std::move(text)});
}

// Of text that is sent as JSON inside a parameter of a GET.
Json json_of(const std::string& text) { return Json::parse(text, nullptr, false); }

tl::expected<Json, NoRequest> members_of_get(const http::Request& request) {
  Json members = Json::object();
  for (const auto* name : {"query", "operationName"}) {
    if (const auto text = request.query_one(name)) members[name] = *text;
  }
  for (const auto* name : {"variables", "extensions"}) {
    const auto text = request.query_one(name);
    if (!text || text->empty()) continue;
    members[name] = json_of(*text);
    if (members[name].is_discarded()) {
      return refuse(400, std::string("The parameter ") + name + " is no JSON.");
    }
  }
  return members;
}

tl::expected<Json, NoRequest> members_of_post(const http::Request& request) {
  const auto type = to_lower(request.header("content-type"));
  const auto parts = split_list(type, ';');
  if (parts.empty() || parts.front() != "application/json") {
    return refuse(415, "Send application/json.");
  }
  for (const auto& part : parts) {
    if (part.starts_with("charset=") && part != "charset=utf-8" && part != "charset=\"utf-8\"") {
      return refuse(415, "Send UTF-8.");
    }
  }
  auto body = parse_body(request);
  if (body) return *std::move(body);
  if (const auto* problem = std::get_if<http::Problem>(&body.error())) {
    return refuse(problem->status, problem->detail);
  }
  return refuse(400, std::get<Error>(body.error()).text);
}

}  // namespace

Result<Media> media_of(const http::Request& request) {
  const auto accept = accept_of(request);
  if (accept.empty()) return Media::json;
  double json = 0, response = 0;
  for (const auto& range : split_list(accept)) {
    const auto wanted = wanted_of(range);
    if (wanted.type == kResponse) response = std::max(response, wanted.quality);
    if (wanted.type == "application/json" || wanted.type == "application/*" ||
        wanted.type == "*/*") {
      json = std::max(json, wanted.quality);
    }
  }
  if (json <= 0 && response <= 0) {
    return fail(Fault::invalid, "Accept application/json or application/graphql-response+json.");
  }
  return response >= json ? Media::graphql_response : Media::json;
}

tl::expected<graphql::Request, NoRequest> request_of(const http::Request& request) {
  const auto members =
      request.method == http::Method::post ? members_of_post(request) : members_of_get(request);
  if (!members) return tl::unexpected(members.error());
  const auto member = [&](const char* name) { return members->value(name, Json()); };
  const auto query = member("query"), name = member("operationName");
  if (!query.is_string()) return refuse(400, "query: must be text, a document of GraphQL.");
  if (!name.is_null() && !name.is_string()) return refuse(400, "operationName: must be text.");
  for (const auto* map : {"variables", "extensions"}) {
    const auto value = member(map);
    if (!value.is_null() && !value.is_object()) {
      return refuse(400, std::string(map) + ": must be an object.");
    }
  }
  return graphql::Request{.query = query.get<std::string>(),
                          .operation_name = name.is_null() ? "" : name.get<std::string>(),
                          .variables = member("variables")};
}

http::Response answer_of(Media media, const graphql::Response& response) {
  const bool refused = !response.data;
  http::Response answer;
  answer.status = refused && media == Media::graphql_response ? 400 : 200;
  answer.content_type = media == Media::json ? "application/json; charset=utf-8"
                                             : "application/graphql-response+json; charset=utf-8";
  answer.body = graphql::to_json(response).dump(-1, ' ', false, Json::error_handler_t::replace);
  return answer;
}

http::Response refusal_of(Media media, int status, std::string text) {
  auto answer = answer_of(media, {.errors = {{.message = std::move(text), .code = "REQUEST"}}});
  answer.status = status;
  return answer;
}

}  // namespace monitron::api
