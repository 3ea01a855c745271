#include "probe/mongodb.hpp"

namespace monitron::probe {

using domain::CheckStatus;
using mongodb::Field;
using mongodb::number_of;
using mongodb::text_of;

namespace {

constexpr double kCommandNotFound = 59;

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
  say(mongodb::ask(++asked_, "hello"));
}

std::size_t MongodbConversation::read(std::string_view bytes) {
  const auto reply = mongodb::read_reply(bytes);
  if (reply.state == Framing::more) return 0;
  if (reply.state == Framing::broken || reply.answers != asked_) return end_as_strange();
  const auto fields = mongodb::read_document(reply.document);
  if (!fields) return end_as_strange();
  number_of(*fields, "ok") == 1 ? judge(*fields) : refused(*fields);
  return reply.size;
}

void MongodbConversation::refused(const std::vector<Field>& fields) {
  if (asked_ == 1 && number_of(fields, "code") == kCommandNotFound) {
    return say(mongodb::ask(++asked_, "isMaster"));
  }
  end(CheckStatus::down,
      "the server refuses: " + std::string(text_of(fields, "errmsg").substr(0, kServiceTextBytes)));
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
  end(CheckStatus::up);
}

}  // namespace monitron::probe
