#include "api/answer.hpp"

#include "base/log.hpp"

namespace monitron::api {

http::Response to_response(const http::Request& request, const Refusal& refusal) {
  if (const auto* problem = std::get_if<http::Problem>(&refusal)) {
    return http::problem_response(request, *problem);
  }
  return http::error_response(request, std::get<Error>(refusal));
}

std::string accept_of(const http::Request& request) {
  const auto original = request.header("x-original-accept");
  return std::string(original.empty() ? request.header("accept") : original);
}

http::Response json_answer(int status, const Json& body) {
  return http::json_response(status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Error without_sql(const Error& error) {
  if (error.fault == Fault::conflict) {
    return {Fault::conflict, "it contradicts what is there already (a name that is taken?)"};
  }
  if (error.fault == Fault::invalid) {
    log::warning("database.refused", error.text);
    return {Fault::invalid, "it refers to something that does not exist, or is out of bounds"};
  }
  return error;
}

}  // namespace monitron::api
