#include "agent/tests/fake_door.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::agent {
namespace {

std::size_t content_length(const std::string& head) {
  const std::string name = "content-length: ";
  std::string lower = head;
  std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
  const auto at = lower.find(name);
  return at == std::string::npos ? 0 : std::stoul(lower.substr(at + name.size()));
}

// False when the connection ended.
bool read_request(int connection, std::string& buffer, DoorRequest& request) {
  std::array<char, 65536> chunk{};
  const auto more = [&] {
    const auto got = ::recv(connection, chunk.data(), chunk.size(), 0);
    if (got > 0) buffer.append(chunk.data(), static_cast<std::size_t>(got));
    return got > 0;
  };
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return false;
  }
  request.head = buffer.substr(0, end + 2);
  const auto first = request.head.find(' ') + 1;
  request.path = request.head.substr(first, request.head.find(' ', first) - first);
  const auto length = content_length(request.head);
  while (buffer.size() < end + 4 + length) {
    if (!more()) return false;
  }
  request.body = buffer.substr(end + 4, length);
  buffer.erase(0, end + 4 + length);
  return true;
}

}  // namespace

FakeDoor::FakeDoor(Handler handler, int port) : handler_(std::move(handler)) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket_, raw, size) != 0 || ::listen(socket_, 64) != 0) {
    throw std::runtime_error("no port for the door");
  }
  ::getsockname(socket_, raw, &size);
  port_ = ntohs(address.sin_port);
  const std::lock_guard lock(mutex_);
  threads_.emplace_back([this] { accept_all(); });
}

FakeDoor::~FakeDoor() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(socket_, SHUT_RDWR);
    for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
    threads.swap(threads_);
  }
  for (auto& thread : threads) thread.join();
  for (const int connection : connections_) ::close(connection);
  ::close(socket_);
}

void FakeDoor::accept_all() {
  while (true) {
    const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_ || connection < 0) {
      if (connection >= 0) ::close(connection);
      return;
    }
    connections_.push_back(connection);
    threads_.emplace_back([this, connection] { serve(connection); });
  }
}

void FakeDoor::serve(int connection) {
  std::string buffer;
  DoorRequest request;
  while (read_request(connection, buffer, request)) {
    const auto answer = handler_(request);
    if (answer.hang_ms > 0) ::usleep(static_cast<useconds_t>(answer.hang_ms) * 1000);
    if (answer.cut) break;
    const auto text = "HTTP/1.1 " + std::to_string(answer.status) +
                      " X\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n" +
                      answer.headers + "\r\n" + answer.body;
    if (::send(connection, text.data(), text.size(), MSG_NOSIGNAL) < 0) break;
  }
  ::shutdown(connection, SHUT_RDWR);
}

}  // namespace monitron::agent
