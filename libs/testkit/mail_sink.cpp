#include "testkit/mail_sink.hpp"

#include "http/client.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace monitron::testkit {

MailSink::MailSink(Door door) : server_("mail", 2) {
  std::vector<std::string> arguments{std::to_string(server_.port()),
                                     std::to_string(server_.port(1))};
  if (door != Door::open) {
    const auto& directory = server_.directory();
    const auto made =
        "cd " + directory +
        " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 "
        "-keyout key.pem -out certificate.pem 2>/dev/null && chmod 644 key.pem";
    if (std::system(made.c_str()) != 0) throw std::runtime_error("no certificate");
    std::ofstream(directory + "/login") << kPassword << "\n";
    arguments.insert(arguments.end(), {"--certificate", "certificate.pem", "--key", "key.pem",
                                       "--user", kUser, "--password-file", "login"});
  }
  if (door == Door::tls_and_login) arguments.emplace_back("--tls-at-once");
  server_.prepare(arguments);
  server_.start();
}

nlohmann::json MailSink::get(const std::string& path) const {
  http::ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(server_.port(1)) + path;
  request.max_response_bytes = 64u << 20;
  const auto answer = http::fetch(request);
  if (!answer) throw std::runtime_error(answer.error().text);
  return nlohmann::json::parse(answer->body);
}

std::vector<nlohmann::json> MailSink::letters(const std::string& part) const {
  std::vector<nlohmann::json> letters;
  for (const auto& summary : get("/email")) {
    if (summary["subject"].get<std::string>().find(part) == std::string::npos) continue;
    letters.insert(letters.begin(), get("/email/" + summary["id"].get<std::string>()));
  }
  return letters;
}

std::string header_of(const nlohmann::json& letter, const std::string& name) {
  for (const auto& header : letter["headers"]) {
    if (header[0] == name) return header[1].get<std::string>();
  }
  return "";
}

}  // namespace monitron::testkit
