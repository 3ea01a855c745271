#pragma once
// What a client says by graphql-transport-ws, and what the protocol has to be done about it. Pure.
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

#include "api/answer.hpp"
#include "graphql/request.hpp"

#include <set>
#include <string>
#include <variant>

namespace monitron::api {

inline constexpr const char* kGraphqlSubprotocol = "graphql-transport-ws";

namespace socket_close {
inline constexpr int kBadMessage = 4400;
inline constexpr int kUnauthorized = 4401;
inline constexpr int kForbidden = 4403;
inline constexpr int kInitialisationTimeout = 4408;
inline constexpr int kSubscriberExists = 4409;
inline constexpr int kTooManyInitialisations = 4429;
}  // namespace socket_close

// One connection's. Threads: one at a time.
class Conversation {
 public:
  struct Nothing {};
  struct Initialise {
    Json payload{};  // an object
  };
  struct Subscribe {
    std::string id{};
    graphql::Request request{};
  };
  struct Complete {
    std::string id{};
  };
  struct Say {
    std::string text{};
  };
  struct Close {
    int code = 0;
    std::string reason{};
  };
  using Step = std::variant<Nothing, Initialise, Subscribe, Complete, Say, Close>;

  // `acknowledged`: whether connection_ack had been sent when the message came. Of a Subscribe the
  // id is taken from now on, until ended().
  Step hear(std::string_view text, bool acknowledged);

  // Whether there was such an operation; its id is free now.
  bool ended(const std::string& id) { return running_.erase(id) > 0; }
  std::size_t running() const { return running_.size(); }
  bool initialised() const { return initialised_; }

 private:
  Step subscribe(const Json& message, bool acknowledged);

  bool initialised_ = false;
  std::set<std::string> running_;
};

// Messages to the client.
std::string connection_ack();
std::string next_message(const std::string& id, const Json& payload);
std::string error_message(const std::string& id, const Json& errors);

}  // namespace monitron::api
