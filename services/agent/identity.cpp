#include "agent/identity.hpp"

#include "agent/private_file.hpp"
#include "agent/version.hpp"
#include "host/facts.hpp"
#include "host/proc_file.hpp"
#include "http/client.hpp"

#include <nlohmann/json.hpp>

namespace monitron::agent {
namespace {

using nlohmann::json;

std::string path_in(const std::string& state_dir) { return state_dir + "/identity.json"; }

std::string member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<Identity> parse_identity(const std::string& text) {
  const auto object = json::parse(text, nullptr, false);
  if (!object.is_object()) return fail(Fault::invalid, "is not a JSON object");
  const auto id = SourceId::parse(member(object, "server_id"));
  if (!id) return fail(id.error().in("server_id"));
  auto token = member(object, "token");
  if (token.empty()) return fail(Fault::invalid, "token: is missing");
  return Identity{*id, std::move(token)};
}

std::string enrolment_request(const Config& config, const std::string& enrolment_token) {
  const auto facts = host::read_facts();
  const auto host_label = config.labels.find("host");
  json body{{"enrolment_token", enrolment_token},
            {"hostname", host_label == config.labels.end() ? facts.hostname : host_label->second},
            {"os", facts.os},
            {"agent_version", kVersion},
            {"labels", config.labels}};
  if (!facts.ip_address.empty()) body["ip_address"] = facts.ip_address;
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

Result<Identity> load_identity(const std::string& state_dir) {
  const auto path = path_in(state_dir);
  const auto text = host::read_text(path);
  if (!text) return fail(text.error());
  auto identity = parse_identity(*text);
  return identity ? identity : fail(identity.error().in(path));
}

Result<void> save_identity(const std::string& state_dir, const Identity& identity) {
  const json object{{"server_id", identity.server_id.str()}, {"token", identity.token}};
  return write_private_file(path_in(state_dir), object.dump(2) + "\n");
}

Result<std::string> enrolment_token(const Config& config) {
  if (!config.enrolment_token.empty()) return config.enrolment_token;
  auto text = host::read_text(config.enrolment_token_file);
  if (!text) return text;
  while (!text->empty() && std::isspace(static_cast<unsigned char>(text->back())) != 0) {
    text->pop_back();
  }
  if (text->empty()) return fail(Fault::not_found, config.enrolment_token_file + ": is empty");
  return text;
}

Result<Identity> enrol(const Config& config, const std::string& enrolment_token) {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.url = config.server + "/api/v1/agents/enrol";
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  request.body = enrolment_request(config, enrolment_token);
  use(config.tls, request);
  const auto answer = http::fetch(request);
  if (!answer) return fail(answer.error());
  if (answer->status == 201 || answer->status == 200) {
    auto identity = parse_identity(answer->body);
    return identity ? identity : fail(identity.error().in("answer to the enrolment"));
  }
  const auto text = "HTTP " + std::to_string(answer->status) + ": " + answer->body.substr(0, 300);
  // 409: another agent of this host is at work.
  if (answer->status == 401 || answer->status == 403 || answer->status == 409)
    return fail(Fault::denied, text);
  if (answer->status == 400 || answer->status == 422) return fail(Fault::invalid, text);
  return fail(Fault::unavailable, text);
}

}  // namespace monitron::agent
