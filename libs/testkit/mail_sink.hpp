#pragma once
// A mail server that keeps what it is given (tools/mailsink.py).

#include "testkit/tool_server.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace monitron::testkit {

class MailSink {
 public:
  enum class Door { open, starttls_and_login, tls_and_login };
  static constexpr const char* kUser = "monitron";
  static constexpr const char* kPassword = "a password";

  explicit MailSink(Door door = Door::open);

  int port() const { return server_.port(); }
  void kill() { server_.kill(); }    // SIGKILL
  void start() { server_.start(); }  // again, with the letters that it had
  std::string certificate() const { return server_.directory() + "/certificate.pem"; }

  // Those whose subject has `part`, oldest first: from, to, subject, message_id, text, html,
  // headers, attachments (as the sink's JSON names them).
  std::vector<nlohmann::json> letters(const std::string& part = "") const;

 private:
  nlohmann::json get(const std::string& path) const;

  ToolServer server_;
};

// "" when the letter has no such header.
std::string header_of(const nlohmann::json& letter, const std::string& name);

}  // namespace monitron::testkit
