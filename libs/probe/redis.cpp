#include "probe/redis.hpp"

#include "base/text.hpp"
#include "probe/redis_replies.hpp"

#include <algorithm>

namespace monitron::probe {

using domain::CheckStatus;

namespace {

// The first words of errors that say that the server serves nobody now.
bool serves_nobody(std::string_view error) {
  constexpr std::string_view kWords[] = {"LOADING", "MASTERDOWN",  "MISCONF",
                                         "BUSY",    "CLUSTERDOWN", "ERR max number of clients"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](auto word) { return error.starts_with(word); });
}

std::string text_of(std::string_view error) {
  return std::string(error.substr(0, kServiceTextBytes));
}

}  // namespace

RedisConversation::RedisConversation(const domain::RedisSettings& settings) : settings_(settings) {}

void RedisConversation::connected() {
  stage("waiting for PONG");
  if (!settings_.password.empty()) {
    std::vector<std::string> words{"AUTH", settings_.password.text};
    if (!settings_.username.empty()) words.insert(words.begin() + 1, settings_.username);
    say(redis::command(words));
    asked_.push_back(Question::auth);
  }
  say(redis::command({"PING"}));
  asked_.push_back(Question::ping);
  for (const char* section : {"replication", "clients", "memory"}) {
    say(redis::command({"INFO", section}));
    asked_.push_back(Question::info);
  }
  say(redis::command({"QUIT"}));
  asked_.push_back(Question::quit);
}

std::size_t RedisConversation::read(std::string_view bytes) {
  const auto reply = redis::read_reply(bytes);
  if (reply.state == Framing::broken) return end_as_strange();
  if (reply.state == Framing::more) return 0;
  switch (asked_[answered_++]) {
    case Question::auth:
      take_login(reply.type, reply.text);
      break;
    case Question::ping:
      take_pong(reply.type, reply.text);
      break;
    case Question::info:
      if (reply.type == '$') take_info(reply.text);
      break;
    case Question::quit:
      end(CheckStatus::up, note_);
      break;
  }
  return reply.size;
}

void RedisConversation::take_login(char type, std::string_view text) {
  if (type == '-') end(CheckStatus::down, "login: " + text_of(text));
}

void RedisConversation::take_pong(char type, std::string_view text) {
  pong_ = true;
  if (type == '+' && text == "PONG") return;
  if (type != '-') return void(end_as_strange());
  detail("server_message", text);
  if (serves_nobody(text)) return end(CheckStatus::down, text_of(text));
  note_ = "the server answers, but refuses us: " + text_of(text);
}

void RedisConversation::take_info(std::string_view info) {
  if (const auto role = redis::field_of(info, "role")) {
    detail("role", *role);
    value("probe_redis_master", *role == "master" ? 1 : 0);
  }
  const auto number = [&](const char* field, const char* name) {
    const auto text = redis::field_of(info, field);
    const auto amount = text ? parse_number<std::uint64_t>(*text) : std::nullopt;
    if (amount) value(name, static_cast<double>(*amount));
  };
  number("connected_clients", "probe_redis_connected_clients");
  number("used_memory", "probe_redis_used_memory_bytes");
}

// Protected mode and the limit of clients close at once after their word.
void RedisConversation::closed(const std::string& how) {
  if (pong_) return end(CheckStatus::up, note_);
  Conversation::closed(how);
}

}  // namespace monitron::probe
