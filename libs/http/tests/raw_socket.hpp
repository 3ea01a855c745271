#pragma once
// A client that sends whatever bytes a test wants.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace monitron::testkit {

class RawSocket {
 public:
  explicit RawSocket(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval limit{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~RawSocket() { close(fd_); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  void say(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Until `end` has come, or the connection has ended.
  std::string hear(std::string_view end) {
    while (heard_.find(end) == std::string::npos) {
      char bytes[4096];
      const auto got = recv(fd_, bytes, sizeof bytes, 0);
      if (got <= 0) return std::exchange(heard_, {});
      heard_.append(bytes, static_cast<std::size_t>(got));
    }
    const auto size = heard_.find(end) + end.size();
    auto text = heard_.substr(0, size);
    heard_.erase(0, size);
    return text;
  }
  void say_no_more() const { shutdown(fd_, SHUT_WR); }
  // Until the connection has ended.
  std::string hear_all() { return hear("no text of any answer"); }

  // Whether there is something to hear already, or the end.
  bool speaks() const {
    pollfd wanted{.fd = fd_, .events = POLLIN, .revents = 0};
    return poll(&wanted, 1, 0) == 1;
  }

 private:
  int fd_;
  std::string heard_;
};

}  // namespace monitron::testkit
