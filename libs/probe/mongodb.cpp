#include "probe/mongodb.hpp"

namespace monitron::probe {

using domain::CheckStatus;
using mongodb::Field;
using mongodb::number_of;
using mongodb::text_of;

namespace {

constexpr std::string_view kAdmin = "admin";
constexpr double kCommandNotFound = 59;
constexpr double kMechanismUnavailable = 334;

// What a member is, for people; empty when it is none that serves.
std::string role_of(const std::vector<Field>& fields) {
  if (text_of(fields, "msg") == "isdbgrid") return "router";
  const bool writable = number_of(fields, "isWritablePrimary") + number_of(fields, "ismaster") > 0;
  if (text_of(fields, "setName").empty()) return writable ? "standalone" : "";
  if (writable) return "primary";
  if (number_of(fields, "secondary") > 0) return "secondary";
  return number_of(fields, "arbiterOnly") > 0 ? "arbiter" : "";
}

}  // namespace

MongodbConversation::MongodbConversation(const domain::MongodbSettings& settings)
    : settings_(settings) {}

void MongodbConversation::connected() {
  stage("waiting for the answer to hello");
  say(mongodb::Command("hello").message(++asked_, kAdmin));
}

std::size_t MongodbConversation::read(std::string_view bytes) {
  const auto reply = mongodb::read_reply(bytes);
  if (reply.state == Framing::more) return 0;
  if (reply.state == Framing::broken || reply.answers != asked_) return end_as_strange();
  const auto fields = mongodb::read_document(reply.document);
  if (!fields) return end_as_strange();
  if (number_of(*fields, "ok") != 1) {
    refused(*fields);
  } else {
    scram_ ? go_on_logging_in(*fields) : judge(*fields);
  }
  return reply.size;
}

void MongodbConversation::refused(const std::vector<Field>& fields) {
  if (asked_ == 1 && number_of(fields, "code") == kCommandNotFound) {
    return say(mongodb::Command("isMaster").message(++asked_, kAdmin));
  }
  const std::string text(text_of(fields, "errmsg").substr(0, kServiceTextBytes));
  if (!scram_) return end(CheckStatus::down, "the server refuses: " + text);
  const bool other_way = number_of(fields, "code") == kMechanismUnavailable;
  end(other_way ? CheckStatus::unknown : CheckStatus::down, "login: " + text);
}

void MongodbConversation::judge(const std::vector<Field>& fields) {
  const std::string role = role_of(fields);
  const std::string set(text_of(fields, "setName").substr(0, kServiceTextBytes));
  detail("role", role.empty() ? "other" : role);
  if (!set.empty()) detail("replica_set", set);
  const auto primary = text_of(fields, "primary");
  if (!primary.empty()) detail("primary", primary);
  const bool writable = role == "primary" || role == "standalone" || role == "router";
  value("probe_mongodb_writable", writable ? 1 : 0);
  value("probe_mongodb_max_wire_version", number_of(fields, "maxWireVersion"));
  const auto& expected = settings_.expected_replica_set;
  if (!expected.empty() && set != expected) {
    return end(CheckStatus::down, set.empty() ? "the server belongs to no replica set"
                                              : "the server belongs to the replica set " + set);
  }
  if (role.empty()) return end(CheckStatus::down, "the server is neither primary nor secondary");
  settings_.username.empty() ? end(CheckStatus::up) : log_in();
}

void MongodbConversation::log_in() {
  stage("login");
  scram_.emplace(settings_.username, settings_.password.text, make_scram_nonce());
  say(mongodb::Command("saslStart")
          .add("mechanism", "SCRAM-SHA-256")
          .add_bytes("payload", scram_->first())
          .message(++asked_, settings_.auth_database));
}

void MongodbConversation::go_on_logging_in(const std::vector<Field>& fields) {
  const auto words = text_of(fields, "payload");
  if (!answered_) {
    const auto answer = scram_->answer(words);
    if (!answer) return end(CheckStatus::down, "login: the server " + answer.error().text);
    answered_ = true;
    return say_to_login(fields, *answer);
  }
  if (!server_proven_ && !scram_->proven_by(words)) {
    return end(CheckStatus::down, "login: the server does not prove that it knows the password");
  }
  if (number_of(fields, "done") > 0) return end(CheckStatus::up);
  if (server_proven_) return void(end_as_strange());
  server_proven_ = true;
  say_to_login(fields, {});  // it wants one more
}

void MongodbConversation::say_to_login(const std::vector<Field>& fields, std::string_view words) {
  const double id = number_of(fields, "conversationId");
  const bool fits = id >= 0 && id <= INT32_MAX;
  say(mongodb::Command("saslContinue")
          .add("conversationId", fits ? static_cast<std::int32_t>(id) : 0)
          .add_bytes("payload", words)
          .message(++asked_, settings_.auth_database));
}

}  // namespace monitron::probe
