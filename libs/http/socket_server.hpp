#pragma once
// The WebSocket listener: libwebsockets on a libuv loop of its own, in a thread of its own. Each
// session has a queue bounded by messages and bytes: when it is full the oldest message goes, and
// the client is told how many it missed; one that does not read at all is closed with 1013 (try
// again later). What clients say is ignored.
//
// Clients of the subprotocol `conversation` are heard, and each message to them counts: none goes,
// whoever has no room for one more is closed with 1013.

#include "base/result.hpp"
#include "http/message.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace monitron::http {

struct SocketConfig {
  std::string address = "127.0.0.1";
  int port = 0;                       // 0: any free one, see SocketServer::port()
  std::size_t max_sessions = 8000;    // fewer if the process may not have so many descriptors
  std::size_t queue_messages = 1024;  // per session
  std::size_t queue_bytes = 1u << 20;
  std::chrono::seconds ping{20};
  std::chrono::seconds hang_up{30};
  std::chrono::milliseconds stuck{5000};    // full and nothing read for so long: hopeless
  std::string conversation{};               // a subprotocol; empty: there is none
  std::size_t max_heard = 128u << 10;       // of one message; closed with 1009 beyond it
  std::size_t max_heard_before = 8u << 10;  // as long as it is not trusted
};

using SocketId = std::uint64_t;

// A text message, encoded once for all sessions that get it.
class SocketFrame {
 public:
  explicit SocketFrame(std::string_view text);
  std::size_t size() const;

 private:
  friend class SocketServer;
  std::shared_ptr<std::string> bytes_;  // with room in front for the frame's header
};

class SocketServer {
 public:
  struct Events {
    // Looks at the handshake, which has all arguments of the address; one that has more than 64 was
    // refused with 400. A problem refuses it. The header
    // sec-websocket-protocol is `conversation` or not there. On the server's thread; must not
    // block.
    std::function<std::optional<Problem>(const Request&)> admit;
    // The handshake is done; nothing is sent unless somebody calls send.
    std::function<void(SocketId, const Request&)> opened;
    std::function<void(SocketId)> closed;
    // A text message of the subprotocol `conversation`. On the server's thread; must not block.
    std::function<void(SocketId, std::string)> heard{};
  };

  SocketServer(SocketConfig config, Events events);
  ~SocketServer();  // stops
  Result<void> start();
  // Ends all sessions, with 1001 (going away) those that read, and lets in nobody any more. Not on
  // its own thread; not while it is being started.
  void stop();
  int port() const;

  // Threads: any. A session that is gone takes nothing.
  void send(SocketId session, const SocketFrame& frame);
  // From now on its messages may be as large as `max_heard`.
  void trust(SocketId session);
  // The first reason counts.
  void close(SocketId session, int code, std::string reason);

  // Whether it takes what is sent; false after `closed`, and soon before. Threads: any.
  bool is_open(SocketId session) const;

  struct Stats {
    std::size_t sessions = 0;
    std::uint64_t sent = 0;
    std::uint64_t dropped = 0;
  };
  Stats stats() const;  // Threads: any

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace monitron::http
