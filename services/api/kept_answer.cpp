#include "api/kept_answer.hpp"

namespace monitron::api {

store::KeptAnswer kept(const http::Response& answer) {
  Json headers = Json::object();
  for (const auto& [name, value] : answer.headers) headers[name] = value;
  return {answer.status, answer.content_type, headers.dump(), answer.body};
}

http::Response given_again(const store::KeptAnswer& kept) {
  http::Response answer{
      .status = kept.status, .content_type = kept.content_type, .body = kept.body};
  const auto headers = Json::parse(kept.headers);
  for (const auto& [name, value] : headers.items()) {
    answer.headers.emplace_back(name, value.get<std::string>());
  }
  return answer;
}

}  // namespace monitron::api
