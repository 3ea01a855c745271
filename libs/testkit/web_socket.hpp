#pragma once
// A plain WebSocket client for tests: blocking, with deadlines, and able not to read.

#include "base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace monitron::testkit {

class WebSocket {
 public:
  // Opens 127.0.0.1:port; `target` is path and query. See status() for the answer of the handshake.
  WebSocket(int port, const std::string& target,
            const std::vector<std::pair<std::string, std::string>>& headers = {});
  ~WebSocket();
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  int status() const { return status_; }  // 101 when open; 0 without an answer
  const std::string& refusal() const {
    return buffer_;
  }  // what came after the headers of a refusal

  // The next text message; nothing when the deadline passed or the server has closed.
  std::optional<std::string> receive(std::chrono::milliseconds deadline = std::chrono::seconds(5));
  // A text message.
  void send(const std::string& text) { send_frame(1, text); }
  void send_binary(const std::string& bytes) { send_frame(2, bytes); }
  const std::string& protocol() const { return protocol_; }  // that the server chose
  const std::string& close_reason() const { return close_reason_; }
  // Once the server has closed: its code, else 0.
  int close_code() const { return close_code_; }
  int pings() const { return pings_; }
  bool closed() const { return closed_; }

 private:
  bool fill(std::chrono::steady_clock::time_point deadline);
  void send_frame(int opcode, const std::string& payload);

  int socket_ = -1;
  int status_ = 0;
  int close_code_ = 0;
  int pings_ = 0;
  bool closed_ = false;
  std::string close_reason_;
  std::string protocol_;
  std::string buffer_;
};

}  // namespace monitron::testkit
