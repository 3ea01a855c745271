#include "testkit/web_socket.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <array>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::testkit {
namespace {

constexpr int kText = 1;
constexpr int kClose = 8;
constexpr int kPing = 9;
constexpr int kPong = 10;

}  // namespace

WebSocket::WebSocket(int port, const std::string& target,
                     const std::vector<std::pair<std::string, std::string>>& headers) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
  std::string request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" +
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  request += "\r\n";
  if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) < 0) return;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (buffer_.find("\r\n\r\n") == std::string::npos && fill(deadline)) {
  }
  if (buffer_.size() > 12) status_ = std::atoi(buffer_.c_str() + 9);
  const auto end = buffer_.find("\r\n\r\n");
  if (end != std::string::npos) {
    constexpr std::string_view kChosen = "\r\nsec-websocket-protocol: ";
    const auto head = to_lower(buffer_.substr(0, end + 2));
    if (const auto at = head.find(kChosen); at != std::string::npos) {
      const auto from = at + kChosen.size();
      protocol_ = head.substr(from, head.find('\r', from) - from);
    }
    buffer_.erase(0, end + 4);
  }
  if (status_ == 101) return;
  while (fill(deadline)) {
  }
}

WebSocket::~WebSocket() { ::close(socket_); }

bool WebSocket::fill(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  pollfd waiting{socket_, POLLIN, 0};
  if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
  std::array<char, 65536> chunk{};
  const auto size = ::recv(socket_, chunk.data(), chunk.size(), 0);
  if (size <= 0) {
    closed_ = true;
    return false;
  }
  buffer_.append(chunk.data(), static_cast<std::size_t>(size));
  return true;
}

// Clients must mask; a mask of zeros is a mask.
void WebSocket::send_frame(int opcode, const std::string& payload) {
  const auto size = payload.size();
  std::string frame{static_cast<char>(0x80 | opcode)};
  const int width = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  frame += static_cast<char>(0x80 | (width == 0 ? size : width == 2 ? 126 : 127));
  for (int i = width - 1; i >= 0; --i) frame += static_cast<char>(size >> (8 * i) & 0xff);
  frame += std::string(4, '\0') + payload;
  (void)::send(socket_, frame.data(), frame.size(), MSG_NOSIGNAL);
}

std::optional<std::string> WebSocket::receive(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const auto need = [&](std::size_t bytes) {
    while (buffer_.size() < bytes) {
      if (!fill(deadline)) return false;
    }
    return true;
  };
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(buffer_[i]); };
  for (;;) {
    if (!need(2)) return std::nullopt;
    const int opcode = byte(0) & 15;
    std::size_t size = byte(1) & 127;
    std::size_t head = 2;
    if (size >= 126) {
      const std::size_t width = size == 126 ? 2 : 8;
      if (!need(2 + width)) return std::nullopt;
      size = 0;
      for (std::size_t i = 0; i < width; ++i) size = size << 8 | byte(2 + i);
      head += width;
    }
    if (!need(head + size)) return std::nullopt;
    std::string payload = buffer_.substr(head, size);
    buffer_.erase(0, head + size);
    if (opcode == kText) return payload;
    if (opcode == kPing) {
      ++pings_;
      send_frame(kPong, payload);
    }
    if (opcode == kClose) {
      closed_ = true;
      send_frame(kClose, payload.substr(0, 2));
      if (size >= 2) {
        close_code_ =
            static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
        close_reason_ = payload.substr(2);
      }
      return std::nullopt;
    }
  }
}

}  // namespace monitron::testkit
